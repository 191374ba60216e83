/** Services of Ruby projects: Rails, programs for Rack, Sidekiq. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { has, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

export const rubyDetector: Detector = {
  id: "ruby",
  files: ["Gemfile"],
  detect(tree, directory) {
    const gems = tree.read(within(directory, "Gemfile")) ?? "";
    const server = serverOf(tree, directory, gems);
    if (server === undefined) return [];
    const hasWorker = /^\s*gem ["']sidekiq["']/m.test(gems);
    const worker: Candidate = { ...server, role: "worker", command: "bundle exec sidekiq", listens: false, reason: `${within(directory, "Gemfile")}: Sidekiq` };
    return hasWorker ? [server, worker] : [server];
  },
};

function serverOf(tree: Tree, directory: string, gems: string): Candidate | undefined {
  const isRails = has(tree, directory, "config") && has(tree, within(directory, "config"), "application.rb");
  const isRack = has(tree, directory, "config.ru");
  if (!isRails && !isRack) return undefined;
  const hasPuma = /^\s*gem ["']puma["']/m.test(gems);
  const rails = has(tree, within(directory, "bin"), "rails") ? "bin/rails" : "bundle exec rails";
  const file = within(directory, isRails ? "config/application.rb" : "config.ru");
  return {
    role: "backend",
    dir: directory,
    command: isRails ? `${rails} server -b 127.0.0.1 -p {port} -P tmp/pids/envctl-{port}.pid` : hasPuma ? "bundle exec puma -b tcp://127.0.0.1:{port}" : "bundle exec rackup -o 127.0.0.1 -p {port}",
    listens: true,
    env: {},
    prepare: [{ name: "install", command: "bundle install", inputs: ["Gemfile", "Gemfile.lock"] }],
    uses: usedIn(tree, directory, "ruby"),
    reason: `${file}: ${isRails ? "Ruby on Rails" : "a Rack program"}`,
    file,
  };
}

/** Services from a Procfile: one process type per line, the port in PORT. */
import type { Candidate, Detector } from "./proposal.ts";
import { has, within } from "./tree.ts";

/** Process types that run once instead of staying up. */
const once = new Set(["release", "console", "migrate"]);

export const procfileDetector: Detector = {
  id: "procfile",
  files: ["Procfile.dev", "Procfile"],
  isRootOnly: true,
  detect(tree, directory) {
    const file = has(tree, directory, "Procfile.dev") ? "Procfile.dev" : "Procfile";
    const lines = (tree.read(within(directory, file)) ?? "").split("\n");
    return lines.flatMap((line) => candidateOf(line, directory, within(directory, file)));
  },
};

function candidateOf(line: string, directory: string, file: string): readonly Candidate[] {
  const match = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line.trim());
  const [name, command] = [match?.[1], match?.[2]];
  if (name === undefined || command === undefined || once.has(name)) return [];
  const listens = name === "web" || /\$\{?PORT\b/.test(command);
  return [{
    role: listens ? "backend" : "worker",
    name,
    dir: directory,
    command: command.replaceAll(/\$\{PORT(?::-\d+)?\}|\$PORT\b/g, "{port}"),
    listens,
    env: listens ? { PORT: "{port}" } : {},
    prepare: [],
    uses: [],
    reason: `${file}: process type "${name}"`,
    file,
  }];
}

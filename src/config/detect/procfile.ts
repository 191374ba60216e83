/** Services from a Procfile: one process type per line, the port in PORT. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { fixedPort } from "./listening.ts";
import { has, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Process types that run once instead of staying up. */
const once = new Set(["release", "console", "migrate"]);

export const procfileDetector: Detector = {
  id: "procfile",
  files: ["Procfile.dev", "Procfile"],
  isRootOnly: true,
  detect(tree, directory) {
    const file = has(tree, directory, "Procfile.dev") ? "Procfile.dev" : "Procfile";
    const lines = (tree.read(within(directory, file)) ?? "").split("\n");
    return lines.flatMap((line) => candidateOf(tree, line, directory, within(directory, file)));
  },
};

function candidateOf(tree: Tree, line: string, directory: string, file: string): readonly Candidate[] {
  const match = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line.trim());
  const [name, command] = [match?.[1], match?.[2]];
  if (name === undefined || command === undefined || once.has(name)) return [];
  const fixed = fixedPort.exec(command);
  const listens = name === "web" || /\$\{?PORT\b/.test(command) || fixed !== null;
  return [{
    role: listens ? "backend" : "worker",
    name,
    dir: directory,
    command: command.replaceAll(/\$\{PORT(?::-\d+)?\}|\$PORT\b/g, "{port}").replace(fixedPort, "$1{port}"),
    ...(fixed === null ? {} : { port: Number(fixed[2]) }),
    listens,
    env: listens ? { PORT: "{port}" } : {},
    prepare: [],
    uses: usedIn(tree, directory),
    reason: `${file}: process type "${name}"`,
    file,
  }];
}

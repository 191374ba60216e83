/** Services of an Nx workspace: projects with a `serve` target, started from the root. */
import type { Detector } from "./proposal.ts";
import { plainData, textOf } from "./data.ts";
import { usedIn } from "./libraries.ts";
import { toldBySource } from "./listening.ts";
import type { Told } from "./listening.ts";
import { managerAt } from "./node.ts";
import { has, matching, sourceTexts, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** These take `--port`. */
const developmentServers = /dev-server|:serve$|next:server|storybook|expo:start/;

export const nxDetector: Detector = {
  id: "nx",
  files: ["project.json"],
  detect(tree, directory) {
    if (directory === "." || !has(tree, ".", "nx.json")) return [];
    const project = plainData(tree.read(within(directory, "project.json")));
    const name = textOf(project.name) ?? directory.slice(directory.lastIndexOf("/") + 1);
    const target = targetOf(tree, directory, plainData(project.targets));
    if (target === undefined) return [];
    const told: Told = target.words === "" ? toldBySource(sourceTexts(tree, directory, /(?<!\.d|\.spec)\.[cm]?[jt]s$/)) : { env: {} };
    const guess = target.guess ?? told.guess;
    return [{
      role: target.words === "" ? "backend" : "frontend",
      name,
      dir: ".",
      command: `npx nx ${target.name} ${name}${target.words}`,
      ...told,
      ...(guess === undefined ? {} : { guess }),
      listens: true,
      prepare: managerAt(tree, ".").prepare,
      uses: usedIn(tree, directory, "node"),
      reason: `${within(directory, "project.json")}: target "${target.name}"`,
      file: within(directory, "project.json"),
    }];
  },
};

interface Target {
  readonly name: string;
  readonly words: string;
  readonly guess?: string;
}

function targetOf(tree: Tree, directory: string, targets: Readonly<Record<string, unknown>>): Target | undefined {
  const name = ["serve", "dev", "start"].find((one) => targets[one] !== undefined);
  if (name !== undefined) return { name, words: developmentServers.test(textOf(plainData(targets[name]).executor) ?? "") ? " --port {port}" : "" };
  // Without a written target, Nx infers one from the configuration of the bundler.
  const bundler = matching(tree, directory, ["vite.config.ts", "vite.config.mts", "vite.config.js", "next.config.js", "next.config.mjs"])[0];
  if (bundler === undefined || textOf(plainData(tree.read(within(directory, "project.json"))).projectType) !== "application") return undefined;
  return { name: bundler.startsWith("next") ? "dev" : "serve", words: " --port {port}", guess: `Nx infers the target from ${within(directory, bundler)}; \`npx nx show project\` tells its name` };
}

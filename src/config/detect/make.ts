/** A Makefile's or justfile's target for developing, where nothing else is known of a directory. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { fixedPort } from "./listening.ts";
import { matching, within } from "./tree.ts";

const targets = ["dev", "serve", "run", "start", "up"];
/** What starts other things than a program of this directory. */
const delegates = /\bdocker\b|\$\(MAKE\)|\bcd\s|\bpodman\b|\bkubectl\b|\btilt\b|\btmux\b|\bparallel\b/;

export const makeDetector: Detector = {
  id: "make",
  files: ["Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile"],
  detect(tree, directory) {
    const file = matching(tree, directory, this.files)[0] ?? "Makefile";
    const text = tree.read(within(directory, file)) ?? "";
    for (const target of targets) {
      const recipe = recipeOf(text, target);
      if (recipe === undefined || delegates.test(recipe.body)) continue;
      return [candidateOf(within(directory, file), directory, target, { ...recipe, whole: text }, usedIn(tree, directory))];
    }
    return [];
  },
};

interface Recipe {
  readonly head: string;
  readonly body: string;
}

function recipeOf(text: string, target: string): Recipe | undefined {
  const match = new RegExp(`^@?${target}\\b([^\\n:]*):(?!=)([^\\n]*)\\n((?:[ \\t]+[^\\n]*\\n?)+)`, "m").exec(`${text}\n`);
  return match === null ? undefined : { head: match[1] ?? "", body: match[3] ?? "" };
}

function candidateOf(file: string, directory: string, target: string, recipe: Recipe & { readonly whole: string }, uses: readonly string[]): Candidate {
  const isJust = /justfile$/i.test(file);
  const parameter = isJust ? /\b(port)\b/i.exec(recipe.head)?.[1] : undefined;
  const readsVariable = /\$[({]*PORT\b|\{\{\s*PORT\s*\}\}/i.test(recipe.body) || /^PORT\s*\??=/m.test(recipe.whole);
  const fixed = fixedPort.exec(recipe.body);
  const words = parameter !== undefined ? " {port}" : readsVariable && !isJust ? " PORT={port}" : "";
  return {
    role: "backend",
    dir: directory,
    command: `${isJust ? "just" : "make"} ${target}${words}`,
    ...(fixed === null ? {} : { port: Number(fixed[2]) }),
    listens: true,
    env: words === "" ? { PORT: "{port}" } : {},
    prepare: [],
    uses,
    reason: `${file}: target "${target}"`,
    guess: words === "" ? "the target does not show how it is told its port, or whether it listens; PORT is passed" : "what the target runs is not known",
    file,
  };
}

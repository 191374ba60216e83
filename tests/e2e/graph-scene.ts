/** A repository whose units are small shell scripts, and what its graph answers. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { GraphAnswer, GraphResultRow } from "../../src/contracts/graph-report.ts";
import { temporaryStage, type Stage } from "../rig/stage.ts";
import type { Outcome } from "../rig/program.ts";
import type { TemporaryRepository } from "../rig/repository.ts";

export type RunAnswer = Extract<GraphAnswer, { readonly action: "run" }>;

/** What a run answered, with its units by name. */
export interface Ran extends RunAnswer {
  readonly code: number | undefined;
  /** Throws for a unit that is not in it. */
  unit(id: string): GraphResultRow;
  /** Unit → status, or why not. */
  readonly all: Readonly<Record<string, string>>;
}

export interface GraphScene extends Stage {
  readonly repo: TemporaryRepository;
  /** A tree of its own; text of a script is an executable file, `unit.yaml` and what ends in `.txt` or `.mjs` is not. Answers its directory. */
  tree(name: string, files: Readonly<Record<string, string>>): string;
  /** Runs the tree's graph. */
  run(tree: string, ...flags: readonly string[]): Promise<Ran>;
}

/** Everything of it is gone when the test ends. */
export function graphScene(env: Readonly<Record<string, string>> = {}): GraphScene {
  const stage = temporaryStage(onTestFinished, { env });
  const repo = stage.repository();
  return {
    ...stage,
    repo,
    tree: (name, files) => {
      const root = join(repo.root, ".envctl.d", name);
      for (const [path, text] of Object.entries(files)) writeUnit(join(root, path), text);
      return root;
    },
    run: async (tree, ...flags) => ranOf(await stage.envctl(["graph", "run", "--json", "--from", tree, ...flags])),
  };
}

/** `# envctl:` where the text does not begin with one, stands before it; `sh` runs it. */
export function writeUnit(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const isProgram = !/\.(ya?ml|txt|mjs)$/.test(path);
  writeFileSync(path, isProgram ? `#!/bin/sh\n${text}\n` : text);
  chmodSync(path, isProgram ? 0o755 : 0o644);
}

/** What a run answered. Throws when it answered nothing, with what it said instead. */
export function ranOf(outcome: Outcome): Ran {
  const answer = outcome.jsonLines().at(-1) as RunAnswer;
  if (answer.units === undefined) throw new Error(`no run: ${outcome.stdout}${outcome.stderr}`);
  return {
    ...answer,
    code: outcome.code,
    unit: (id) => {
      const found = answer.units.find((one) => one.id === id);
      if (found === undefined) throw new Error(`${id} is not among ${answer.units.map((one) => one.id).join(", ")}`);
      return found;
    },
    all: Object.fromEntries(answer.units.map(({ id, status, reason }) => [id, reason === null ? status : `${status}: ${reason}`])),
  };
}

/** Whether they ran at the same time. */
export function overlaps(one: GraphResultRow, other: GraphResultRow): boolean {
  return Date.parse(one.started_at ?? "") < Date.parse(other.ended_at) && Date.parse(other.started_at ?? "") < Date.parse(one.ended_at);
}

/** Shell text that passes only while another one with the same names runs beside it. */
export function meets(directory: string, own: string, other: string): string {
  return `touch ${join(directory, own)}; while ! [ -e ${join(directory, other)} ]; do sleep 0.02; done`;
}

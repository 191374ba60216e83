/** `--setup-worktrees FEATURE N` and `--setup-worktree FEATURE I`: worktrees that are there before something starts in them. */
import type { CommandInput } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";
import type { EnsuredWorktree, WorktreeTarget } from "../model/worktrees.ts";
import type { EngineRuntime } from "../runtime.ts";
import { ensuredLines } from "../ui/worktree-lines.ts";
import { listFlag } from "./targets.ts";
import { allMade, ensuredRowOf, makeOptions } from "./worktree-making.ts";

const most = 50;

/** Makes what is missing; the input as if the worktrees had been named by --project. */
export async function withSetup(input: CommandInput, runtime: EngineRuntime): Promise<CommandInput> {
  const whole = listFlag(input.flags, "setup-worktrees").flatMap((pair) => upTo(pairOf(pair, "--setup-worktrees")));
  const single = listFlag(input.flags, "setup-worktree").map((pair) => pairOf(pair, "--setup-worktree"));
  const targets = [...whole, ...single.map(({ feature, count }) => ({ feature, iteration: count }))];
  const others = [...listFlag(input.flags, "include-existing-worktrees"), ...listFlag(input.flags, "project")];
  if (targets.length === 0) return others.length === 0 ? input : named(input, others);
  if (input.flags["dry-run"] === true) {
    throw new UserError({ reason: "usage_invalid", message: "--setup-worktrees makes worktrees, and --dry-run cannot plan what is not there yet", hint: "`envctl ensure-worktree FEATURE-N --dry-run` shows what would be made" });
  }
  const [worktrees, options] = await Promise.all([runtime.worktrees(), makeOptions(input, runtime)]);
  const made = allMade(await worktrees.ensure(targets, options), input.note);
  for (const one of made) told(one, input);
  return named(input, [...made.map(({ projectName }) => projectName), ...others]);
}

/** One line, in the form the command streams. */
export function told(made: EnsuredWorktree, input: CommandInput): void {
  const row = ensuredRowOf(made);
  if (input.wantsJson) input.write(JSON.stringify({ type: "worktree_ensured", ...row }));
  else for (const line of ensuredLines(row, false)) input.note(line);
}

/** The input with these projects chosen, and no others. */
export function named(input: CommandInput, projects: readonly string[]): CommandInput {
  return { ...input, flags: { ...input.flags, project: [...new Set(projects)] } };
}

interface Pair {
  readonly feature: string;
  readonly count: number;
}

function pairOf(text: string, flag: string): Pair {
  const [, feature, count] = /^(.+) ([1-9]\d{0,8})$/.exec(text) ?? [];
  if (feature !== undefined && count !== undefined) return { feature, count: Number(count) };
  throw new UserError({ reason: "usage_invalid", message: `${flag} needs a feature and a number from 1, not "${text}"`, hint: `for example ${flag} login 2` });
}

function upTo({ feature, count }: Pair): readonly WorktreeTarget[] {
  if (count <= most) return Array.from({ length: count }, (_value, index) => ({ feature, iteration: index + 1 }));
  throw new UserError({ reason: "usage_invalid", message: `${count} worktrees of ${feature} are more than the ${most} made at once`, hint: "--setup-worktree FEATURE I makes a single one" });
}

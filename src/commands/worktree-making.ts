/** What every command that makes worktrees has in common: settings, the hook that is told, the form of the answer. */
import { dirname } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { EnsuredRow } from "../contracts/worktree-reports.ts";
import { UserError } from "../model/failure.ts";
import { worktreeHook } from "../model/supervision.ts";
import { argvOf } from "../model/template.ts";
import type { EnsuredWorktree, EnsureOutcome } from "../model/worktrees.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { MakeOptions } from "../worktrees/worktrees.ts";
import { configRequest } from "./show-config.ts";
import { textFlag } from "./targets.ts";

/** As configured for the whole repository, and as the flags say. An untrusted hook is told of, and left out. */
export async function makeOptions(input: CommandInput, runtime: EngineRuntime): Promise<MakeOptions> {
  const { config } = await runtime.resolveConfig({ ...configRequest(input), projectRoot: runtime.checkout.repository });
  const [layout, base] = [textFlag(input.flags, "path"), textFlag(input.flags, "base")];
  const hook = config.on[worktreeHook] === undefined ? undefined : argvOf(config.on[worktreeHook]);
  const isTrusted = hook === undefined || (await runtime.trust()).isTrusted({ on: worktreeHook, command: hook });
  if (!isTrusted) input.note(`warning: a hook is configured for ${worktreeHook}, but not trusted, so it does not run: \`envctl trust\` shows and allows it`);
  return {
    settings: layout === undefined ? config.worktrees : { ...config.worktrees, path: layout },
    ...(base === undefined ? {} : { base }),
    ...(input.flags["recreate"] === true ? { recreate: true } : {}),
    ...(input.flags["force"] === true ? { force: true } : {}),
    isDryRun: input.flags["dry-run"] === true,
    signal: input.signal,
    ...(hook === undefined || !isTrusted ? {} : { hook }),
  };
}

/** The row of the answer. */
export function ensuredRowOf(made: EnsuredWorktree): EnsuredRow {
  return {
    feature: made.feature,
    iteration: made.iteration,
    project_name: made.projectName,
    branch_name: made.branch ?? null,
    worktree_root: made.root,
    feature_root: dirname(made.root),
    action: made.action,
    existed_before: made.action !== "create",
    created: made.action !== "reuse",
    shared: [...made.shared],
    notes: [...made.notes],
    rescue: made.rescue === undefined ? null : { directory: made.rescue.directory, files: [...made.rescue.files], restore: [...made.rescue.restore] },
  };
}

/** All of them; throws a UserError with every failure when one could not be made, after a note of those that were. */
export function allMade({ worktrees, failures }: EnsureOutcome, note: (line: string) => void): readonly EnsuredWorktree[] {
  if (failures.length === 0) return worktrees;
  for (const made of worktrees) if (made.action !== "reuse") note(`${made.projectName} was made: ${made.root}`);
  throw new UserError(failures);
}

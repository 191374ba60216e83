/** Tells the command under `on: worktree_created` of a new worktree: how an editor, a terminal or an agent is opened in it. */
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isoTime } from "../host/clock.ts";
import { errorText, makeDirectory } from "../host/files.ts";
import { runLogged } from "../host/run-logged.ts";
import { inheritedEnvironment } from "../model/environment.ts";
import { worktreeHook } from "../model/supervision.ts";
import { exitText } from "../model/unit.ts";
import type { EnsuredWorktree } from "../model/worktrees.ts";
import type { WorktreesPlace } from "./place.ts";
import { taskFile } from "./provenance.ts";

const deadlineMs = 30_000;

/** What went wrong, as a sentence; the worktree is there in any case. */
export async function tellCreated(command: readonly string[], made: EnsuredWorktree, { host, checkout, hookLog }: WorktreesPlace, signal: AbortSignal): Promise<string | undefined> {
  const at = isoTime(host.clock);
  const event = { type: worktreeHook, at, project: made.projectName, root: made.root, branch: made.branch ?? null, feature: made.feature, iteration: made.iteration, repository: checkout.repository };
  const environment = { ...inheritedEnvironment(host.environment), ENVCTL_EVENT: worktreeHook, ENVCTL_PROJECT: made.projectName, ENVCTL_WORKTREE: made.root, ENVCTL_BRANCH: made.branch ?? "", ENVCTL_TASK_FILE: join(made.root, taskFile) };
  try {
    makeDirectory(dirname(hookLog), host.machine.isRoot);
    appendFileSync(hookLog, `--- ${at} ${made.projectName} ${worktreeHook}: ${command.join(" ")}\n`, { mode: 0o600 });
    const result = await runLogged({ command, directory: made.root, environment, logPath: hookLog, input: `${JSON.stringify(event)}\n`, timeoutMs: deadlineMs, signal });
    if ("exit" in result && result.exit.kind === "code" && result.exit.code === 0) return undefined;
    const how = "exit" in result ? `ended with ${exitText(result.exit)}` : result.trouble === "timeout" ? `took longer than ${deadlineMs / 1000} s and was ended` : `could not run (${result.trouble})`;
    return `the hook for "${worktreeHook}" ${how}: ${command.join(" ")}; its output is in ${hookLog}`;
  } catch (error) {
    return `the hook for "${worktreeHook}" could not run: ${errorText(error)}`;
  }
}

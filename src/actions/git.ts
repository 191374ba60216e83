/** Git in one checkout: never with questions, never with the variables of somebody else's git. */
import type { ProgramResult } from "../host/run-program.ts";
import { runProgram } from "../host/run-program.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { gitEnvironment } from "../worktrees/git.ts";
import type { ActionPlace } from "./place.ts";

export type GitPlace = Pick<ActionPlace, "root" | "environment" | "signal">;

const timeoutMs = 120_000;
/** What git answers, whatever its exit code. Throws a UserError where it could not be run. */
export async function gitAnswer(place: GitPlace, args: readonly string[], input?: string): Promise<ProgramResult> {
  const result = await runProgram(["git", "-c", "core.quotePath=false", ...args], { directory: place.root, environment: gitEnvironment(place.environment), timeoutMs, signal: place.signal, ...(input === undefined ? {} : { input }) });
  if (result.code === undefined) throw new UserError(unrunnable(place, result.trouble ?? "", args));
  return result;
}

/** What git prints. Throws a UserError when it fails. */
export async function git(place: GitPlace, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gitAnswer(place, args);
  if (code !== 0) throw new UserError({ reason: "git_failed", message: `git ${args[0] ?? ""} failed in ${place.root}: ${stderr.trim() || stdout.trim() || `exit code ${code}`}` });
  return stdout;
}

/** The same; undefined when git fails, which for a question means no. */
export async function gitMaybe(place: GitPlace, ...args: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await gitAnswer(place, args);
  return code === 0 ? stdout : undefined;
}

/** Names in output of git's `-z`. */
export function zeroNames(text: string): readonly string[] {
  return text.split("\0").filter((name) => name !== "");
}

function unrunnable(place: GitPlace, trouble: string, args: readonly string[]): Failure {
  if (place.signal.aborted) return { reason: "cancelled", message: `git ${args[0] ?? ""} was cancelled` };
  if (trouble.includes("ENOENT")) return { reason: "runtime_missing", message: `git could not be run in ${place.root}`, hint: "install git 2.30 or newer and see that it is on the PATH, and that the directory is there" };
  return { reason: "git_failed", message: `git ${args[0] ?? ""} did not end by itself in ${place.root}: ${trouble}` };
}

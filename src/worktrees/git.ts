/** The system's git, run with a deadline and without a shell, and with nothing of the caller's git surroundings. */
import type { Host } from "../host/host.ts";
import type { ProgramResult } from "../host/run-program.ts";
import { UserError } from "../model/failure.ts";

export interface GitOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Git {
  /** Whatever came of it. */
  run(directory: string, args: readonly string[], options?: GitOptions): Promise<ProgramResult>;
  /** Its standard output; throws a UserError with git's own words when it fails. */
  text(directory: string, args: readonly string[], options?: GitOptions): Promise<string>;
}

const oldest = [2, 30] as const;
const usualTimeoutMs = 60_000;

/** Would make git look at another repository than that of its directory: set where git itself calls a hook. */
const surroundings = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CEILING_DIRECTORIES|CONFIG|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE)$/;

/** Asks git for its version first. Throws a UserError where there is none, or one older than 2.30. */
export async function openGit(host: Pick<Host, "runProgram" | "environment">): Promise<Git> {
  const run: Git["run"] = (directory, args, options = {}) =>
    // fsmonitor would start a program of the repository's choice.
    host.runProgram(["git", "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false", "-c", "log.showSignature=false", ...args], {
      directory,
      environment: { ...gitEnvironment(host.environment), ...options.environment },
      timeoutMs: options.timeoutMs ?? usualTimeoutMs,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  await assertRecent(run);
  return {
    run,
    text: async (directory, args, options) => {
      const result = await run(directory, args, options);
      if (result.code === 0) return result.stdout;
      throw gitFailed(args, result);
    },
  };
}

/** What git said, as the end of a command. */
export function gitFailed(args: readonly string[], result: ProgramResult): UserError {
  const said = gitWords(result);
  const command = args.filter((word) => word !== "-c" && !word.startsWith("core.")).slice(0, 2).join(" ");
  return new UserError({ reason: "git_failed", message: `\`git ${command}\` failed: ${said}` });
}

/** The last line git wrote, without its prefix. */
export function gitWords(result: ProgramResult): string {
  const lines = result.stderr.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.findLast((line) => /^(?:fatal|error):/.test(line)) ?? lines.at(-1);
  return (result.trouble ?? fatal ?? `it ended with ${String(result.code)}`).replace(/^(?:fatal|error): /, "");
}

/** The environment git, and what calls it, runs with. */
export function gitEnvironment(caller: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(caller).filter((pair): pair is [string, string] => pair[1] !== undefined && !surroundings.test(pair[0]));
  return { ...Object.fromEntries(kept), LC_ALL: "C", LANGUAGE: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GIT_EDITOR: "true" };
}

async function assertRecent(run: Git["run"]): Promise<void> {
  const result = await run("/", ["version"], { timeoutMs: 10_000 });
  const hint = `install git ${oldest.join(".")} or newer; what runs can be started and stopped without it`;
  if (result.code !== 0) throw new UserError({ reason: "git_failed", message: `git cannot be run: ${gitWords(result)}`, hint });
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(result.stdout) ?? [];
  const isRecent = Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
  if (!isRecent) throw new UserError({ reason: "git_failed", message: `${result.stdout.trim()} is too old`, hint });
}

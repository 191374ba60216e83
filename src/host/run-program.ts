/** Runs a program to its end: git, initdb, a prepare step. Never a shell, always a deadline. */
import { isAbsolute } from "node:path";

export interface ProgramResult {
  /** Undefined when it could not be started or was ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Set when it could not be started, timed out or was cancelled: words for a person. */
  readonly trouble?: string;
}

export interface ProgramOptions {
  readonly directory?: string;
  /** The whole environment, not an addition. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told every line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
  /** Told every line of standard error as it comes. */
  readonly onErrorLine?: (line: string) => void;
  /** Run as another user; only root can. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** Never throws for what the program does; loads the process library on first use. */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const [program, ...args] = argv;
  if (program === undefined) return { code: undefined, stdout: "", stderr: "", trouble: "no program given" };
  const { execa } = await import("execa");
  const result = await execa(program, args, {
    reject: false,
    extendEnv: false,
    preferLocal: false,
    stripFinalNewline: true,
    timeout: options.timeoutMs,
    forceKillAfterDelay: 2000,
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    env: definedOnly(options.environment ?? process.env),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.onLine === undefined ? {} : { stdout: toldLines(options.onLine) }),
    ...(options.onErrorLine === undefined ? {} : { stderr: toldLines(options.onErrorLine) }),
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  return {
    code: result.exitCode,
    stdout: result.stdout ?? "",
    stderr: result.stderr ?? "",
    ...(result.exitCode === undefined ? { trouble: result.shortMessage ?? `${isAbsolute(program) ? program : `"${program}"`} did not run` } : {}),
  };
}

function toldLines(tell: (line: string) => void): (line: unknown) => Generator<unknown> {
  return function* each(line) {
    tell(String(line));
    yield line;
  };
}

function definedOnly(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

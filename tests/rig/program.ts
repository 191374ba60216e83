/** Runs the built CLI as a person would: another process, its own environment, output collected. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The program of this checkout, `npm run build` makes what it loads. */
export const envctlProgram = fileURLToPath(new URL("../../bin/envctl.cjs", import.meta.url));

export interface RunOptions {
  readonly cwd: string;
  /** The whole environment, see `cleanEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
  /** Another build of the CLI than this checkout's own. */
  readonly program?: string;
}

export interface Outcome {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as one JSON document. */
  json(): unknown;
  /** Standard output as newline-separated JSON. */
  jsonLines(): readonly unknown[];
  /** One value of the JSON document: `at("units.0.port")`. Undefined when there is none. */
  at(path: string): unknown;
}

/** A CLI that runs. */
export interface RunningProgram {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the text has been seen on standard output or error, rejects when the program ends before. */
  seen(pattern: RegExp): Promise<void>;
  /** Resolves when so many lines came on standard output; never, when the program ends before. */
  lines(count: number): Promise<void>;
  readonly ended: Promise<Outcome>;
}

/** Runs `envctl ARGS` to its end. Killed, with what it wrote in the error, when it takes longer than `timeoutMs` (60 s). */
export async function runEnvctl(args: readonly string[], options: RunOptions): Promise<Outcome> {
  return startEnvctl(args, options).ended;
}

/** Starts `envctl ARGS` and leaves it running. */
export function startEnvctl(args: readonly string[], options: RunOptions): RunningProgram {
  return startProgram([process.execPath, options.program ?? envctlProgram, ...args], options);
}

/** The same for any program, a shell with a pipe for example. */
export function startProgram(argv: readonly string[], options: RunOptions): RunningProgram {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ["pipe", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  // A program that does not read its input may be gone before it is written.
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const ended = new Promise<Outcome>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`\`${argv.join(" ")}\` did not end in ${options.timeoutMs ?? 60_000} ms\n${written.stdout}\n${written.stderr}`));
    }, options.timeoutMs ?? 60_000);
    child.on("error", reject).on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(outcomeOf(code, signal, written));
    });
  });
  return {
    pid: child.pid ?? -1,
    signal: (name) => void child.kill(name),
    seen: (pattern) => Promise.race([matched(watchers, () => pattern.test(written.stdout) || pattern.test(written.stderr)), endedEarly(ended, pattern)]),
    lines: (count) => matched(watchers, () => written.stdout.split("\n").length > count),
    ended,
  };
}

function matched(watchers: Set<() => void>, isMatch: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isMatch()) return;
      watchers.delete(look);
      resolve();
    };
    watchers.add(look);
    look();
  });
}

async function endedEarly(ended: Promise<Outcome>, pattern: RegExp): Promise<void> {
  const outcome = await ended;
  if (pattern.test(outcome.stdout) || pattern.test(outcome.stderr)) return;
  throw new Error(`ended with ${outcome.code ?? outcome.signal} before writing ${String(pattern)}:\n${outcome.stdout}\n${outcome.stderr}`);
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null, written: { readonly stdout: string; readonly stderr: string }): Outcome {
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`not JSON: ${text.slice(0, 2000)}\nstandard error: ${written.stderr.slice(0, 2000)}`);
    }
  };
  return {
    code: code ?? undefined,
    signal: signal ?? undefined,
    ...written,
    json: () => parse(written.stdout),
    jsonLines: () => written.stdout.split("\n").filter((line) => line !== "").map(parse),
    at: (path) => valueAt(parse(written.stdout), path),
  };
}

/** The value at a dotted path of parsed JSON. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value);
}

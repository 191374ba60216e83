/** Runs the program of a unit, watches over its time, and reads what it writes for others. */
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { runGuarded, type Guarded } from "../host/guarded-program.ts";
import { outputLimitOf } from "../model/job.ts";
import { emittedIn, factsIn, recordsIn } from "./exchange.ts";
import type { GraphUnit } from "./unit.ts";
import type { UnitEnd } from "./verdict.ts";

export interface UnitCall {
  readonly unit: GraphUnit;
  readonly params: Readonly<Record<string, string>>;
  /** Facts, and what the project gives. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that nothing else may be put in place of: its mark above all. */
  readonly own: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** A directory of its own for what it writes for others. */
  readonly exchange: string;
  readonly signal: AbortSignal;
  /** Told every unit it emits, as soon as it is seen. Answers what is wrong with it. */
  readonly emitted: (definition: unknown) => readonly string[];
}

/** Whoever carries a unit out. Never rejects. */
export type UnitWorker = (call: UnitCall) => Promise<UnitEnd>;

/** How often a running unit's files are looked at. */
const lookEveryMs = 200;
const graceMs = 1000;

/** In a process that ends with this one. */
export const processWorker: UnitWorker = async (call) => {
  const { unit, params, exchange, signal } = call;
  rmSync(exchange, { recursive: true, force: true });
  mkdirSync(exchange, { mode: 0o700 });
  const files = { facts: join(exchange, "facts"), results: join(exchange, "results"), emit: join(exchange, "emit") };
  const emits = new Emits(files.emit, call.emitted);
  const program = runGuarded({
    command: unit.command, directory: unit.directory, logPath: call.logPath,
    environment: { ...call.environment, ...params, ...call.own, ENVCTL_FACTS: files.facts, ENVCTL_RESULTS: files.results, ENVCTL_EMIT: files.emit, ENVCTL_PARAMS: JSON.stringify(params) },
  });
  const watch = watchOver(program, call, () => emits.look(false));
  const onAbort = (): void => watch.end({ status: "error", reason: "cancelled" });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const ended = await program.ended;
  signal.removeEventListener("abort", onAbort);
  const trouble = watch.stop() ?? (typeof ended === "string" ? ({ status: "error", reason: `could not be started: ${ended}` } as const) : undefined);
  emits.look(true);
  const [facts, records] = [factsIn(textOf(files.facts)), recordsIn(textOf(files.results))];
  return { ...(typeof ended === "string" ? {} : { exit: ended }), ...(trouble === undefined ? {} : { trouble }), facts: facts.facts, records: records.values, problems: [...notFiles(files), ...facts.problems, ...records.problems, ...emits.problems] };
};

type Trouble = NonNullable<UnitEnd["trouble"]>;

interface Watch {
  end(trouble: Trouble): void;
  /** The first trouble there was. */
  stop(): Trouble | undefined;
}

function watchOver(program: Guarded, { unit, logPath }: UnitCall, look: () => void): Watch {
  const { timeoutMs, idleTimeoutMs } = unit;
  let trouble: Trouble | undefined;
  const end = (why: Trouble): void => {
    trouble ??= why;
    program.end(graceMs);
  };
  let [size, since] = [sizeOf(logPath), performance.now()];
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => end({ status: "timeout", reason: `took longer than ${timeoutMs / 1000} s` }), timeoutMs);
  const looking = setInterval(() => {
    try {
      look();
    } catch (error) {
      return end({ status: "error", reason: `what it emitted cannot be taken: ${error instanceof Error ? error.message : String(error)}` });
    }
    const now = sizeOf(logPath);
    if (now > outputLimitOf(unit)) end({ status: "error", reason: `wrote ${mebibytes(now)} of ${mebibytes(outputLimitOf(unit))} and was ended` });
    if (now !== size) [size, since] = [now, performance.now()];
    else if (idleTimeoutMs !== undefined && performance.now() - since > idleTimeoutMs) end({ status: "timeout", reason: `wrote nothing for ${idleTimeoutMs / 1000} s` });
  }, lookEveryMs);
  return {
    end,
    stop: () => {
      clearTimeout(timer);
      clearInterval(looking);
      return trouble;
    },
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Reads on where it was; a line counts once it is whole, or nobody writes any more. */
class Emits {
  readonly #path: string;
  readonly #told: UnitCall["emitted"];
  readonly problems: string[] = [];
  #read = 0;

  constructor(path: string, told: UnitCall["emitted"]) {
    this.#path = path;
    this.#told = told;
  }

  look(isLast: boolean): void {
    if (sizeOf(this.#path) <= this.#read) return;
    const bytes = readFileSync(this.#path).subarray(this.#read);
    const whole = isLast ? bytes.length : bytes.lastIndexOf(10) + 1;
    this.#read += whole;
    const { values, problems } = emittedIn(bytes.subarray(0, whole).toString("utf8"));
    this.problems.push(...problems, ...values.flatMap((value) => this.#told(value)));
  }
}

/** A unit may make anything at a path it was given. */
function notFiles(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files).flatMap(([name, path]) => (statSync(path, { throwIfNoEntry: false })?.isFile() === false ? [`$ENVCTL_${name.toUpperCase()} is no file`] : []));
}

function textOf(path: string): string {
  return sizeOf(path) > 0 ? readFileSync(path, "utf8") : "";
}

/** Nothing for what is no file. */
function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : 0;
}

/** Steps before a start (install, migrate): once per change of what they read, and never twice at once in one place. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";
import { matchingFiles } from "../host/glob.ts";
import { runLogged } from "../host/run-logged.ts";
import type { Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import { maskSecrets } from "../model/secrets.ts";
import { exitText, type PrepareStep, type UnitSpec } from "../model/unit.ts";
import { logTail } from "./log-tail.ts";

export interface PrepareContext {
  readonly spec: UnitSpec;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly signal: AbortSignal;
  /** Puts secrets into a word of the command. */
  readonly opened: (word: string) => string;
  /** The inputs a step was done with where its directory got what it made from, by key. */
  readonly lent?: (keyIn: (directory: string) => string) => string | undefined;
  /** Remembers across runs which inputs a step last succeeded with. */
  readonly memory: PrepareMemory;
}

export interface Prepared {
  readonly inputsHash: string;
  readonly skipped: boolean;
}

export interface PrepareMemory {
  get(key: string): string | undefined;
  set(key: string, inputsHash: string): void;
  /** Steps under way, by key: a second unit with the same step in the same place waits for the first. */
  readonly running: Map<string, Promise<Prepared | Failure>>;
}

const timeoutMs = 15 * 60_000;

/** Memory kept in one file of the scope. */
export function createPrepareMemory(path: string): PrepareMemory {
  const read = (): Record<string, string> => ({ ...(readJson(path) as Record<string, string> | undefined) });
  return {
    get: (key) => read()[key],
    set: (key, inputsHash) => writeAtomic(path, JSON.stringify({ ...read(), [key]: inputsHash })),
    running: new Map(),
  };
}

/** Runs a step unless its inputs are those it last succeeded with. Resolves with a Failure when it does not succeed. */
export async function prepareStep(step: PrepareStep, context: PrepareContext): Promise<Prepared | Failure> {
  const keyIn = (directory: string): string => hashOf({ directory, command: step.command });
  const key = keyIn(context.spec.directory);
  const running = context.memory.running.get(key);
  if (running !== undefined) return running;
  const work = runStep(step, key, context, context.lent?.(keyIn)).finally(() => context.memory.running.delete(key));
  context.memory.running.set(key, work);
  return work;
}

async function runStep(step: PrepareStep, key: string, context: PrepareContext, lent: string | undefined): Promise<Prepared | Failure> {
  const { spec } = context;
  const inputsHash = inputsHashOf(step, spec.directory);
  if (step.inputs.length > 0 && (context.memory.get(key) ?? lent) === inputsHash) return { inputsHash, skipped: true };
  const result = await runLogged({ ...context, command: step.command.map(context.opened), directory: spec.directory, timeoutMs });
  if ("exit" in result && result.exit.kind === "code" && result.exit.code === 0) {
    // Hashed again: an install may rewrite the lock file it reads.
    const afterwards = inputsHashOf(step, spec.directory);
    context.memory.set(key, afterwards);
    return { inputsHash: afterwards, skipped: false };
  }
  const how = "exit" in result ? `ended with ${exitText(result.exit)}` : result.trouble === "timeout" ? `took longer than ${timeoutMs / 60_000} minutes` : result.trouble;
  return {
    reason: "prepare_failed",
    message: `the step "${step.name}" of ${spec.id} ${how}: ${maskSecrets(step.command.join(" "))}`,
    hint: `see \`envctl logs --project ${spec.project} --service ${spec.name}\`, or run it by hand in ${spec.directory}`,
    logTail: logTail(context.logPath),
  };
}

function inputsHashOf(step: PrepareStep, directory: string): string {
  const files = step.inputs.flatMap((pattern) => matchingFiles(directory, pattern));
  return hashOf(files.map((path) => [path, createHash("sha256").update(readFileSync(join(directory, path))).digest("hex")]));
}

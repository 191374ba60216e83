/**
 * Servers found before, by adapter and settings. Finding one runs it to ask its version, so it is not done at every plan;
 * and a server that runs must not be exchanged only because the next caller has another PATH.
 */
import { statSync } from "node:fs";
import { readJson, writeAtomic } from "../host/files.ts";
import type { Runtime } from "../requirements/adapter.ts";

export interface RuntimeMemory {
  /** Undefined when nothing is known, or the program has changed or gone. */
  get(key: string): Runtime | undefined;
  set(key: string, runtime: Runtime): void;
}

interface Known {
  readonly runtime: Runtime;
  readonly changedMs: number;
}

/** Kept in a file of the scope, so that the next daemon knows too. */
export function createRuntimeMemory(path: string): RuntimeMemory {
  let known: Readonly<Record<string, Known>> | undefined;
  const read = (): Readonly<Record<string, Known>> => (known ??= knownIn(readJson(path)));
  return {
    get: (key) => {
      const found = Object.hasOwn(read(), key) ? read()[key] : undefined;
      return found !== undefined && changedMs(found.runtime.program) === found.changedMs ? found.runtime : undefined;
    },
    set: (key, runtime) => {
      const changed = changedMs(runtime.program);
      if (changed === undefined) return;
      known = { ...read(), [key]: { runtime, changedMs: changed } };
      writeQuietly(path, known);
    },
  };
}

function knownIn(value: unknown): Readonly<Record<string, Known>> {
  return typeof value === "object" && value !== null ? (value as Record<string, Known>) : {};
}

/** Before the first start there is no directory yet, and a full disk is told elsewhere: it is only a memory. */
function writeQuietly(path: string, known: Readonly<Record<string, Known>>): void {
  try {
    writeAtomic(path, JSON.stringify(known));
  } catch {
    // Looked for again next time.
  }
}

function changedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

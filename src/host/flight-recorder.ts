/**
 * Notes what a command and its daemon say to each other: times, kinds, sizes and names of fields, never what is in them.
 * Made only when somebody asks; bounded in memory and on the disk.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { chosenToPrune, type KeptThing } from "../model/pruning.ts";
import type { Clock } from "./clock.ts";
import { makeDirectory, writeAtomic } from "./files.ts";

/** One thing that happened. */
export interface RecordedStep {
  /** `sent`, `received`, `begin`. */
  readonly kind: string;
  /** A method, the type of an event, `result` or `error`. */
  readonly what: string;
  readonly bytes?: number;
  /** Names of fields. */
  readonly names?: readonly string[];
}

export type RecordStep = (step: RecordedStep) => void;

export interface FlightRecorder {
  readonly record: RecordStep;
  /** Writes what is kept; older recordings beyond the limits go. Never throws. */
  save(): void;
}

/** Steps of one session; the oldest are forgotten. */
const mostSteps = 2000;

export function createFlightRecorder(directory: string, clock: Clock): FlightRecorder {
  const begun = clock.monotonic();
  const startedAt = new Date(clock.now()).toISOString();
  const steps: (RecordedStep & { readonly atMs: number })[] = [];
  let forgotten = 0;
  return {
    record: (step) => {
      if (steps.push({ atMs: Math.round(clock.monotonic() - begun), ...step }) <= mostSteps) return;
      steps.shift();
      forgotten += 1;
    },
    save: () => {
      const head = { kind: "session", schema_version: 1, started_at: startedAt, pid: process.pid, steps: steps.length, forgotten };
      try {
        makeDirectory(directory);
        writeAtomic(join(directory, `${startedAt.replaceAll(/\D/g, "")}-${process.pid}.jsonl`), [head, ...steps].map((one) => `${JSON.stringify(one)}\n`).join(""));
        for (const { paths } of chosenToPrune(recordingsIn(directory), clock.now()).removed) for (const path of paths) rmSync(path, { force: true });
      } catch {
        // A recording is an extra; the command has done its work.
      }
    },
  };
}

function recordingsIn(directory: string): readonly KeptThing[] {
  return readdirSync(directory).map((name) => {
    const path = join(directory, name);
    const { size, mtimeMs } = statSync(path);
    return { kind: "recording", name, paths: [path], bytes: size, atMs: mtimeMs };
  });
}

/** Names of the fields of a message, and of what it carries; no values. */
export function fieldNames(message: unknown): readonly string[] {
  if (typeof message !== "object" || message === null) return [];
  return Object.entries(message).flatMap(([name, value]) => (typeof value === "object" && value !== null && !Array.isArray(value) ? [name, ...Object.keys(value).map((inner) => `${name}.${inner}`)] : [name]));
}

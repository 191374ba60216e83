/** How long steps of units took the last time: the only estimate there is for work whose whole is not known. */
import { join } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";
import type { UnitSpec } from "../model/unit.ts";

type Work = Pick<UnitSpec, "name">;

/** Milliseconds, in whichever project: a new worktree's takes as long as Main's. Undefined for the first time. */
export function lastStepMs(scopeRoot: string, unit: Work, step: string): number | undefined {
  return timesIn(scopeRoot)[`${unit.name} ${step}`];
}

/** What is done, and how long that took the last time where that is worth a word. */
export function withLastTime(text: string, lastMs: number | undefined): string {
  return lastMs === undefined || lastMs < 1000 ? text : `${text}, which took ${Math.round(lastMs / 1000)} s the last time`;
}

/** To be told of steps that did something. Never throws: nothing fails for want of an estimate. */
export function noteStepMs(scopeRoot: string, unit: Work, step: string, durationMs: number): void {
  try {
    writeAtomic(pathIn(scopeRoot), JSON.stringify({ ...timesIn(scopeRoot), [`${unit.name} ${step}`]: durationMs }));
  } catch {
    // A full disk is told of by those whose files matter.
  }
}

function pathIn(scopeRoot: string): string {
  return join(scopeRoot, "step-times.json");
}

function timesIn(scopeRoot: string): Readonly<Record<string, number>> {
  const value = readJson(pathIn(scopeRoot));
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.flatMap(([name, ms]: readonly [string, unknown]) => (typeof ms === "number" ? [[name, ms] as const] : [])));
}

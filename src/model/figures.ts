/** What units use, as the daemon samples it: the figures it publishes, and the arithmetic behind them. Pure. */
import type { Handle, UnitId } from "./unit.ts";

/** What the whole process tree of a unit uses. */
export interface UnitFigures {
  /** The unit's first process: figures of an earlier one are not this one's. */
  readonly pid: number;
  /** Share of one processor core over the last seconds, 1.5 is one and a half; null until it was measured twice. */
  readonly cpu: number | null;
  /** Resident memory; what processes share is counted for each. */
  readonly memory_bytes: number;
  /** Open file descriptors; null where the system does not tell. */
  readonly fds: number | null;
  /** Established TCP connections; counted only for units that have a limit for them. */
  readonly connections?: number;
  readonly processes: number;
  readonly uptime_ms: number;
}

/** `figures.json`: the last sample. It is a view, not an event. */
export interface Figures {
  readonly schema_version: 1;
  readonly at: string;
  /** How soon the next sample is due. */
  readonly period_ms: number;
  /** Who measured: without it nothing here is current. */
  readonly daemon: Handle;
  readonly units: Readonly<Record<UnitId, UnitFigures>>;
}

/** After so many missed samples figures are not current any more. */
const missedSamples = 3;

/** The figures of a file, as long as they are current: undefined when they are too old, were made after `nowMs`, or their daemon is gone. */
export function currentFigures(value: unknown, nowMs: number, isAlive: (daemon: Handle) => boolean): Figures | undefined {
  if (!isFigures(value)) return undefined;
  const ageMs = nowMs - Date.parse(value.at);
  return Math.abs(ageMs) <= missedSamples * value.period_ms && isAlive(value.daemon) ? value : undefined;
}

/** Only this program writes the file; a later version says so in its number. */
function isFigures(value: unknown): value is Figures {
  return typeof value === "object" && value !== null && "schema_version" in value && value.schema_version === 1 && "at" in value && "units" in value && "daemon" in value;
}

/** What is known about a unit's processor time between two samples. */
export interface CpuSample {
  readonly atMs: number;
  /** Processor time so far, by process. */
  readonly spentMs: ReadonlyMap<string, number>;
  /** Smoothed share of a core; absent after the first sample. */
  readonly share?: number;
}

/** A new value counts for two thirds after so long. */
const smoothingMs = 3000;

/**
 * The sample that follows `before`. A process seen for the first time began since; one that ended since takes its last
 * moments with it, so that the share may be too low, never too high. `atMs` is monotonic.
 */
export function nextCpuSample(before: CpuSample | undefined, spentMs: ReadonlyMap<string, number>, atMs: number): CpuSample {
  if (before === undefined) return { atMs, spentMs };
  const elapsedMs = atMs - before.atMs;
  if (elapsedMs <= 0) return before;
  let usedMs = 0;
  for (const [key, spent] of spentMs) usedMs += Math.max(0, spent - (before.spentMs.get(key) ?? 0));
  const share = usedMs / elapsedMs;
  const weight = 1 - Math.exp(-elapsedMs / smoothingMs);
  return { atMs, spentMs, share: before.share === undefined ? share : before.share + (share - before.share) * weight };
}

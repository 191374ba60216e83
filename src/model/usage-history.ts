/** What the units of a run used over its time, in a form that never grows beyond a bound: the longer the run, the coarser. Pure. */
import type { UnitFigures } from "./figures.ts";
import type { UnitId } from "./unit.ts";

/** The most that was used in one step of time: when it began (epoch milliseconds), share of a core (null while unknown), resident bytes. */
export type UsagePoint = readonly [atMs: number, cpu: number | null, memoryBytes: number];

/** `usage.json` of a run. */
export interface UsageHistory {
  readonly schema_version: 1;
  readonly run_id: string;
  /** How much time one point stands for. */
  readonly step_ms: number;
  /** Oldest first; nothing for times in which a unit was not measured. */
  readonly units: Readonly<Record<UnitId, readonly UsagePoint[]>>;
}

const firstStepMs = 5000;
const mostPoints = 120;
/** Of units that are added and forgotten all the time, those measured last. */
const mostUnits = 200;

export function emptyUsage(runId: string): UsageHistory {
  return { schema_version: 1, run_id: runId, step_ms: firstStepMs, units: {} };
}

/** With one more sample, which belongs to the step that `atMs` is in. */
export function withUsage(history: UsageHistory, atMs: number, figures: Readonly<Record<UnitId, UnitFigures>>): UsageHistory {
  const units = { ...history.units };
  for (const [unitId, { cpu, memory_bytes }] of Object.entries(figures)) {
    const points = merged([...(units[unitId] ?? []), [atMs, cpu === null ? null : rounded(cpu), memory_bytes]], history.step_ms);
    // Measured last is written last.
    delete units[unitId];
    units[unitId] = points;
  }
  return fitting({ ...history, units: Object.fromEntries(Object.entries(units).slice(-mostUnits)) });
}

/** Twice the time a point, about half as many points, until they are few enough. */
function fitting(history: UsageHistory): UsageHistory {
  if (Object.values(history.units).every(({ length }) => length <= mostPoints)) return history;
  const step_ms = history.step_ms * 2;
  return fitting({ ...history, step_ms, units: Object.fromEntries(Object.entries(history.units).map(([unitId, points]) => [unitId, merged(points, step_ms)])) });
}

/** One point a step; a clock that was set back begins a step of its own. */
function merged(points: readonly UsagePoint[], stepMs: number): readonly UsagePoint[] {
  const all: UsagePoint[] = [];
  for (const [atMs, cpu, memoryBytes] of points) {
    const stepAt = Math.floor(atMs / stepMs) * stepMs;
    const last = all.at(-1);
    if (last === undefined || last[0] !== stepAt) all.push([stepAt, cpu, memoryBytes]);
    else all[all.length - 1] = [stepAt, higher(last[1], cpu), Math.max(last[2], memoryBytes)];
  }
  return all;
}

function higher(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000;
}

/** What a file says of this run; undefined for everything else, such as the form of a later version. */
export function usageOf(value: unknown, runId: string): UsageHistory | undefined {
  return isUsage(value) && value.run_id === runId ? value : undefined;
}

/** Only this program writes the file; a later version says so in its number. */
function isUsage(value: unknown): value is UsageHistory {
  return typeof value === "object" && value !== null && "schema_version" in value && value.schema_version === 1 && "run_id" in value && "step_ms" in value && "units" in value && typeof value.units === "object";
}

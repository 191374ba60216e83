/** What is different between two runs. Pure. */
import type { Event } from "./events.ts";
import { diagnosisOf, spansOf } from "./diagnosis.ts";
import type { RunState } from "./run-state.ts";
import type { UnitId, UnitSpec } from "./unit.ts";

export interface Difference {
  readonly unitId: UnitId;
  /** `unit` where only one of the two runs has it; `command`, `env.LEVEL`, `version`, `port`, `ready in`, `failed`. */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface RecordedRun {
  readonly state: RunState;
  readonly events: readonly Event[];
}

/** Below this, and below half as much again, a start is not slower. */
const noticedMs = 200;

/** Of the units of either run, in the order of their names: configuration, versions, ports, times, failures that were not. */
export function differencesBetween(then: RecordedRun, now: RecordedRun): readonly Difference[] {
  const ids = [...new Set([...Object.keys(then.state.units), ...Object.keys(now.state.units)])].sort();
  return ids.flatMap((unitId) => [...specDifferences(unitId, then, now), ...timeDifferences(unitId, then, now), ...failureDifferences(unitId, then, now)]);
}

function specDifferences(unitId: UnitId, then: RecordedRun, now: RecordedRun): readonly Difference[] {
  const [before, after] = [then.state.units[unitId]?.spec, now.state.units[unitId]?.spec];
  // What it is all about is that it is new, or gone.
  if (before === undefined || after === undefined) return [{ unitId, what: "unit", before: before?.command.join(" ") ?? null, after: after?.command.join(" ") ?? null }];
  const [was, is] = [factsOf(before), factsOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((what) => (was[what] === is[what] ? [] : [{ unitId, what, before: was[what] ?? null, after: is[what] ?? null }]));
}

function factsOf(spec: UnitSpec): Readonly<Record<string, string>> {
  return {
    command: spec.command.join(" "),
    directory: spec.directory,
    executor: spec.executor,
    ...(spec.requirement === undefined ? {} : { version: `${spec.requirement.adapter} ${spec.requirement.version}` }),
    ...Object.fromEntries(spec.ports.map(({ name, port }) => [`port ${name}`, String(port)])),
    ...Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [`env.${name}`, value])),
  };
}

function timeDifferences(unitId: UnitId, then: RecordedRun, now: RecordedRun): readonly Difference[] {
  const [before, after] = [then, now].map(({ events }) => spansOf(events).findLast((one) => one.unitId === unitId && one.span === "ready")?.durationMs);
  if (before === undefined || after === undefined || Math.abs(after - before) < Math.max(noticedMs, before / 2)) return [];
  return [{ unitId, what: "ready in", before: `${before} ms`, after: `${after} ms` }];
}

function failureDifferences(unitId: UnitId, then: RecordedRun, now: RecordedRun): readonly Difference[] {
  const failed = ({ events }: RecordedRun): boolean => diagnosisOf(events).failed.includes(unitId);
  if (failed(then) || !failed(now)) return [];
  return [{ unitId, what: "failed", before: null, after: now.state.failures.findLast((one) => one.unitId === unitId)?.failure.message ?? "yes" }];
}

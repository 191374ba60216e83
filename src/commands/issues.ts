/** What is wrong with a run's units, in the words of the health and error reports. */
import type { HealthReport } from "../contracts/reports.ts";
import type { Failure } from "../model/failure.ts";
import type { UnitState } from "../model/run-state.ts";
import { detailOf, wordOf, type RunView } from "./run-view.ts";

export type UnitIssue = HealthReport["issues"]["failing_services"][number];
export type RecentFailure = HealthReport["issues"]["recent_failures"][number];

const shownFailures = 10;

export function unitIssue(view: RunView, unit: UnitState): UnitIssue {
  const failure: Failure | undefined = "failure" in unit.life ? unit.life.failure : undefined;
  const status = wordOf(view, unit);
  return {
    unit_id: unit.spec.id,
    status,
    reason: failure?.reason ?? null,
    message: detailOf(view, unit) ?? `it is ${status}`,
    hint: failure?.hint ?? null,
  };
}

/** The last ones of the selected units, oldest first. */
export function recentFailures(view: RunView, units: readonly UnitState[]): RecentFailure[] {
  const ids = new Set(units.map((unit) => unit.spec.id));
  return view.state.failures
    .filter((one) => ids.has(one.unitId))
    .slice(-shownFailures)
    .map(({ at, unitId, failure }) => ({ at, unit_id: unitId, reason: failure.reason, message: failure.message, hint: failure.hint ?? null }));
}

/** How healthy projects were over time, from events alone; drawn as a row of small bars. Pure. */
import type { Event } from "../../model/events.ts";

/** From then on the share holds. */
export interface HealthMark {
  readonly atMs: number;
  readonly share: number;
}

/** Which units of a project are up and healthy, and how that changed. */
export interface ProjectHealth {
  readonly units: Readonly<Record<string, boolean>>;
  readonly marks: readonly HealthMark[];
}

export type HealthHistory = Readonly<Record<string, ProjectHealth>>;

/** Marks kept for a project; older ones are not in any picture. */
const keptMarks = 200;

/** What an event means for a unit: healthy, not healthy, or no longer counted. */
function verdictOf(event: Event): { readonly unitId: string; readonly isHealthy: boolean | undefined } | undefined {
  switch (event.type) {
    case "unit_ready":
    case "unit_recovered":
    case "unit_adopted":
      return { unitId: event.unitId, isHealthy: true };
    case "unit_failed":
    case "unit_crashed":
    case "unit_unhealthy":
    case "unit_blocked":
    case "unit_starting":
      return { unitId: event.unitId, isHealthy: false };
    case "unit_stopped":
    case "unit_forgotten":
      return { unitId: event.unitId, isHealthy: undefined };
    default:
      return undefined;
  }
}

/** The history with one more event. */
export function healthAfter(history: HealthHistory, event: Event): HealthHistory {
  const verdict = verdictOf(event);
  if (verdict === undefined) return history;
  const project = verdict.unitId.slice(0, verdict.unitId.lastIndexOf("/"));
  const before = history[project] ?? { units: {}, marks: [] };
  const { [verdict.unitId]: _old, ...others } = before.units;
  const units = verdict.isHealthy === undefined ? others : { ...others, [verdict.unitId]: verdict.isHealthy };
  const share = shareOf(units);
  const marks = before.marks.at(-1)?.share === share ? before.marks : [...before.marks, { atMs: Date.parse(event.at), share }].slice(-keptMarks);
  return { ...history, [project]: { units, marks } };
}

interface Draft {
  readonly units: Map<string, boolean>;
  readonly marks: HealthMark[];
  healthy: number;
}

/** The history of all these events: the same as one after the other, without a copy of hundreds of units for each. */
export function healthOf(events: readonly Event[]): HealthHistory {
  const drafts = new Map<string, Draft>();
  for (const event of events) {
    const verdict = verdictOf(event);
    if (verdict === undefined) continue;
    const { unitId, isHealthy } = verdict;
    const project = unitId.slice(0, unitId.lastIndexOf("/"));
    const draft: Draft = drafts.get(project) ?? { units: new Map(), marks: [], healthy: 0 };
    drafts.set(project, draft);
    draft.healthy += Number(isHealthy === true) - Number(draft.units.get(unitId) === true);
    if (isHealthy === undefined) draft.units.delete(unitId);
    else draft.units.set(unitId, isHealthy);
    const share = draft.units.size === 0 ? 0 : draft.healthy / draft.units.size;
    if (draft.marks.at(-1)?.share !== share) draft.marks.push({ atMs: Date.parse(event.at), share });
  }
  return Object.fromEntries([...drafts].map(([project, { units, marks }]) => [project, { units: Object.fromEntries(units), marks: marks.slice(-keptMarks) }]));
}

function shareOf(units: Readonly<Record<string, boolean>>): number {
  const all = Object.values(units);
  return all.length === 0 ? 0 : all.filter(Boolean).length / all.length;
}

/** The lowest share in each of so many intervals up to now; undefined before there was anything. */
export function healthShares(marks: readonly HealthMark[], nowMs: number, count: number, intervalMs: number): readonly number[] {
  const shares: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const fromMs = nowMs - (count - index) * intervalMs;
    const before = marks.findLast((mark) => mark.atMs <= fromMs);
    const inside = marks.filter((mark) => mark.atMs > fromMs && mark.atMs <= fromMs + intervalMs);
    const seen = [...(before === undefined ? [] : [before]), ...inside].map((mark) => mark.share);
    if (seen.length > 0) shares.push(Math.min(...seen));
  }
  return shares;
}

const bars = "▁▂▃▄▅▆▇█";

/** One bar a share, from 0 to 1. */
export function sparkline(shares: readonly number[]): string {
  return shares.map((share) => bars[Math.round(Math.min(1, Math.max(0, share)) * (bars.length - 1))] ?? "").join("");
}

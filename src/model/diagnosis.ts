/** What failed first in a run and why, what took long, what was restarted: from its events alone. Pure. */
import type { Event } from "./events.ts";
import type { Failure } from "./failure.ts";
import type { UnitId } from "./unit.ts";

export interface TimedSpan {
  readonly unitId: UnitId;
  /** `ready`, `prepare install`, `bootstrap`. */
  readonly span: string;
  readonly durationMs: number;
}

export interface FirstFailure {
  readonly unitId: UnitId;
  readonly at: string;
  readonly reason: string;
  /** The failure, then what led to it, outermost first. */
  readonly chain: readonly string[];
  readonly hint: string | null;
  readonly logTail: readonly string[];
}

export interface Diagnosis {
  readonly firstFailure: FirstFailure | null;
  /** Units that failed since the last start was planned, in order. */
  readonly failed: readonly UnitId[];
  /** Not started, since what they need failed. */
  readonly blocked: readonly UnitId[];
  readonly slowest: readonly TimedSpan[];
  readonly restarts: Readonly<Record<UnitId, number>>;
  /** Hints of the failures, each once. */
  readonly advice: readonly string[];
}

const shownSpans = 8;
type FailureEvent = Extract<Event, { readonly type: "unit_failed" | "unit_crashed" | "unit_unhealthy" }>;

/** About what happened since the last start, resume or restart was planned; about all of it where nothing failed since. */
export function diagnosisOf(events: readonly Event[]): Diagnosis {
  const begun = events.findLastIndex((event) => event.type === "intent_planned" && event.intent !== "stop");
  const recent = events.slice(Math.max(0, begun)).filter(isFailure);
  const failures = recent.length > 0 ? recent : events.filter(isFailure);
  const [first] = failures;
  const restarts: Record<UnitId, number> = {};
  for (const event of events) if (event.type === "unit_restarting") restarts[event.unitId] = (restarts[event.unitId] ?? 0) + 1;
  return {
    firstFailure: first === undefined ? null : firstFailureOf(first),
    failed: [...new Set(failures.map(({ unitId }) => unitId))],
    blocked: [...new Set(events.slice(Math.max(0, begun)).flatMap((event) => (event.type === "unit_blocked" ? [event.unitId] : [])))],
    slowest: spansOf(events).toSorted((one, other) => other.durationMs - one.durationMs).slice(0, shownSpans),
    restarts,
    advice: [...new Set(failures.flatMap(({ failure }) => hintsOf(failure)))],
  };
}

function isFailure(event: Event): event is FailureEvent {
  return event.type === "unit_failed" || event.type === "unit_crashed" || event.type === "unit_unhealthy";
}

function firstFailureOf({ unitId, at, failure }: FailureEvent): FirstFailure {
  return { unitId, at, reason: failure.reason, chain: chainOf(failure), hint: hintsOf(failure)[0] ?? null, logTail: failure.logTail ?? [] };
}

function chainOf(failure: Failure): readonly string[] {
  return [failure.message, ...(failure.cause === undefined ? [] : chainOf(failure.cause))];
}

/** The innermost says most. */
function hintsOf(failure: Failure): readonly string[] {
  return [...(failure.cause === undefined ? [] : hintsOf(failure.cause)), ...(failure.hint === undefined ? [] : [failure.hint])];
}

/** Everything that was measured. */
export function spansOf(events: readonly Event[]): readonly TimedSpan[] {
  return events.flatMap((event): readonly TimedSpan[] => {
    if (event.type === "unit_ready") return [{ unitId: event.unitId, span: "ready", durationMs: event.startupMs }];
    if (event.type === "unit_span") return [{ unitId: event.unitId, span: event.span, durationMs: event.durationMs }];
    if (event.type === "unit_prepared" && !event.skipped) return [{ unitId: event.unitId, span: `prepare ${event.step}`, durationMs: event.durationMs }];
    return [];
  });
}

/** True when a start of it ended well. */
export function cameUp(events: readonly Event[]): boolean {
  return events.some((event) => event.type === "intent_finished" && event.ok && (event.intent === "start" || event.intent === "resume"));
}

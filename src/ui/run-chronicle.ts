/** What a run was from its beginning to its end: a fold over its events, for a page and for a terminal. Pure. */
import type { Event } from "../model/events.ts";
import type { UnitFigures } from "../model/figures.ts";
import { handleOf, type UnitStatus } from "../model/lifecycle.ts";
import { foldEvents, reduce, type RunState, type UnitState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import type { UsageHistory, UsagePoint } from "../model/usage-history.ts";
import { storyLine } from "./event-story.ts";
import { newestStart, waterfallOf, type WaterfallRow } from "./waterfall.ts";

/** A time in one state. Epoch milliseconds; `endMs` is that of the run where the state lasts. */
export interface StateSpan {
  readonly status: UnitStatus;
  readonly startMs: number;
  readonly endMs: number;
}

export interface UnitChronicle {
  readonly unitId: UnitId;
  readonly kind: string;
  readonly status: UnitStatus;
  readonly starts: number;
  readonly restarts: number;
  /** Of the last start that came so far. */
  readonly readyMs: number | null;
  /** In order, without gaps. */
  readonly states: readonly StateSpan[];
  /** What it uses now; null where nobody measures it. */
  readonly cpu: number | null;
  readonly memoryBytes: number | null;
  /** What it used over the time of the run, oldest first; none where nobody measured. */
  readonly usage: readonly UsagePoint[];
}

export interface Mishap {
  readonly at: string;
  readonly unitId: UnitId;
  readonly message: string;
  readonly hint: string | null;
  readonly logTail: readonly string[];
}

/** How the last tests of a project ended. */
export interface ProjectTests {
  readonly project: string;
  readonly at: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
}

export interface RunChronicle {
  readonly runId: string;
  readonly repository: string;
  readonly mode: "main" | "trees";
  readonly startMs: number;
  /** Of the run, or until when is told. */
  readonly endMs: number;
  readonly isOver: boolean;
  /** How much time a point of `usage` stands for; null where there is none. */
  readonly usageStepMs: number | null;
  readonly projects: readonly string[];
  readonly units: readonly UnitChronicle[];
  readonly waterfall: readonly WaterfallRow[];
  readonly mishaps: readonly Mishap[];
  readonly tests: readonly ProjectTests[];
  /** A line an event; of a long run the last ones. */
  readonly story: readonly string[];
  /** Lines of the story that were left out before them. */
  readonly omitted: number;
}

export interface Recorded {
  readonly runId: string;
  readonly events: readonly Event[];
  /** What living units use. */
  readonly figures: Readonly<Record<UnitId, UnitFigures>>;
  /** What was kept of what they used. */
  readonly usage?: UsageHistory | undefined;
  readonly tests: readonly ProjectTests[];
  /** Until when a run that goes on is told. */
  readonly nowMs: number;
}

const mostLines = 400;

export function runChronicle({ runId, events, figures, usage, tests, nowMs }: Recorded): RunChronicle {
  const state = foldEvents(runId, events);
  const startMs = Date.parse(state.startedAt) || nowMs;
  const endMs = Math.max(startMs, state.stoppedAt === undefined ? nowMs : Date.parse(state.stoppedAt));
  const states = stateSpans(runId, events, endMs);
  return {
    runId,
    repository: state.repository,
    mode: state.mode,
    startMs,
    endMs,
    isOver: state.stoppedAt !== undefined,
    usageStepMs: usage?.step_ms ?? null,
    projects: Object.keys(state.projects),
    units: Object.values(state.units).map((unit) => unitChronicle(unit, states.get(unit.spec.id) ?? [], { figures, usage, events })),
    waterfall: newestStart(waterfallOf(events)),
    mishaps: events.flatMap(mishapsOf),
    tests: tests.filter(({ at }) => Date.parse(at) >= startMs && Date.parse(at) <= endMs),
    story: events.slice(-mostLines).map(storyLine),
    omitted: Math.max(0, events.length - mostLines),
  };
}

/** A state of a unit lasts until its next one, the last until `endMs`. */
function stateSpans(runId: string, events: readonly Event[], endMs: number): ReadonlyMap<UnitId, readonly StateSpan[]> {
  // Appended to: a copy for every change takes minutes for a run of weeks.
  const begun = new Map<UnitId, Pick<StateSpan, "status" | "startMs">[]>();
  let state: RunState = foldEvents(runId, []);
  for (const event of events) {
    const before = state;
    state = reduce(before, event);
    for (const { spec, life } of Object.values(state.units)) {
      if (before.units[spec.id]?.life.status === life.status) continue;
      const one = { status: life.status, startMs: Date.parse(event.at) };
      const known = begun.get(spec.id);
      if (known === undefined) begun.set(spec.id, [one]);
      else known.push(one);
    }
  }
  return new Map([...begun].map(([unitId, all]) => [unitId, all.map((one, at) => ({ ...one, endMs: Math.max(one.startMs, Math.min(all[at + 1]?.startMs ?? endMs, endMs)) }))]));
}

function unitChronicle(unit: UnitState, states: readonly StateSpan[], { figures, usage, events }: Pick<Recorded, "figures" | "usage" | "events">): UnitChronicle {
  const { spec, life } = unit;
  const measured = figures[spec.id];
  const isItsOwn = measured !== undefined && measured.pid === handleOf(life)?.pid;
  const ready = events.findLast((event) => event.type === "unit_ready" && event.unitId === spec.id);
  return {
    unitId: spec.id,
    kind: spec.kind,
    status: life.status,
    starts: unit.starts,
    restarts: unit.restarts.length,
    readyMs: ready?.type === "unit_ready" ? ready.startupMs : null,
    states,
    cpu: isItsOwn ? measured.cpu : null,
    memoryBytes: isItsOwn ? measured.memory_bytes : null,
    usage: usage?.units[spec.id] ?? [],
  };
}

function mishapsOf(event: Event): readonly Mishap[] {
  if (event.type !== "unit_failed" && event.type !== "unit_crashed" && event.type !== "unit_unhealthy") return [];
  const { message, hint, logTail = [] } = event.failure;
  return [{ at: event.at, unitId: event.unitId, message, hint: hint ?? null, logTail }];
}

/** When every part of the last start of every unit began and ended. Pure: a fold over events. */
import type { Event } from "../model/events.ts";
import type { UnitId } from "../model/unit.ts";

/** A part of a start. `endMs` is undefined while it goes on. Epoch milliseconds. */
export interface WaterfallSpan {
  readonly name: string;
  readonly startMs: number;
  readonly endMs?: number;
}

export interface WaterfallRow {
  readonly unitId: UnitId;
  readonly startMs: number;
  readonly endMs?: number;
  readonly outcome: "running" | "ready" | "failed";
  readonly spans: readonly WaterfallSpan[];
}

/** Rows of the last start of each unit, by unit. */
export type Waterfall = ReadonlyMap<UnitId, WaterfallRow>;

/** What an event adds. A unit that is planned anew waits; its row begins when something is done for it. */
export function waterfallAfter(before: Waterfall, event: Event): Waterfall {
  const { changed } = changeBy(before, event);
  return changed === undefined ? before : new Map(before).set(changed.unitId, changed);
}

/** The whole of it. */
export function waterfallOf(events: Iterable<Event>): Waterfall {
  const rows = new Map<UnitId, WaterfallRow>();
  for (const event of events) {
    const { changed } = changeBy(rows, event);
    if (changed !== undefined) rows.set(changed.unitId, changed);
  }
  return rows;
}

function changeBy(rows: Waterfall, event: Event): { readonly changed?: WaterfallRow } {
  const atMs = Date.parse(event.at);
  switch (event.type) {
    case "unit_preparing":
      return { changed: begun(opened(rows, event.unitId, atMs), event.step, atMs) };
    case "unit_prepared": {
      const row = opened(rows, event.unitId, atMs - event.durationMs);
      return event.skipped ? {} : { changed: ended(row, event.step, atMs, event.durationMs) };
    }
    case "unit_starting":
      return { changed: begun(opened(rows, event.unitId, atMs), "start", atMs) };
    case "unit_started":
      return { changed: begun(ended(opened(rows, event.unitId, atMs), "start", atMs), "ready", atMs) };
    case "unit_span":
      return { changed: ended(opened(rows, event.unitId, atMs - event.durationMs), event.span, atMs, event.durationMs) };
    case "unit_ready":
      return { changed: finished(opened(rows, event.unitId, atMs), "ready", atMs) };
    case "unit_failed":
    case "unit_crashed":
    case "unit_stopped": {
      const row = rows.get(event.unitId);
      return row?.outcome === "running" ? { changed: finished(row, "failed", atMs) } : {};
    }
    default:
      return {};
  }
}

/** The row that is under way, or a new one. */
function opened(rows: Waterfall, unitId: UnitId, startMs: number): WaterfallRow {
  const row = rows.get(unitId);
  return row?.outcome === "running" ? { ...row, startMs: Math.min(row.startMs, startMs) } : { unitId, startMs, outcome: "running", spans: [] };
}

function begun(row: WaterfallRow, name: string, startMs: number): WaterfallRow {
  return { ...row, spans: [...row.spans.filter((one) => one.name !== name), { name, startMs }] };
}

/** Ends a part that was seen to begin, or adds one that is told of only when it is over. */
function ended(row: WaterfallRow, name: string, endMs: number, durationMs?: number): WaterfallRow {
  const known = row.spans.find((one) => one.name === name);
  const startMs = durationMs === undefined ? (known?.startMs ?? row.startMs) : endMs - durationMs;
  return { ...row, spans: [...row.spans.filter((one) => one.name !== name), { name, startMs, endMs }] };
}

function finished(row: WaterfallRow, outcome: "ready" | "failed", endMs: number): WaterfallRow {
  return { ...row, outcome, endMs, spans: row.spans.map((one) => (one.endMs === undefined ? { ...one, endMs } : one)) };
}

/** The rows of the newest start: those that belong together in time, in the order they began. */
export function newestStart(waterfall: Waterfall, gapMs = 60_000): readonly WaterfallRow[] {
  const rows = [...waterfall.values()].toSorted((one, other) => one.startMs - other.startMs);
  let first = rows.length - 1;
  while (first > 0) {
    const [before, here] = [rows.slice(0, first), rows[first]];
    const lastEnd = Math.max(...before.map((row) => row.endMs ?? row.startMs));
    if (here === undefined || here.startMs - lastEnd > gapMs) break;
    first -= 1;
  }
  return rows.slice(Math.max(0, first));
}

/** From the first beginning to the last end; a row that goes on ends now. */
export function waterfallRange(rows: readonly WaterfallRow[], nowMs: number): { readonly startMs: number; readonly endMs: number } {
  const startMs = Math.min(...rows.map((row) => row.startMs));
  return { startMs, endMs: Math.max(startMs + 1, ...rows.map((row) => row.endMs ?? nowMs)) };
}

/** How long work with a known whole will still take, from how fast it went so far. Pure, but for the last function's memory. */
import type { Event } from "../model/events.ts";

/** When work was seen first, and how far it was. */
export interface Beginning {
  readonly atMs: number;
  readonly done: number;
}

/** Progress of which the whole is known. */
export type MeasuredProgress = Extract<Event, { readonly type: "progress" }> & { readonly done: number; readonly total: number };

/** Below this nothing can be said yet. */
const leastMs = 500;

/** Whether an event says how much of how much is done. */
export function isMeasured(event: Event): event is MeasuredProgress {
  return event.type === "progress" && event.done !== undefined && event.total !== undefined;
}

/** The same work may begin again after a failure. */
export function beginningOf(known: Beginning | undefined, event: MeasuredProgress): Beginning {
  return known === undefined || known.done > event.done ? { atMs: Date.parse(event.at), done: event.done } : known;
}

/** Milliseconds that remain; undefined where nothing can be said. */
export function remainingMs(beginning: Beginning, event: MeasuredProgress): number | undefined {
  const [spentMs, done] = [Date.parse(event.at) - beginning.atMs, event.done - beginning.done];
  return spentMs < leastMs || done <= 0 ? undefined : (spentMs * (event.total - event.done)) / done;
}

/** Told every event, it answers progress with the milliseconds that remain. */
export function progressEstimate(): (event: Event) => number | undefined {
  const beginnings = new Map<string, Beginning>();
  return (event) => {
    if (!isMeasured(event)) return undefined;
    const work = `${event.unitId ?? ""} ${event.text}`;
    const beginning = beginningOf(beginnings.get(work), event);
    beginnings.set(work, beginning);
    return remainingMs(beginning, event);
  };
}

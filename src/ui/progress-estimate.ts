/** How long work with a known whole will still take, from how fast it went so far. */
import type { Event } from "../model/events.ts";

interface Beginning {
  readonly atMs: number;
  readonly done: number;
}

/** Below this nothing can be said yet. */
const leastMs = 500;

/** Told every event, it answers progress with the milliseconds that remain; undefined where nothing can be said. */
export function progressEstimate(): (event: Event) => number | undefined {
  const beginnings = new Map<string, Beginning>();
  return (event) => {
    if (event.type !== "progress" || event.done === undefined || event.total === undefined) return undefined;
    const work = `${event.unitId ?? ""} ${event.text}`;
    const atMs = Date.parse(event.at);
    const known = beginnings.get(work);
    // The same work may begin again after a failure.
    const beginning = known === undefined || known.done > event.done ? { atMs, done: event.done } : known;
    beginnings.set(work, beginning);
    const [spentMs, done] = [atMs - beginning.atMs, event.done - beginning.done];
    return spentMs < leastMs || done <= 0 ? undefined : (spentMs * (event.total - event.done)) / done;
  };
}

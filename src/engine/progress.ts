/** How far long work is, for whoever watches. */
import type { Event } from "../model/events.ts";
import type { UnitId } from "../model/unit.ts";

/** `done` and `total` are bytes. */
export function progressEvent(unitId: UnitId, text: string, done?: number, total?: number): Extract<Event, { type: "progress" }> {
  const numbers = { ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
  return { type: "progress", unitId, text, ...numbers } as Extract<Event, { type: "progress" }>;
}

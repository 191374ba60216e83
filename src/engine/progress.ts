/** How far long work is, for whoever watches. */
import type { EventBody } from "../model/events.ts";
import type { UnitId } from "../model/unit.ts";

/** `done` and `total` are bytes, where they are known. */
export function progressEvent(unitId: UnitId, text: string, done?: number, total?: number): EventBody {
  return { type: "progress", unitId, text, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
}

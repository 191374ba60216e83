/** Which progress is worth a line: a download reports many times a second, and lines stay where they are written. */
import type { Event } from "../model/events.ts";

/** Steps where the whole is not known. */
const stepBytes = 10 * 1024 * 1024;

/** True for every event but progress that is less than a tenth further than the last one shown. */
export function progressSieve(): (event: Event) => boolean {
  const shown = new Map<string, number>();
  return (event) => {
    if (event.type !== "progress") return true;
    const work = `${event.unitId ?? ""} ${event.text}`;
    const step = event.done === undefined ? 0 : Math.floor(event.total === undefined || event.total === 0 ? event.done / stepBytes : (event.done / event.total) * 10);
    if (shown.get(work) === step) return false;
    shown.set(work, step);
    return true;
  };
}

/** Moving: the cursor among the units, the lines of a view. Pure. */
import type { Step } from "./effect.ts";
import type { ActionName } from "./keys.ts";
import { jobUnderCursor } from "./jobs-pane.ts";
import { following, type Place } from "./place.ts";
import { keyAt, treeRows } from "./tree.ts";
import type { World } from "./world.ts";

const far = 1_000_000;
const distances: Readonly<Partial<Record<ActionName, (room: number) => number>>> = {
  up: () => -1,
  down: () => 1,
  "page-up": (room) => -Math.max(1, room - 1),
  "page-down": (room) => Math.max(1, room - 1),
  first: () => -far,
  last: () => far,
};

/** A movement in the pane that has the keys. */
export function moved(action: ActionName, place: Place, world: World, room: number): Step {
  const by = distances[action]?.(room) ?? 0;
  if (place.focus === "units") return cursorMoved(by, place, world);
  if (place.view === "logs") return { place, effects: [{ kind: "scroll", lines: by === -far ? "first" : by === far ? "last" : by }] };
  if (place.view === "jobs") return jobMoved(by, place, world);
  return { place: { ...place, top: Math.max(0, place.top + by) }, effects: [] };
}

function jobMoved(by: number, place: Place, world: World): Step {
  const at = world.jobs.findIndex((job) => job === jobUnderCursor(world, place));
  const job = world.jobs[Math.min(world.jobs.length - 1, Math.max(0, at + by))]?.tid;
  return { place: { ...place, job }, effects: [] };
}

/** Another unit, another log: it follows from its end. */
function cursorMoved(by: number, place: Place, world: World): Step {
  const cursor = keyAt(treeRows(world, place), by);
  if (cursor === place.cursor) return { place, effects: [] };
  const log = place.log.scope === "everything" || place.chosen.length > 0 ? place.log : following(place.log);
  return { place: { ...place, cursor, log, top: 0 }, effects: [] };
}

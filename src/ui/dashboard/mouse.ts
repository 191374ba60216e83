/** What the mouse leads to, where a person switched it on: the wheel scrolls what is shown, a click chooses. Pure. */
import { act } from "./act.ts";
import { moved } from "./act-move.ts";
import type { Step } from "./effect.ts";
import { layoutFor } from "./frame.ts";
import { scrolledTo, type Size } from "./pane.ts";
import { following, type Place } from "./place.ts";
import { treeRows } from "./tree.ts";
import type { World } from "./world.ts";

const wheelLines = 3;
/** Lines above the first row of a pane: the first line of the screen, and the pane's title. */
const above = 2;

/** The step of `wheel-up`, `wheel-down` or `click COLUMN ROW`, counted from 1; undefined for what is no key of a mouse. */
export function mouseStep(key: string, place: Place, world: World, screen: Size): Step | undefined {
  if (key === "wheel-up" || key === "wheel-down") return wheeled(key === "wheel-up" ? "up" : "down", place, world);
  const [, column, row] = /^click (\d+) (\d+)$/.exec(key) ?? [];
  if (column === undefined || row === undefined) return undefined;
  return place.overlay === undefined ? clicked(Number(column), Number(row), place, world, screen) : { place, effects: [] };
}

/** What is in front is scrolled as by keys; else the view, whichever pane has the keys. */
function wheeled(direction: "up" | "down", place: Place, world: World): Step {
  if (place.overlay !== undefined) return Array.from({ length: wheelLines }).reduce<Step>((step) => act(direction, step.place, world, 0), { place, effects: [] });
  const step = moved(direction === "up" ? "page-up" : "page-down", { ...place, focus: "view" }, world, wheelLines + 1);
  return { ...step, place: { ...step.place, focus: place.focus } };
}

function clicked(column: number, row: number, place: Place, world: World, screen: Size): Step {
  const { units, kind } = layoutFor(world, place, screen);
  const isInUnits = row > 1 && row <= units.height + 1 && (kind === "stacked" || column <= units.width);
  if (!isInUnits) return { place: row > 1 && row < screen.height ? { ...place, focus: "view" } : place, effects: [] };
  const rows = treeRows(world, place);
  const top = scrolledTo(rows.findIndex(({ isCursor }) => isCursor), rows.length, Math.max(0, units.height - 1));
  const hit = row > above ? rows[top + row - above - 1] : undefined;
  const here: Place = { ...place, focus: "units" };
  if (hit === undefined || hit.key === place.cursor) return { place: here, effects: [] };
  return { place: { ...here, cursor: hit.key, top: 0, log: place.log.scope === "everything" ? place.log : following(place.log) }, effects: [] };
}

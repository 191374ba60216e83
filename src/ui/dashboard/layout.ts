/** Which pane gets which part of the screen. Pure. */
import type { Size } from "./pane.ts";
import type { Place, View } from "./place.ts";

export interface Layout {
  readonly kind: "stacked" | "columns";
  readonly units: Size;
  /** The pane that shows what was asked for. */
  readonly view: Size;
  readonly shownView: View;
  /** Details beside everything else, where there is room; `below` the units or in a column of their own. */
  readonly side?: Size & { readonly at: "below" | "right" };
  /** Lines of the log on the screen. */
  readonly logLines: number;
}

const columnsFrom = 110;
const threeColumnsFrom = 190;
/** They want the whole width, unless there is very much of it. */
const wideViews: readonly View[] = ["waterfall", "compare"];
/** Fewer lines of details say nothing. */
const leastSide = 9;

/** `rows`: how many the units would fill. */
export function layoutOf(screen: Size, place: Pick<Place, "view">, rows: number): Layout {
  const height = Math.max(4, screen.height - 2);
  return screen.width < columnsFrom || (wideViews.includes(place.view) && screen.width < threeColumnsFrom) ? stacked(screen.width, height, place.view, rows) : columns(screen.width, height, place.view, rows);
}

function stacked(width: number, height: number, view: View, rows: number): Layout {
  const unitsHeight = Math.min(rows + 1, Math.max(3, Math.ceil(height * (view === "logs" ? 0.55 : 0.4))));
  return laidOut({ kind: "stacked", units: { width, height: unitsHeight }, view: { width, height: height - unitsHeight }, shownView: view });
}

function columns(width: number, height: number, view: View, rows: number): Layout {
  const left = Math.min(80, Math.max(58, Math.floor(width * 0.42)));
  const right = width >= threeColumnsFrom ? Math.max(52, Math.floor(width * 0.22)) : 0;
  const unitsHeight = right > 0 ? height : Math.min(height, rows + 2);
  const below = height - unitsHeight;
  const side = right > 0 ? { width: right, height, at: "right" as const } : below >= leastSide ? { width: left, height: below, at: "below" as const } : undefined;
  const shownView = side !== undefined && view === "detail" ? "logs" : view;
  return laidOut({
    kind: "columns",
    units: { width: left, height: side?.at === "below" ? unitsHeight : height },
    view: { width: width - left - 1 - (right > 0 ? right + 1 : 0), height },
    shownView,
    ...(side === undefined ? {} : { side }),
  });
}

function laidOut(layout: Omit<Layout, "logLines">): Layout {
  return { ...layout, logLines: layout.shownView === "logs" ? Math.max(1, layout.view.height - 1) : 0 };
}

/** The dashboard for readers of screens: sentences from top to bottom, no columns, no drawing. Pure. */
import { comparePane, spokenComparison } from "./compare-pane.ts";
import { detailPane } from "./detail-pane.ts";
import { keyRows, keyText } from "./keys.ts";
import { jobsPane } from "./jobs-pane.ts";
import { logPane } from "./log-pane.ts";
import { paletteEntries } from "./palette.ts";
import type { Pane } from "./pane.ts";
import type { Place, View } from "./place.ts";
import { clipped, plainLine } from "./span.ts";
import { treeRows, type TreeRow } from "./tree.ts";
import { coarseAge } from "./units-pane.ts";
import { spokenStart, waterfallPane } from "./waterfall-pane.ts";
import type { World } from "./world.ts";

/** Whoever listens to more of a line wraps it (`W`). More lines than a terminal has rows cannot be taken back when they change. */
const spokenWidth = 160;

/** The row under the cursor comes first, since it is what the last key led to. */
export function spokenLines(world: World, place: Place, logLines: number): readonly string[] {
  if (place.overlay !== undefined) return overlayLines(world, place);
  const rows = treeRows(world, place);
  const here = rows.find((row) => row.isCursor);
  const message = place.message === "" ? [] : [place.message];
  const view = spokenView(world, place, logLines);
  return [
    ...message,
    ...(world.link === "gone" ? ["There is no daemon: nothing is supervised. D starts one."] : []),
    ...(here === undefined ? ["Nothing runs here yet. A starts it."] : [`Here: ${rowText(here)}`]),
    ...rows.filter((row) => row.kind === "unit" && row.grade !== "ok" && !row.isCursor).map((row) => `Problem: ${rowText(row)}`),
    `${plainLine(view.title).trim()}:`,
    ...(spokenRows[place.view]?.(world, place) ?? view.lines.map((line) => withoutDrawing(plainLine(clipped(line, spokenWidth)))).filter((line) => line !== "")),
    `Keys: ${keyRows.filter((row) => row.hint !== undefined).map((row) => `${keyText(row.keys[0] ?? "")} ${row.hint ?? ""}`).join(", ")}`,
  ];
}

/** Views that draw have words of their own. */
const spokenRows: Readonly<Partial<Record<View, (world: World, place: Place) => readonly string[]>>> = { waterfall: spokenStart, compare: spokenComparison };

function spokenView(world: World, place: Place, logLines: number): Pane {
  const size = { width: spokenWidth, height: logLines + 1 };
  switch (place.view) {
    case "detail":
      return detailPane(world, place, spokenWidth);
    case "jobs":
      return jobsPane(world, place, { ...size, height: logLines + world.jobs.length + 2 });
    case "waterfall":
      return waterfallPane(world, spokenWidth);
    case "compare":
      return comparePane(world, place, size);
    case "logs":
      return logPane(world, place, size);
  }
}

/** `unit: line` instead of a rule between them, and no mark before it. */
function withoutDrawing(text: string): string {
  return text.replace(/^[▌▎▶]/, " ").replace(/ *│ /, ": ");
}

function rowText(row: TreeRow): string {
  if (row.kind === "project") return `project ${row.key}, ${row.project.units.length} units${row.isFolded ? ", folded" : ""}`;
  const { unit } = row;
  const port = unit.port === null ? "" : `, port ${unit.port}`;
  return `${unit.unit_id}, ${unit.status}${port}, for ${coarseAge(unit.age_seconds)}${row.isChosen ? ", chosen" : ""}${unit.detail === null ? "" : `: ${unit.detail}`}`;
}

function overlayLines(world: World, place: Place): readonly string[] {
  const { overlay } = place;
  switch (overlay?.kind) {
    case undefined:
      return [];
    case "palette": {
      const entries = paletteEntries(world, place, overlay.text);
      const entry = entries[overlay.at];
      return [`Command: ${overlay.text}`, entry === undefined ? "Nothing is called so." : `${overlay.at + 1} of ${entries.length}: ${entry.label}. ${entry.about}`];
    }
    case "filter":
      return [`Filter${overlay.isRegex ? " by regular expression" : ""}: ${overlay.text}`];
    case "path":
      return [`Path: ${overlay.text}`];
    case "confirm":
      return [`${overlay.title}?`, ...overlay.lines, "Y does it, N does not."];
    case "message":
      return [`${overlay.title}?`, ...overlay.lines, `Message: ${overlay.text}`, "Enter does it, Escape does not."];
    case "output":
      return [overlay.title, ...overlay.lines.map(plainLine)];
    case "help":
      return keyRows.map((row) => `${row.keys.map(keyText).join(" or ")}: ${"action" in row ? row.about : row.command}`);
  }
}

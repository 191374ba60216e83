/** The whole screen as lines of an exact size: a function of the world, the place and the size, and of nothing else. */
import { failureLines } from "../failure-lines.ts";
import { comparePane } from "./compare-pane.ts";
import { detailPane } from "./detail-pane.ts";
import { jobCounts, jobsPane } from "./jobs-pane.ts";
import { keyRows, keyText } from "./keys.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { logPane } from "./log-pane.ts";
import { lastTop, withOverlay } from "./overlays.ts";
import { beside, framed, type Pane, type Size } from "./pane.ts";
import type { Place, View } from "./place.ts";
import { fitted, lineWidth, span, type Line, type Look } from "./span.ts";
import { treeRows } from "./tree.ts";
import { stateLook, unitsPane } from "./units-pane.ts";
import { waterfallPane } from "./waterfall-pane.ts";
import { underWay, unitsOf, type World } from "./world.ts";

/** Narrower or lower than this there is nothing to lay out. */
const least: Size = { width: 40, height: 8 };

/** Exactly `size.height` lines of `size.width` cells. */
export function dashboardFrame(world: World, place: Place, size: Size): readonly Line[] {
  if (size.width < least.width || size.height < least.height) return tooSmall(size);
  const layout = layoutFor(world, place, size);
  const lines = [headerLine(world, size.width), ...bodyLines(world, place, layout), footerLine(world, place, size.width)];
  return withOverlay(lines, world, place, size);
}

/** Where everything is: whoever reads logs or pages needs to know how much is seen. */
export function layoutFor(world: World, place: Place, size: Size): Layout {
  return layoutOf(size, place, Math.max(2, treeRows(world, place).length));
}

function tooSmall({ width, height }: Size): readonly Line[] {
  return Array.from({ length: height }, (_, index) => fitted(index === 0 ? [span(`envctl needs ${least.width}×${least.height}; q quits`)] : [], width));
}

function bodyLines(world: World, place: Place, layout: Layout): readonly Line[] {
  const isDetail = layout.shownView !== place.view;
  const units = framed(unitsPane(world, place, layout.units), layout.units, place.focus === "units");
  const view = framed(viewPane(layout.shownView, world, place, layout.view), layout.view, place.focus === "view" && !isDetail);
  if (layout.kind === "stacked") return [...units, ...view];
  const { side } = layout;
  if (side === undefined) return beside(units, view);
  const details = framed(topped(detailPane(world, place, side.width), isDetail ? place.top : 0, side.height), side, place.focus === "view" && isDetail);
  return side.at === "below" ? beside([...units, ...details], view) : beside(beside(units, view), details);
}

function viewPane(view: View, world: World, place: Place, size: Size): Pane {
  switch (view) {
    case "logs":
      return logPane(world, place, size);
    case "detail":
      return topped(detailPane(world, place, size.width), place.top, size.height);
    case "waterfall":
      return topped(waterfallPane(world, size.width), place.top, size.height);
    case "compare":
      return comparePane(world, place, size);
    case "jobs":
      return jobsPane(world, place, size);
  }
}

/** The same place, scrolled no further than there is something: the first key back is seen. */
export function settled(place: Place, world: World, screen: Size): Place {
  const { overlay } = place;
  if (overlay?.kind === "help" || overlay?.kind === "output") return { ...place, overlay: { ...overlay, top: Math.min(overlay.top, lastTop(overlay, world, screen)) } };
  return place.top === 0 ? place : { ...place, top: Math.min(place.top, lastTopOfView(place, world, screen)) };
}

function lastTopOfView(place: Place, world: World, screen: Size): number {
  const { view, side, shownView } = layoutFor(world, place, screen);
  const { width, height } = side !== undefined && shownView !== place.view ? side : view;
  const { lines } = place.view === "detail" ? detailPane(world, place, width) : place.view === "waterfall" ? waterfallPane(world, width) : { lines: [] };
  return lastFrom(lines.length, height);
}

/** The rule takes a line. */
function lastFrom(count: number, height: number): number {
  return Math.max(0, count - Math.max(1, height - 1));
}

/** Scrolled down, as far as there is something. */
function topped(pane: Pane, top: number, height: number): Pane {
  const from = Math.min(top, lastFrom(pane.lines.length, height));
  const isCut = pane.lines.length > height - 1;
  return { title: isCut ? [...pane.title, span(` ${Math.min(pane.lines.length, from + height - 1)} of ${pane.lines.length} lines`, "quiet")] : pane.title, lines: pane.lines.slice(from) };
}

function headerLine(world: World, width: number): Line {
  const { report } = world;
  const left: Line = [span(" envctl ", "chosen"), span(` ${lastPart(report.repository)} `, "strong"), ...countSpans(world)];
  const right = [...rightParts(world, Math.max(width - lineWidth(left), Math.floor(width / 2))).flat(), span(" ")];
  return [...fitted(left, Math.max(0, width - lineWidth(right))), ...fitted(right, Math.min(width, lineWidth(right)))];
}

/** As many as there is room for: the link always, jobs last. */
function rightParts(world: World, width: number): readonly Line[] {
  const [work, jobs, differing, link] = [workSpans(world), jobCounts(world.jobs), differingSpans(world), linkSpans(world)];
  let room = width - 1;
  const kept = [link, work, differing, jobs].filter((part) => (room -= lineWidth(part)) >= 0 || part === link);
  return [work, jobs, differing, link].filter((part) => kept.includes(part));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const urgency: readonly Look[] = ["bad", "busy", "quiet", "plain"];

/** `12 up · 1 failed`, the good ones together, what is wrong before the rest. */
function countSpans(world: World): Line {
  const units = unitsOf(world);
  if (!world.report.found) return [span("nothing was started yet", "quiet")];
  const up = units.filter((unit) => stateLook(unit.status) === "good").length;
  const others = Object.entries(world.report.status_counts).filter(([word]) => !["running", "healthy", "external"].includes(word));
  const words = others.map(([word, count]) => [`${count} ${word.replace("termination_failed", "won't end")}`, wordLook(word, units)] as const);
  const parts: readonly (readonly [string, Look])[] = [[`${up} up`, up > 0 ? "good" : "quiet"], ...words.toSorted(([, one], [, other]) => urgency.indexOf(one) - urgency.indexOf(other))];
  return parts.flatMap(([text, look], index) => [span(index === 0 ? " " : " · ", "quiet"), span(text, look)]);
}

function wordLook(word: string, units: ReturnType<typeof unitsOf>): Look {
  const unit = units.find((one) => one.status === word);
  return unit === undefined ? "plain" : stateLook(unit.status);
}

function workSpans(world: World): Line {
  const under = underWay(world);
  return under.length === 0 ? [] : [span(` ${under.join(", ")}… `, "busy")];
}

function differingSpans({ report }: World): Line {
  const count = Object.keys(report.differing).length;
  if (report.configuration_problem !== null) return [span(` .envctl: ${failureLines(report.configuration_problem)[0] ?? ""} `, "bad")];
  return count === 0 ? [] : [span(` .envctl differs in ${count}: `, "busy"), span("reload", "key"), span(" ")];
}

function linkSpans({ link, report }: World): Line {
  switch (link) {
    case "live":
      return [span(" ● ", "good"), span("daemon", "quiet")];
    case "starting":
      return [span(" ◐ starting the daemon ", "busy")];
    case "gone":
      return [span(" no daemon: nothing is supervised ", "alarm"), span(" D", "key"), span(" starts one")];
    case "never":
      return [span(report.found ? " stopped" : "", "quiet")];
  }
}

function footerLine(world: World, place: Place, width: number): Line {
  const { overlay } = place;
  if (overlay?.kind === "filter") return promptLine(overlay.isRegex ? " filter by regular expression / " : " filter / ", overlay.text, "Tab", overlay.isRegex ? "letters" : "regular expression", width);
  if (overlay?.kind === "path") return promptLine(" GET ", overlay.text, "Enter", "ask for it", width);
  if (place.message !== "") return fitted([span(` ${place.message}`, "accent")], width);
  return hintLine(world, width);
}

function promptLine(label: string, text: string, key: string, about: string, width: number): Line {
  return fitted([span(label, "accent"), span(text, "strong"), span(" ", "chosen"), span(`   ${key} `, "key"), span(about, "quiet"), span("  Esc ", "key"), span("closes", "quiet")], width);
}

/** As many keys as there is room for; those that lead to the others stay. */
function hintLine(world: World, width: number): Line {
  const hints = keyRows.flatMap((row) => {
    const isThere = "action" in row || world.commands.some((command) => command.name === row.command);
    return row.hint === undefined || !isThere ? [] : [[span(` ${keyText(row.keys[0] ?? "")}`, "key"), span(` ${row.hint} `)]];
  });
  const ends = hints.slice(-3);
  let room = width - ends.reduce((sum, one) => sum + lineWidth(one), 0);
  const first = hints.slice(0, -3).filter((one) => (room -= lineWidth(one)) >= 0);
  return fitted([...first, ...ends].flat(), width);
}

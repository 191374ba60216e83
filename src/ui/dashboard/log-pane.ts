/** The log as lines: whose line, perhaps when, its own colours, complaints marked; the newest at the bottom. Pure. */
import { byteSize } from "../age.ts";
import { coloredLine, wrapped } from "./log-text.ts";
import type { Pane, Size } from "./pane.ts";
import type { Place } from "./place.ts";
import { cell, clipped, fitted, shortName, span, textWidth, type Line, type Span } from "./span.ts";
import { targetsOf, targetsText } from "./tree.ts";
import { unitsOf, type LogWindow, type ShownLine, type World } from "./world.ts";

/** Which units the log is of: what is chosen, or all of them. */
export function logUnits(world: Pick<World, "report">, place: Place): readonly string[] {
  const all = unitsOf(world);
  if (place.log.scope === "everything") return all.map((unit) => unit.unit_id);
  const { projects, units } = targetsOf(world, place);
  return all.filter((unit) => units.includes(unit.unit_id) || projects.includes(unit.project)).map((unit) => unit.unit_id);
}

/** Title and the lines of the window, the last ones where there are too many. */
export function logPane(world: World, place: Place, size: Size): Pane {
  const units = logUnits(world, place);
  const room = Math.max(0, size.height - 1);
  const labels = labelsOf(units);
  const lines = world.log.lines.flatMap((line) => lineRows(line, labels, place, size.width));
  const shown = lines.slice(Math.max(0, lines.length - room));
  return { title: titleOf(world, place), lines: shown.length === 0 ? emptyLines(world.log, units.length) : shown };
}

function titleOf(world: World, place: Place): Line {
  const { log } = place;
  const whose = log.scope === "everything" ? "everything" : targetsText(targetsOf(world, place));
  const at = log.ends === undefined ? [span("following", "good")] : [span(`paused at ${Math.round(world.log.share * 100)}%`, "busy"), span(" ("), span("f", "key"), span(" follows)")];
  return [
    span("Logs", "title"),
    span(` ${whose} `),
    ...at,
    ...(log.filter === "" ? [] : [span(" "), span(log.isRegex ? `/${log.filter}/` : log.filter, "match")]),
    ...(world.log.busy === undefined ? [] : [span(` ${world.log.busy}`, "busy")]),
    span(world.log.sizeBytes === 0 ? "" : ` ${byteSize(world.log.sizeBytes)}`, "quiet"),
  ];
}

function emptyLines(log: LogWindow, units: number): readonly Line[] {
  if (log.trouble !== undefined) return [[span(`  ${log.trouble}`, "bad")]];
  if (log.busy !== undefined) return [];
  return [[span(units === 0 ? "  nothing is chosen" : log.sizeBytes === 0 ? "  nothing written yet" : "  no line matches", "quiet")]];
}

/** Unit id → what stands before its lines; nothing for the only one. The project is said where there are several. */
function labelsOf(units: readonly string[]): Readonly<Record<string, string>> {
  if (units.length <= 1) return {};
  const projects = new Set(units.map((unitId) => unitId.slice(0, unitId.lastIndexOf("/"))));
  const names = units.map((unitId) => (projects.size > 1 ? unitId : unitId.slice(unitId.lastIndexOf("/") + 1)));
  const width = Math.min(22, Math.max(...names.map(textWidth)));
  return Object.fromEntries(units.map((unitId, index) => [unitId, shortName(names[index] ?? "", width).padEnd(width)]));
}

/** Cyan, magenta, bold: not the colours of states, and not the bright ones, which cannot be read on white, nor blue, which cannot on black. */
const unitColors = ["36", "35", "1"];

function lineRows(line: ShownLine, labels: Readonly<Record<string, string>>, place: Place, width: number): readonly Line[] {
  const isFound = place.log.found?.unitId === line.unitId && place.log.found.end === line.end;
  const label = labels[line.unitId];
  const head: Line = [
    levelMark(line, isFound),
    ...(place.log.showsTime ? [span(`${clockTime(line.atMs)} `, "quiet")] : []),
    ...(label === undefined ? [] : [{ text: `${label} `, sgr: unitColors[colorIndex(line.unitId)] ?? "" }, span("│ ", "quiet")]),
  ];
  const headWidth = head.reduce((sum, one) => sum + textWidth(one.text), 0);
  const text = withLevel(coloredLine(line.text), line, isFound);
  if (!place.log.wraps) return [[...head, ...clipped(text, width - headWidth)]];
  return wrapped(text, width - headWidth).map((row, index) => (index === 0 ? [...head, ...row] : [...cell("", headWidth), ...row]));
}

function levelMark(line: ShownLine, isFound: boolean): Span {
  if (isFound) return span("▶", "alarm");
  return line.level === "error" ? span("▌", "bad") : line.level === "warning" ? span("▎", "busy") : span(" ");
}

/** A line without colours of its own gets the colour of its level. */
function withLevel(line: Line, { level }: ShownLine, isFound: boolean): Line {
  if (isFound) return line.map((one) => span(one.text, "strong"));
  if (level === undefined || line.some((one) => one.sgr !== undefined)) return line;
  return line.map((one) => ({ ...one, sgr: level === "error" ? "31" : "33" }));
}

function colorIndex(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % unitColors.length;
}

/** `14:03:22.250`, of the place where it is read. */
export function clockTime(atMs: number): string {
  if (atMs <= 0) return "            ";
  const at = new Date(atMs);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** The last lines of one log in a small room. */
export function tailLines(lines: readonly ShownLine[], width: number, count: number): readonly Line[] {
  return lines.slice(-count).map((line) => fitted(clipped(withLevel(coloredLine(line.text), line, false), width), width));
}

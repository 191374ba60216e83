/** Everything about one unit as lines: why it is as it is, what is next, what was, and with which variables. Pure. */
import { ageMs, duration } from "../age.ts";
import type { Pane } from "./pane.ts";
import { cursorRow, type TreeRow } from "./tree.ts";
import { span, textWidth, type Line, type Look } from "./span.ts";
import { gitSpans, isUnitRow, stateLook, testSpans } from "./units-pane.ts";
import type { Place } from "./place.ts";
import type { Note, UnitDetail, World } from "./world.ts";

/** Of the unit under the cursor, or of the project. */
export function detailPane(world: World, place: Place, width: number): Pane {
  const row = cursorRow(world, place);
  if (row === undefined) return { title: [span("Details", "title")], lines: [] };
  return { title: [span("Details", "title"), span(` ${row.key} `)], lines: isUnitRow(row) ? unitLines(row.unit.unit_id, world, width) : projectLines(row, world) };
}

function unitLines(unitId: string, world: World, width: number): readonly Line[] {
  const detail = world.detail?.unitId === unitId ? world.detail : undefined;
  if (detail === undefined) return [[span("  …", "quiet")]];
  return [
    ...detail.reasons.flatMap((reason) => reasonLines(reason, width)),
    ...section("Restarts", detail.restarts.map((note) => noteLine(note, world.nowMs))),
    ...section("Probes", detail.probes.map((note) => noteLine(note, world.nowMs))),
    ...section("Events", detail.events.map((note) => noteLine(note, world.nowMs))),
    ...section("Environment", envLines(detail)),
  ];
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [[], [span(` ${title}`, "strong")], ...lines];
}

function reasonLines({ text, depth }: UnitDetail["reasons"][number], width: number): readonly Line[] {
  const indent = " ".repeat(1 + depth * 2);
  // Lines of a log stay as they are.
  const rows = text.startsWith("|") ? [text] : broken(text, Math.max(16, width - indent.length - 1));
  return rows.map((part, index) => [span(`${indent}${index === 0 ? "" : "  "}`), span(part, reasonLook(text, depth))]);
}

function reasonLook(text: string, depth: number): Look {
  if (text.startsWith("→")) return "accent";
  if (text.startsWith("|")) return "quiet";
  return depth === 0 ? "strong" : "plain";
}

/** At blanks where there are some; the rows after the first are two narrower. */
export function broken(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    const room = rows.length === 0 ? width : width - 2;
    if (row !== "" && textWidth(row) + 1 + textWidth(word) > room) {
      rows.push(row);
      row = word;
    } else row = row === "" ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

function noteLine(note: Note, nowMs: number): Line {
  const isBad = note.mark === "✗";
  return [span(`  ${agoText(note.at, nowMs).padStart(8)} `, "quiet"), span(`${note.mark} `, isBad ? "bad" : note.mark === "✓" ? "good" : note.mark === "↻" ? "busy" : "quiet"), span(note.text)];
}

/** `3m ago`, or `in 4s` for what is still to come. Past times change once a minute at most. */
export function agoText(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  if (ms < 0) return `in ${duration(-ms)}`;
  const past = ageMs(at, nowMs);
  return past < 60_000 ? "<1m ago" : `${duration(past).split(" ")[0] ?? ""} ago`;
}

function envLines(detail: UnitDetail): readonly Line[] {
  return Object.entries(detail.env).map(([name, value]) => [span(`  ${name}`, "accent"), span("=", "quiet"), span(value)]);
}

function projectLines(row: Exclude<TreeRow, { kind: "unit" }>, world: World): readonly Line[] {
  const { project } = row;
  const git = world.git[project.name];
  const bad = project.units.filter((unit) => stateLook(unit.status) === "bad");
  return [
    [span(` ${project.root}`, "quiet")],
    [span(" branch  "), span(git?.branch ?? project.branch ?? "detached", "accent"), span(git?.commit === undefined ? "" : `  ${git.commit}`, "quiet"), ...gitSpans(git)],
    ...(git === undefined || git.changed === 0 ? [] : [[span(` ${git.changed} changed ${git.changed === 1 ? "file" : "files"}`, "busy")]]),
    ...testLines(world, project.name),
    [],
    ...project.units.map((unit): Line => [span("  "), span(unit.name.padEnd(16), "strong"), span(unit.status.padEnd(12), stateLook(unit.status)), span(unit.url ?? "", "accent", unit.url ?? undefined)]),
    ...bad.flatMap((unit): readonly Line[] => [[], [span(` ${unit.name}: `, "bad"), span(unit.detail ?? unit.status)]]),
  ];
}

const mostTroubles = 20;

/** How they ended, which failed, and where the rest is told. */
function testLines(world: World, project: string): readonly Line[] {
  const result = world.tests[project];
  if (result === undefined) return [];
  const more = result.troubles.length - mostTroubles;
  return [
    [span(" "), ...testSpans(result), span(agoText(result.at, world.nowMs), "quiet")],
    ...result.troubles.slice(0, mostTroubles).map((text): Line => [span("   ✗ ", "bad"), span(text)]),
    ...(more > 0 ? [[span(`   and ${more} more`, "quiet")]] : []),
    [span(`   ${result.directory}`, "quiet")],
  ];
}

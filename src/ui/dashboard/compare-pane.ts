/** The same service in several projects, side by side. Pure. */
import type { UnitRow } from "../../contracts/unit-row.ts";
import { duration } from "../age.ts";
import { cpuText, memoryText } from "../figure-words.ts";
import { withoutName } from "../words.ts";
import { tailLines } from "./log-pane.ts";
import type { Pane, Size } from "./pane.ts";
import type { Place } from "./place.ts";
import { fitted, plainLine, span, type Line } from "./span.ts";
import { cursorRow } from "./tree.ts";
import { coarseAge, gitSpans, isUnitRow, stateLook, testLook, testText } from "./units-pane.ts";
import { unitsOf, type Latency, type TestResult, type World } from "./world.ts";

const leastColumn = 24;
const labelWidth = 9;
/** What is not known. */
const nothing = "–";

/** The units of one name, the cursor's; of the first unit where the cursor is on a project. */
export function comparedUnits(world: Pick<World, "report">, place: Place): readonly UnitRow[] {
  const row = cursorRow(world, place);
  const all = unitsOf(world);
  const name = isUnitRow(row) ? row.unit.name : all.find((unit) => unit.project === row?.key && unit.url !== null)?.name;
  return all.filter((unit) => unit.name === name);
}

/** One column a project, as many as there is room for, the cursor's among them. */
export function comparePane(world: World, place: Place, { width, height }: Size): Pane {
  const units = comparedUnits(world, place);
  const count = Math.max(1, Math.min(units.length, Math.floor((width - labelWidth) / leastColumn)));
  const at = units.findIndex((unit) => unit.unit_id === place.cursor);
  const first = Math.min(Math.max(0, at - count + 1), Math.max(0, units.length - count));
  const shown = units.slice(first, first + count);
  const columnWidth = Math.floor((width - labelWidth) / count) - 1;
  const rows = facts.map(({ label, draw }): Line => [span(` ${label}`.padEnd(labelWidth), "quiet"), ...shown.flatMap((unit) => [...fitted(draw(unit, world, place), columnWidth), span(" ")])]);
  const tails = shown.map((unit) => tailLines(world.tails[unit.unit_id] ?? [], columnWidth, Math.max(0, height - facts.length - 2)));
  const logs = Array.from({ length: Math.max(0, ...tails.map((lines) => lines.length)) }, (_, index): Line => [span(" ".repeat(labelWidth)), ...tails.flatMap((lines) => [...fitted(lines[index] ?? [], columnWidth), span(" ")])]);
  const more = units.length > shown.length ? ` ${first + 1}–${first + shown.length} of ${units.length}` : "";
  return { title: [span("Compare", "title"), span(` ${units[0]?.name ?? ""} `), span(more, "quiet")], lines: units.length === 0 ? [[span("  choose a service", "quiet")]] : [...rows, [span(" log".padEnd(labelWidth), "quiet"), span("┄".repeat(Math.max(0, width - labelWidth - 1)), "quiet")], ...logs] };
}

/** The same in words: a sentence a project, without what is not known. */
export function spokenComparison(world: World, place: Place): readonly string[] {
  return comparedUnits(world, place).map((unit) => {
    const known = facts.map(({ label, draw }) => [label, plainLine(draw(unit, world, place)).trim()] as const).filter(([label, text]) => label !== "project" && text !== nothing);
    return `${unit.unit_id}: ${known.map(([label, text]) => `${label} ${text}`).join(", ")}`;
  });
}

interface Fact {
  readonly label: string;
  draw(unit: UnitRow, world: World, place: Place): Line;
}

const facts: readonly Fact[] = [
  { label: "project", draw: (unit, _world, place) => [span(unit.project, unit.unit_id === place.cursor ? "chosen" : "strong")] },
  { label: "state", draw: (unit) => [span(`${unit.status} `, stateLook(unit.status)), span(`${coarseAge(unit.age_seconds)}${unit.restarts === 0 ? "" : `  ↻${unit.restarts}`}`, "quiet")] },
  { label: "address", draw: (unit) => [span(unit.url ?? (unit.port === null ? nothing : `:${unit.port}`), "accent", unit.url ?? undefined)] },
  { label: "version", draw: (unit, world) => versionLine(unit, world) },
  { label: "uses", draw: (unit) => [span([cpuText(unit.cpu), memoryText(unit.memory_bytes)].filter((text) => text !== "").join("  ") || nothing, unit.cpu === null ? "quiet" : "plain")] },
  { label: "tests", draw: (unit, world) => testLine(world.tests[unit.project]) },
  { label: "answers", draw: (unit, world) => latencyLine(world.latencies[unit.unit_id]) },
  { label: "trouble", draw: (unit) => (unit.detail === null ? [span(nothing, "quiet")] : [span(withoutName(unit.detail, unit.unit_id), unit.status === "stopped" ? "quiet" : "bad")]) },
];

function testLine(result: TestResult | undefined): Line {
  return result === undefined ? [span(nothing, "quiet")] : [span(testText(result), testLook(result))];
}

function versionLine(unit: UnitRow, world: World): Line {
  const git = world.git[unit.project];
  if (git === undefined) return [span(nothing, "quiet")];
  return [span(git.branch ?? "detached"), span(git.commit === undefined ? "" : ` ${git.commit}`, "quiet"), ...gitSpans(git)];
}

function latencyLine(latency: Latency | undefined): Line {
  if (latency === undefined) return [span(nothing, "quiet")];
  const path = span(` GET ${latency.path}`, "quiet");
  if (latency.trouble !== undefined) return [span(latency.trouble, "bad"), path];
  const isFine = (latency.status ?? 500) < 400;
  return [span(`${latency.status ?? ""} in ${duration(latency.ms ?? 0)}`, isFine ? "good" : "bad"), path];
}

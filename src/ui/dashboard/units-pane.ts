/** The tree of projects and units as lines: as many columns as there is room for. Pure. */
import type { UnitRow } from "../../contracts/unit-row.ts";
import { cpuText, memoryText } from "../figure-words.ts";
import { withoutName } from "../words.ts";
import { sparkline } from "./health-history.ts";
import { scrolledTo, type Pane, type Size } from "./pane.ts";
import type { Place } from "./place.ts";
import { cell, fitted, lineWidth, rightCell, span, textWidth, type Line, type Look } from "./span.ts";
import { treeRows, type Grade, type ProjectTreeRow, type TreeRow, type UnitTreeRow } from "./tree.ts";
import type { GitSummary, TestResult, World } from "./world.ts";

interface Column {
  readonly width: number;
  /** The later ones go first when room is short. */
  readonly rank: number;
  draw(unit: UnitRow, width: number): Line;
}

const columns: readonly Column[] = [
  { width: 14, rank: 0, draw: (unit, width) => stateCell(unit, width) },
  { width: 6, rank: 1, draw: (unit, width) => cell(unit.port === null ? "" : `:${unit.port}`, width, unit.url === null ? "quiet" : "accent", unit.url ?? undefined) },
  { width: 6, rank: 3, draw: (unit, width) => rightCell(cpuText(unit.cpu), width, loadLook(unit.cpu)) },
  { width: 6, rank: 4, draw: (unit, width) => rightCell(memoryText(unit.memory_bytes), width) },
  { width: 6, rank: 2, draw: (unit, width) => rightCell(isIdle(unit) ? "" : coarseAge(unit.uptime_seconds ?? unit.age_seconds), width, "quiet") },
  { width: 4, rank: 5, draw: (unit, width) => rightCell(unit.restarts === 0 ? "" : `↻${unit.restarts}`, width, "busy") },
];

const leastNote = 14;

/** Title and rows, those around the cursor where there are more than fit. */
export function unitsPane(world: World, place: Place, { width, height }: Size): Pane {
  const rows = treeRows(world, place);
  const room = Math.max(0, height - 1);
  const top = scrolledTo(rows.findIndex((row) => row.isCursor), rows.length, room);
  const nameWidth = Math.min(Math.max(10, ...rows.map((row) => (row.kind === "unit" ? textWidth(row.unit.name) + 1 : 0))), Math.max(10, Math.floor(width / 4)));
  const shown = shownColumns(width - nameWidth - 4);
  const lines = rows.slice(top, top + room).map((row) => (row.kind === "project" ? projectLine(row, world, width) : unitLine(row, nameWidth, shown, width, world.progress[row.key])));
  const count = rows.length > room ? ` ${top + 1}–${Math.min(rows.length, top + room)} of ${rows.length}` : "";
  const chosen = place.chosen.length === 0 ? [] : [span(` ${place.chosen.length} chosen`, "accent")];
  return { title: [span("Units", "title"), span(count, "quiet"), ...chosen], lines: rows.length === 0 ? nothing(world) : lines };
}

function nothing(world: World): readonly Line[] {
  return [[], [span("  Nothing runs here yet. "), span("a", "key"), span(world.report.found ? " starts it again." : " starts what .envctl says.")]];
}

/** Those of the highest rank that fit, in their order. */
function shownColumns(width: number): readonly Column[] {
  const byRank = columns.toSorted((one, other) => one.rank - other.rank);
  let used = 0;
  const kept = byRank.filter((column) => (used += column.width) <= width);
  return columns.filter((column) => kept.includes(column));
}

function unitLine(row: UnitTreeRow, nameWidth: number, shown: readonly Column[], width: number, progress: string | undefined): Line {
  const { unit } = row;
  const line: Line = [
    span(row.isCursor ? "▌" : " ", "accent"),
    span(row.isChosen ? "◆ " : "  ", "accent"),
    ...cell(unit.name, nameWidth, row.isCursor ? "chosen" : row.grade === "bad" ? "bad" : unit.status === "stopped" ? "quiet" : "plain"),
    span(" "),
    ...shown.filter(({ rank }) => rank === 0 || progress === undefined).flatMap((column) => column.draw(unit, column.width)),
  ];
  const room = width - lineWidth(line) - 2;
  return room < leastNote ? line : [...line, span("  "), ...fitted(progress === undefined ? noteOf(unit) : [span(progress, "busy")], room)];
}

/** What is wrong, else where it is reached. */
function noteOf(unit: UnitRow): Line {
  if (unit.detail !== null) return [span(withoutName(unit.detail, unit.unit_id), unitNoteLook(unit))];
  if (unit.differs !== null) return [span(`differs: ${unit.differs}`, "busy")];
  return unit.url === null ? [] : [span(unit.url, "quiet", unit.url)];
}

function unitNoteLook(unit: UnitRow): Look {
  return unit.status === "stopped" || unit.status === "blocked" ? "quiet" : unit.status === "restarting" ? "busy" : "plain";
}

const glyphs: Readonly<Record<Grade, string>> = { ok: "●", warn: "◐", bad: "✗" };

function stateCell(unit: UnitRow, width: number): Line {
  const look = stateLook(unit.status);
  const glyph = unit.status === "stopped" ? "○" : look === "good" ? glyphs.ok : look === "bad" ? glyphs.bad : glyphs.warn;
  const word = unit.status === "termination_failed" ? "won't end" : unit.status;
  return fitted([span(`${glyph} `, look), span(word, look)], width);
}

/** The look of a status word. */
export function stateLook(status: UnitRow["status"]): Look {
  switch (status) {
    case "running":
    case "healthy":
    case "external":
      return "good";
    case "stopped":
    case "blocked":
    case "unknown":
      return "quiet";
    case "starting":
    case "restarting":
    case "stopping":
    case "degraded":
      return "busy";
    default:
      return "bad";
  }
}

/** What stands out is what works hard. */
function loadLook(share: number | null): Look {
  return share === null || share < 0.01 ? "quiet" : share >= 0.8 ? "busy" : "plain";
}

function isIdle(unit: UnitRow): boolean {
  return ["stopped", "blocked", "failed"].includes(unit.status);
}

/** One number and one unit, so that a line changes once a minute at most: `<1m`, `4m`, `3h`, `2d`. */
export function coarseAge(seconds: number): string {
  if (seconds < 60) return "<1m";
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function projectLine(row: ProjectTreeRow, world: World, width: number): Line {
  const { project } = row;
  const git = world.git[project.name];
  const head: Line = [
    span(row.isCursor ? "▌" : " ", "accent"),
    span(row.isFolded ? "▸ " : "▾ ", "quiet"),
    span(project.name, row.isCursor ? "chosen" : row.grade === "bad" ? "bad" : "strong"),
    span(`  ${git?.branch ?? project.branch ?? (git?.commit === undefined ? "" : `at ${git.commit}`)}`, "accent"),
    ...gitSpans(git),
  ];
  const tail: Line = [span(" "), ...testSpans(world.tests[project.name]), ...foldedSpans(row, world), ...upSpans(row), ...(row.chosen > 0 && row.isFolded ? [span(` ◆${row.chosen}`, "accent")] : []), span(" ")];
  return [...fitted(head, Math.max(0, width - lineWidth(tail))), ...tail];
}

/** `↑1 ↓2 ±3`: commits ahead and behind, changed files. */
export function gitSpans(git: GitSummary | undefined): Line {
  if (git === undefined) return [];
  return [
    ...(git.ahead > 0 ? [span(` ↑${git.ahead}`, "good")] : []),
    ...(git.behind > 0 ? [span(` ↓${git.behind}`, "busy")] : []),
    ...(git.changed > 0 ? [span(` ±${git.changed}`, "busy")] : []),
  ];
}

/** `tests ✓ 42`, and room behind it; nothing where none ever ran. */
export function testSpans(result: TestResult | undefined): Line {
  return result === undefined ? [] : [span(`tests ${testText(result)}  `, testLook(result))];
}

/** `✓ 42` or `✗ 3 of 42`; only `✗` where a suite came to nothing. */
export function testText({ ok, passed, failed }: TestResult): string {
  return ok ? `✓ ${passed}` : failed === 0 ? "✗" : `✗ ${failed} of ${passed + failed}`;
}

/** The look of how tests ended. */
export function testLook({ ok }: TestResult): Look {
  return ok ? "good" : "bad";
}

function foldedSpans(row: ProjectTreeRow, world: World): Line {
  const bars = row.isFolded ? sparkline(world.health[row.project.name] ?? []) : "";
  return bars === "" ? [] : [span(`${bars} `, row.grade === "bad" ? "bad" : row.grade === "warn" ? "busy" : "good")];
}

function upSpans({ project, grade }: ProjectTreeRow): Line {
  const up = project.units.filter((unit) => stateLook(unit.status) === "good").length;
  return [span(`${up}/${project.units.length} up`, grade === "bad" ? "bad" : grade === "warn" ? "busy" : up === 0 ? "quiet" : "good")];
}

/** Whether a row is a unit's. */
export function isUnitRow(row: TreeRow | undefined): row is UnitTreeRow {
  return row?.kind === "unit";
}

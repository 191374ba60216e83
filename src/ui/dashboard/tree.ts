/** Projects and their units as rows: problems first, folded projects as one row, one row under the cursor. Pure. */
import type { StatusReport } from "../../contracts/reports.ts";
import type { UnitRow } from "../../contracts/unit-row.ts";
import { statusGrade } from "../status-word.ts";
import type { Place, Targets } from "./place.ts";
import { unitsOf, type World } from "./world.ts";

type Project = StatusReport["projects"][number];
export type Grade = "ok" | "warn" | "bad";

export interface ProjectTreeRow {
  readonly kind: "project";
  /** The name of the project. */
  readonly key: string;
  readonly project: Project;
  readonly grade: Grade;
  readonly isFolded: boolean;
  readonly isCursor: boolean;
  /** How many of its units are chosen. */
  readonly chosen: number;
}

export interface UnitTreeRow {
  readonly kind: "unit";
  /** Its id. */
  readonly key: string;
  readonly unit: UnitRow;
  readonly grade: Grade;
  readonly isCursor: boolean;
  readonly isChosen: boolean;
}

export type TreeRow = ProjectTreeRow | UnitTreeRow;

const urgency: Readonly<Record<Grade, number>> = { bad: 0, warn: 1, ok: 2 };

/** A unit that was stopped on purpose is no reason to look at it. */
export function unitGrade(unit: Pick<UnitRow, "status" | "critical">): Grade {
  if (unit.status === "stopped") return "ok";
  const grade = statusGrade(unit.status);
  return grade === "bad" && !unit.critical ? "warn" : grade;
}

export function projectGrade(project: Project): Grade {
  return worst(project.units.map(unitGrade));
}

function worst(grades: readonly Grade[]): Grade {
  return grades.includes("bad") ? "bad" : grades.includes("warn") ? "warn" : "ok";
}

/** Every row there is, whether or not there is room for it. */
export function treeRows(world: Pick<World, "report">, place: Pick<Place, "cursor" | "folded" | "chosen">): readonly TreeRow[] {
  const projects = byUrgency(world.report.projects, projectGrade);
  const rows = projects.flatMap((project) => projectRows(project, place));
  const at = cursorIndex(rows, place.cursor);
  return rows.map((row, index) => (index === at ? { ...row, isCursor: true } : row));
}

function projectRows(project: Project, place: Pick<Place, "folded" | "chosen">): readonly TreeRow[] {
  const isFolded = place.folded.includes(project.name);
  const chosen = project.units.filter((unit) => place.chosen.includes(unit.unit_id)).length;
  const head: TreeRow = { kind: "project", key: project.name, project, grade: projectGrade(project), isFolded, isCursor: false, chosen };
  if (isFolded) return [head];
  return [head, ...byUrgency(project.units, unitGrade).map((unit): TreeRow => ({ kind: "unit", key: unit.unit_id, unit, grade: unitGrade(unit), isCursor: false, isChosen: place.chosen.includes(unit.unit_id) }))];
}

/** Problems first, else as they were. */
function byUrgency<T>(all: readonly T[], gradeOf: (one: T) => Grade): readonly T[] {
  return all.map((one) => ({ one, grade: gradeOf(one) })).toSorted((one, other) => urgency[one.grade] - urgency[other.grade]).map(({ one }) => one);
}

/** A unit whose project was folded leads to the project; nothing leads to the first unit there is. */
function cursorIndex(rows: readonly TreeRow[], cursor: string | undefined): number {
  if (cursor !== undefined) {
    const exact = rows.findIndex((row) => row.key === cursor);
    const inside = exact >= 0 ? exact : rows.findIndex((row) => row.kind === "project" && cursor.startsWith(`${row.key}/`));
    if (inside >= 0) return inside;
  }
  return Math.max(0, rows.findIndex((row) => row.kind === "unit"));
}

/** The key of the row so many rows away; the ends hold. */
export function keyAt(rows: readonly TreeRow[], by: number): string | undefined {
  const at = rows.findIndex((row) => row.isCursor);
  return rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.key;
}

/** The row under the cursor. */
export function cursorRow(world: Pick<World, "report">, place: Pick<Place, "cursor" | "folded" | "chosen">): TreeRow | undefined {
  return treeRows(world, place).find((row) => row.isCursor);
}

/** What a command is about: the chosen units, else what is under the cursor. */
export function targetsOf(world: Pick<World, "report">, place: Pick<Place, "cursor" | "folded" | "chosen">): Targets {
  const known = unitsOf(world).map((unit) => unit.unit_id);
  const chosen = place.chosen.filter((unitId) => known.includes(unitId));
  if (chosen.length > 0) return { projects: [], units: chosen };
  const row = cursorRow(world, place);
  if (row === undefined) return { projects: [], units: [] };
  return row.kind === "project" ? { projects: [row.key], units: [] } : { projects: [], units: [row.key] };
}

/** Units that targets name, those of whole projects included. */
export function targetUnits(world: Pick<World, "report">, targets: Targets): readonly UnitRow[] {
  return unitsOf(world).filter((unit) => targets.units.includes(unit.unit_id) || targets.projects.includes(unit.project));
}

/** In words, for messages: `Main/web`, `3 units`, `Main`. */
export function targetsText({ projects, units }: Targets): string {
  const [first] = [...projects, ...units];
  const count = projects.length + units.length;
  if (first === undefined) return "everything";
  return count === 1 ? first : `${count} ${projects.length === 0 ? "units" : "targets"}`;
}

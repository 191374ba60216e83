/** What a start or a stop would end, and what became of it: the question before, the sentence after. Pure. */
import type { StatusReport } from "../../contracts/reports.ts";
import type { RunReport } from "../../model/control.ts";
import type { Plan } from "../../model/plan.ts";
import { duration } from "../age.ts";
import type { Targets } from "./place.ts";

/** What ends, and who loses it, where that is more than the one unit that was named; else there is nothing to ask. */
export function questionLines(plans: readonly Plan[], { units }: Targets): readonly string[] {
  const ends = plans.flatMap((plan) => plan.nodes.filter((node) => plan.destructive.includes(node.unitId)));
  const left = plans.flatMap((plan) => (plan.intent === "stop" ? plan.nodes.filter((node) => node.action === "leave" && !units.includes(node.unitId)) : []));
  const isAsNamed = ends.length === 1 && units.length === 1 && ends[0]?.unitId === units[0] && left.length === 0;
  if (ends.length === 0 || isAsNamed) return [];
  return [...ends.map((node) => `${node.action === "restart" ? "restarts" : "ends"} ${node.unitId}: ${node.because}`), ...left.map(({ unitId, because }) => `leaves ${unitId}: ${because}`)];
}

const changing: readonly string[] = ["start", "restart", "stop"];
/** More are counted. */
const mostNames = 3;

/** `before`: what was known when it was asked for. */
export function outcomeText(reports: readonly RunReport[], { units }: Targets, before: Pick<StatusReport, "run_id" | "projects">): string {
  const failed = reports.find((report) => !report.ok);
  if (failed !== undefined) return failed.failures[0]?.message ?? "failed";
  const changed = reports.flatMap((report) => report.units.filter(({ action }) => changing.includes(action)).map(({ unitId }) => unitId));
  const others = units.length === 0 ? [] : changed.filter((unitId) => !units.includes(unitId));
  const done = changed.length === 0 ? "nothing had to be done" : `done in ${duration(reports.reduce((sum, report) => sum + report.durationMs, 0))}`;
  const along = others.length === 0 ? "" : `, with ${named(others)}`;
  const notes = reports.flatMap((report) => (report.intent === "stop" ? report.notes : []));
  return [`${done}${along}`, ...notes, ...leftOut(reports, before)].join("; ");
}

/** Whoever was known of the run before is not in a new one unless it was asked for. */
function leftOut(reports: readonly RunReport[], before: Pick<StatusReport, "run_id" | "projects">): readonly string[] {
  const [report] = reports;
  if (before.run_id === null || report?.intent !== "start" || report.runId === before.run_id) return [];
  const there = new Set(reports.flatMap((one) => one.units.map(({ unitId }) => unitId)));
  const missing = before.projects.flatMap((project) => {
    const units = project.units.filter(({ unit_id }) => !there.has(unit_id)).map(({ unit_id }) => unit_id);
    return units.length === 0 ? [] : [{ project: project.name, names: units.length === project.units.length ? [project.name] : units }];
  });
  if (missing.length === 0) return [];
  return [`a new run, without ${named(missing.flatMap(({ names }) => names))}: \`:start --project ${missing.map(({ project }) => project).join(",")}\` adds the rest`];
}

function named(unitIds: readonly string[]): string {
  return unitIds.length <= mostNames ? unitIds.join(", ") : `${unitIds.length} units`;
}

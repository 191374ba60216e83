/** `status`: every unit of the run, one line each. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { StatusReport, UnitRow } from "../contracts/reports.ts";
import { duration } from "../ui/age.ts";
import { linked, statusTone, toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { noRun } from "../ui/words.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { differencesOf, runView, unitRow, type LookUpRuntime, type RunView } from "./run-view.ts";
import { selectedProjects, selectedUnits } from "./targets.ts";

export const body: CommandBody<StatusReport> = {
  async run(input, runtime) {
    const view = runView(runtime);
    return view === undefined ? nothing(runtime) : statusReport(view, runtime, input);
  },
  text: statusLines,
};

/** Nothing running is an answer, not an error. */
function nothing(runtime: LookUpRuntime): StatusReport {
  return {
    found: false,
    run_id: null,
    mode: null,
    repository: runtime.checkout.repository,
    started_at: null,
    stopped_at: null,
    cwd_project: null,
    projects: [],
    status_counts: {},
    differing: {},
    configuration_problem: null,
    warnings: [],
  };
}

export function statusReport(view: RunView, runtime: LookUpRuntime, input: Parameters<typeof selectedUnits>[1]): StatusReport {
  const { state } = view;
  const rows = selectedUnits(state, input).map((unit) => unitRow(view, unit, runtime));
  const counts: Record<string, number> = {};
  for (const row of rows) counts[row.status] = (counts[row.status] ?? 0) + 1;
  const names = selectedProjects(state, input);
  return {
    found: true,
    run_id: state.runId,
    mode: state.mode,
    repository: state.repository,
    started_at: state.startedAt,
    stopped_at: state.stoppedAt ?? null,
    cwd_project: view.cwdProject ?? null,
    projects: Object.values(state.projects)
      .filter((project) => names.includes(project.name))
      .map(({ name, root, branch, slot }) => ({ name, root, branch: branch ?? null, slot, units: rows.filter((row) => row.project === name) })),
    status_counts: counts,
    differing: differing(view, rows, names),
    configuration_problem: (state.stoppedAt === undefined ? state.configurationProblem : undefined) ?? null,
    warnings: [...view.problems],
  };
}

/** Of the units shown, and of those that the projects shown would get. */
function differing({ state }: RunView, rows: readonly UnitRow[], projects: readonly string[]): StatusReport["differing"] {
  const isShown = (unitId: string): boolean => (state.units[unitId] === undefined ? projects.includes(unitId.slice(0, unitId.lastIndexOf("/"))) : rows.some((row) => row.unit_id === unitId));
  return Object.fromEntries(Object.entries(differencesOf(state)).filter(([unitId]) => isShown(unitId)));
}

export function statusLines(report: StatusReport, screen: Screen): readonly string[] {
  if (!report.found) return failureLines(noRun());
  const rows = report.projects.flatMap((project) => project.units.map((unit) => unitCells(unit, screen)));
  const details = report.projects.flatMap((project) => project.units).filter((unit) => unit.detail !== null);
  return [
    ...table(["PROJECT", "UNIT", "STATUS", "FOR", "PID", "URL"], rows),
    ...(rows.length === 0 ? ["no units"] : []),
    ...details.map((unit) => `${unit.unit_id}: ${unit.detail}`),
    ...differenceLines(report),
    ...(report.stopped_at === null ? [] : [`stopped at ${report.stopped_at}`]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
}

function differenceLines({ differing, configuration_problem: problem }: StatusReport): readonly string[] {
  const lines = Object.entries(differing).map(([unitId, what]) => `${unitId}: ${what}`);
  return [
    ...(lines.length === 0 ? [] : ["", "The configuration differs from what runs; `envctl reload` applies it:", ...lines.map((line) => `  ${line}`)]),
    ...(problem === null ? [] : ["", "The configuration cannot be applied; what runs goes on:", ...failureLines(problem)]),
  ];
}

function unitCells(unit: UnitRow, screen: Screen): readonly string[] {
  const where = unit.url ?? (unit.port === null ? "" : `:${unit.port}`);
  return [
    unit.project,
    unit.name,
    toned(unit.status, statusTone(unit.status), screen),
    unit.since === "" ? "" : duration(unit.age_seconds * 1000),
    unit.pid === null ? "" : String(unit.pid),
    unit.url === null ? where : linked(where, unit.url, screen),
  ];
}

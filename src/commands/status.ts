/** `status`: every unit of the run, one line each. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { StatusReport, UnitRow } from "../contracts/reports.ts";
import { duration } from "../ui/age.ts";
import { linked, statusTone, toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { noRun } from "../ui/words.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { runView, unitRow, type LookUpRuntime, type RunView } from "./run-view.ts";
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
    warnings: [...view.problems],
  };
}

export function statusLines(report: StatusReport, screen: Screen): readonly string[] {
  if (!report.found) return failureLines(noRun());
  const rows = report.projects.flatMap((project) => project.units.map((unit) => unitCells(unit, screen)));
  const details = report.projects.flatMap((project) => project.units).filter((unit) => unit.detail !== null);
  return [
    ...table(["PROJECT", "UNIT", "STATUS", "FOR", "PID", "URL"], rows),
    ...(rows.length === 0 ? ["no units"] : []),
    ...details.map((unit) => `${unit.unit_id}: ${unit.detail}`),
    ...(report.stopped_at === null ? [] : [`stopped at ${report.stopped_at}`]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
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

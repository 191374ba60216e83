/** `status`: every unit of the run, one line each. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { StatusReport } from "../contracts/reports.ts";
import type { UnitRow } from "../contracts/unit-row.ts";
import { duration } from "../ui/age.ts";
import { cpuText, memoryText, restartsText } from "../ui/figure-words.ts";
import { linked, statusTone, toned } from "../ui/style.ts";
import { table, visibleWidth } from "../ui/table.ts";
import { noRun, unsupervised, withoutName } from "../ui/words.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { differencesOf, runView, unitRow, type LookUpRuntime, type RunView } from "./run-view.ts";
import { selectedProjects, selectedUnits } from "./targets.ts";

export const body: CommandBody<StatusReport> = {
  async run(input, runtime) {
    const view = runView(runtime);
    return view === undefined ? emptyStatus(runtime) : statusReport(view, runtime, input);
  },
  text: statusLines,
};

/** Nothing running is an answer, not an error. */
export function emptyStatus(runtime: LookUpRuntime): StatusReport {
  return {
    found: false,
    run_id: null,
    mode: null,
    repository: runtime.checkout.repository,
    started_at: null,
    stopped_at: null,
    supervised: runtime.isSupervised(),
    cwd_project: null,
    projects: [],
    status_counts: {},
    differing: {},
    configuration_problem: null,
    warnings: [...runtime.repository.elsewhere()],
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
    supervised: view.isSupervised,
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
  if (!report.found) return failureLines(noRun(report.warnings));
  const units = report.projects.flatMap((project) => project.units);
  const details = units.filter((unit) => unit.detail !== null);
  return [
    ...unitTable(units, screen),
    ...(units.length === 0 ? ["no units"] : []),
    ...details.map((unit) => `${unit.unit_id}: ${withoutName(unit.detail ?? "", unit.unit_id)}`),
    ...unsupervisedLines(report),
    ...differenceLines(report),
    ...(report.stopped_at === null ? [] : [`stopped at ${report.stopped_at}`]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
}

function unsupervisedLines(report: StatusReport): readonly string[] {
  const isOver = report.stopped_at !== null || Object.keys(report.status_counts).every((word) => word === "stopped");
  return report.supervised || isOver ? [] : [unsupervised];
}

function differenceLines({ differing, configuration_problem: problem }: StatusReport): readonly string[] {
  const lines = Object.entries(differing).map(([unitId, what]) => `${unitId}: ${what}`);
  return [
    ...(lines.length === 0 ? [] : ["", "The configuration differs from what runs; `envctl reload` applies it:", ...lines.map((line) => `  ${line}`)]),
    ...(problem === null ? [] : ["", "The configuration cannot be applied; what runs goes on:", ...failureLines(problem)]),
  ];
}

interface Column {
  readonly heading: string;
  /** `value`: only when there is something in it; `room`: only as long as a terminal is wide enough for everything. */
  readonly needs?: "value" | "room";
  cell(unit: UnitRow, screen: Screen): string;
}

const columns: readonly Column[] = [
  { heading: "PROJECT", cell: (unit) => unit.project },
  { heading: "UNIT", cell: (unit) => unit.name },
  { heading: "STATUS", cell: (unit, screen) => toned(unit.status, statusTone(unit.status), screen) },
  { heading: "FOR", cell: (unit) => (unit.since === "" ? "" : duration(unit.age_seconds * 1000)) },
  { heading: "RESTARTS", needs: "value", cell: (unit) => restartsText(unit.restarts) },
  { heading: "CPU", needs: "value", cell: (unit) => cpuText(unit.cpu) },
  { heading: "MEM", needs: "value", cell: (unit) => memoryText(unit.memory_bytes) },
  { heading: "PID", needs: "room", cell: (unit) => (unit.pid === null ? "" : String(unit.pid)) },
  { heading: "ENGINE", needs: "value", cell: ({ engine }) => (engine === null || engine.includes("://") ? "" : engine) },
  { heading: "URL", cell: addressCell },
];

function unitTable(units: readonly UnitRow[], screen: Screen): readonly string[] {
  const drawn = (shown: readonly Column[]): readonly string[] => table(shown.map((one) => one.heading), units.map((unit) => shown.map((one) => one.cell(unit, screen))));
  const telling = columns.filter((one) => one.needs !== "value" || units.some((unit) => one.cell(unit, screen) !== ""));
  const whole = drawn(telling);
  return whole.every((line) => visibleWidth(line) <= screen.width) ? whole : drawn(telling.filter((one) => one.needs !== "room"));
}

function addressCell(unit: UnitRow, screen: Screen): string {
  if (unit.url !== null) return linked(unit.url, unit.url, screen);
  return unit.port === null ? "" : `:${unit.port}`;
}

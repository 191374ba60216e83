/** `health`: is everything that should run in order? The exit code answers. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { HealthReport } from "../contracts/reports.ts";
import type { UnitRow } from "../contracts/unit-row.ts";
import { exitCodes } from "../model/failure.ts";
import type { UnitState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";
import { statusGrade } from "../ui/status-word.ts";
import { unsupervised, withoutName } from "../ui/words.ts";
import { statusTone, toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { recentFailures, unitIssue } from "./issues.ts";
import { detailOf, requireRunView, unitRow, wordOf, type RunView } from "./run-view.ts";
import { selectedProjects, selectedUnits } from "./targets.ts";

export const body: CommandBody<HealthReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const units = selectedUnits(view.state, input);
    const services = units.filter((unit) => unit.spec.kind === "service").map((unit) => unitRow(view, unit, runtime));
    return healthReport(view, units, services, selectedProjects(view.state, input), input.flags["strict"] === true);
  },
  text: healthLines,
  exit: (report) => (report.blocking ? exitCodes.failure : exitCodes.ok),
};

/** A unit stopped on purpose is no failure, but when nothing else is left there is nothing healthy either. */
function healthReport(view: RunView, units: readonly UnitState[], services: UnitRow[], projects: readonly string[], isStrict: boolean): HealthReport {
  const expected = units.filter((unit) => wordOf(view, unit) !== "stopped");
  const notReady = expected.filter((unit) => statusGrade(wordOf(view, unit)) !== "ok");
  const critical = notReady.filter((unit) => unit.spec.critical && wordOf(view, unit) !== "degraded");
  const optional = notReady.filter((unit) => !critical.includes(unit));
  const isCriticalFine = expected.length > 0 && critical.length === 0;
  const isFine = isCriticalFine && optional.length === 0;
  const grades = units.map((unit) => statusGrade(wordOf(view, unit)));
  return {
    run_id: view.state.runId,
    mode: view.state.mode,
    supervised: view.isSupervised,
    projects: [...projects],
    services,
    dependencies: units.filter((unit) => unit.spec.kind === "requirement").map((unit) => dependency(view, unit)),
    status_counts: { ok: count(grades, "ok"), warn: count(grades, "warn"), bad: count(grades, "bad") },
    healthy: isFine,
    ok: isCriticalFine,
    overall: isFine ? "healthy" : isCriticalFine ? "degraded" : "unhealthy",
    blocking: isStrict ? !isFine : !isCriticalFine,
    strict_blocking: !isFine,
    critical_services_healthy: isCriticalFine,
    optional_failures: optional.map((unit) => unit.spec.id),
    critical_failures: critical.map((unit) => unit.spec.id),
    cwd_project: view.cwdProject ?? null,
    warnings: [...view.problems, ...(expected.length === 0 ? ["nothing is running"] : [])],
    issues: {
      failing_services: notReady.filter((unit) => unit.spec.kind === "service").map((unit) => unitIssue(view, unit)),
      requirement_issues: notReady.filter((unit) => unit.spec.kind === "requirement").map((unit) => unitIssue(view, unit)),
      recent_failures: recentFailures(view, units),
    },
  };
}

function dependency(view: RunView, unit: UnitState): HealthReport["dependencies"][number] {
  return {
    project: unit.spec.project,
    storage_key: `${unit.spec.project}/${unit.spec.requirement?.adapter ?? unit.spec.name}`,
    component: unit.spec.name,
    status: wordOf(view, unit),
    port: mainPort(unit.spec) ?? null,
    resources: resourcesOf(unit),
    detail: detailOf(view, unit),
  };
}

/** Port name → number; the main one is called `primary`, as the Python engine's readers expect. */
export function resourcesOf(unit: Pick<UnitState, "spec">): Record<string, number> {
  return Object.fromEntries(unit.spec.ports.map((port) => [port.name === "main" ? "primary" : port.name, port.port]));
}

function count(grades: readonly string[], grade: string): number {
  return grades.filter((one) => one === grade).length;
}

/** Then nothing is wrong that `errors` could show. */
function isAllStopped(report: HealthReport): boolean {
  return [...report.services, ...report.dependencies].every(({ status }) => status === "stopped");
}

function healthLines(report: HealthReport, screen: Screen): readonly string[] {
  const rows = [
    ...report.dependencies.map((one) => [`${one.project}/${one.component}`, toned(one.status, statusTone(one.status), screen), withoutName(one.detail ?? "", `${one.project}/${one.component}`)]),
    ...report.services.map((one) => [one.unit_id, toned(one.status, statusTone(one.status), screen), one.detail === null ? (one.critical ? "" : "optional") : withoutName(one.detail, one.unit_id)]),
  ];
  const tone = report.overall === "healthy" ? "good" : report.overall === "degraded" ? "busy" : "bad";
  const { ok, warn, bad } = report.status_counts;
  return [
    ...table([], rows),
    `${toned(report.overall, tone, screen)}: ${ok} ok, ${warn} to watch, ${bad} failing`,
    ...(report.supervised || isAllStopped(report) ? [] : [unsupervised]),
    ...report.warnings.map((warning) => `warning: ${warning}`),
    ...(isAllStopped(report) ? ["`envctl start` starts it again."] : report.blocking ? ["`envctl errors` shows why, `envctl explain UNIT` the whole chain."] : []),
  ];
}

/** `errors`: everything that went wrong, and the lines of the logs that complain. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { ErrorsReport } from "../contracts/reports.ts";
import { exitCodes, type Failure } from "../model/failure.ts";
import type { UnitState } from "../model/run-state.ts";
import { createRedaction } from "../redaction/redact.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { statusGrade } from "../ui/status-word.ts";
import { toned } from "../ui/style.ts";
import { recentFailures, unitIssue } from "./issues.ts";
import { maskedFailure } from "./mask.ts";
import { readTail } from "./log-file.ts";
import { isComplaint, lineTime } from "./log-lines.ts";
import { logPathOf, requireRunView, wordOf } from "./run-view.ts";
import { selectedUnits } from "./targets.ts";

/** As much of each log as the Python engine looked at. */
const searchedBytes = 512 * 1024;
const shownLines = 20;
const harmless = createRedaction().text;

export const body: CommandBody<ErrorsReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const units = selectedUnits(view.state, input);
    const failing = units.filter((unit) => statusGrade(wordOf(view, unit)) === "bad" || wordOf(view, unit) === "degraded");
    const logged = await Promise.all(
      units.map(async (unit) => {
        const path = logPathOf(runtime, view.state, unit);
        const { lines } = await readTail(path, { lines: shownLines, bytes: searchedBytes, keep: (line) => isComplaint(line) && !isOfStarting(line, unit) });
        return { service: unit.spec.id, status: wordOf(view, unit), log_path: path, lines: lines.map(({ text }) => harmless(text)) };
      }),
    );
    return {
      run_id: view.state.runId,
      mode: view.state.mode,
      selected_services: units.map((unit) => unit.spec.id),
      failed_services: failing
        .filter((unit) => unit.spec.kind === "service")
        .map((unit) => ({ name: unit.spec.id, status: wordOf(view, unit), log_path: logPathOf(runtime, view.state, unit), failure: failureOf(unit) })),
      requirement_issues: failing.filter((unit) => unit.spec.kind === "requirement").map((unit) => unitIssue(view, unit)),
      recent_failures: recentFailures(view, units),
      log_issues: logged.filter((one) => one.lines.length > 0),
      ok: failing.length === 0,
    };
  },
  text: errorLines,
  exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
};

/** What a healthy requirement wrote before it was ready is mostly about our asking whether it is. */
function isOfStarting(line: string, unit: UnitState): boolean {
  const { life, spec } = unit;
  if (spec.kind !== "requirement" || life.status !== "ready") return false;
  const atMs = lineTime(line);
  return atMs !== undefined && atMs < Date.parse(life.at);
}

function failureOf(unit: UnitState): Failure | null {
  return "failure" in unit.life ? maskedFailure(unit.life.failure) : null;
}

function errorLines(report: ErrorsReport, screen: Screen): readonly string[] {
  const failed = report.failed_services.flatMap((one) => [
    toned(`${one.name}: ${one.status}`, "bad", screen),
    ...(one.failure === null ? [] : failureLines(one.failure).map((line) => `  ${line}`)),
    `  log: ${one.log_path}`,
  ]);
  const requirements = report.requirement_issues.flatMap((one) => [toned(`${one.unit_id}: ${one.status}`, "bad", screen), `  ${one.message}`, ...(one.hint === null ? [] : [`  → ${one.hint}`])]);
  const logs = report.log_issues.flatMap((one) => [toned(`${one.service} says:`, "strong", screen), ...one.lines.map((line) => `  | ${line}`)]);
  const shown = new Set([...report.failed_services.map((one) => one.name), ...report.requirement_issues.map((one) => one.unit_id)]);
  const earlier = report.recent_failures.filter((one) => !shown.has(one.unit_id)).flatMap((one) => [toned(`${one.unit_id} failed at ${one.at}, before it was stopped or started again:`, "strong", screen), `  ${one.message}`, ...(one.hint === null ? [] : [`  → ${one.hint}`])]);
  const all = [...requirements, ...failed, ...earlier, ...logs];
  return all.length === 0 ? ["no errors"] : all;
}

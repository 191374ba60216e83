/** `debug-report`: what failed first and why, what took long, what to try; with `--against last-good`, what is different. */
import { existsSync } from "node:fs";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { DebugReport } from "../contracts/debug-report.ts";
import { cameUp, diagnosisOf } from "../model/diagnosis.ts";
import { UserError } from "../model/failure.ts";
import { isUp } from "../model/lifecycle.ts";
import { differencesBetween, type RecordedRun } from "../model/run-difference.ts";
import { foldEvents } from "../model/run-state.ts";
import { createRedaction } from "../redaction/redact.ts";
import type { EngineRuntime } from "../runtime.ts";
import { duration } from "../ui/age.ts";
import { toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { noRun } from "../ui/words.ts";
import { intentOf } from "./intent.ts";
import { maskedEvent, maskedState } from "./mask.ts";
import { logPathOf, runView } from "./run-view.ts";

export const body: CommandBody<DebugReport> = {
  run: async (input, runtime) => {
    const view = runView(runtime);
    const { text } = createRedaction();
    const findings = (await runtime.examine({ intent: intentOf("start", input, runtime) })).map(({ finding }) => ({ ...finding, detail: text(finding.detail) })).filter(({ status }) => status !== "pass");
    const runId = view?.state.runId ?? null;
    if (view === undefined && input.flags["against"] !== undefined) throw new UserError(noRun(runtime.repository.elsewhere()));
    const events = runId === null ? [] : runtime.repository.events(runId).map(maskedEvent);
    const diagnosis = diagnosisOf(events);
    const lost = view === undefined ? [] : Object.values(view.state.units).filter(({ spec, life }) => isUp(life) && view.truths[spec.id]?.state === "dead").map(({ spec }) => spec.id);
    return {
      contract_version: "envctl.debug_report.v1",
      run_id: runId,
      ok: diagnosis.firstFailure === null && lost.length === 0 && (view === undefined || events.length > 0),
      first_failure: diagnosis.firstFailure,
      failed: diagnosis.failed,
      blocked: diagnosis.blocked,
      lost,
      slowest: diagnosis.slowest,
      restarts: diagnosis.restarts,
      advice: [...new Set([...diagnosis.advice, ...findings.flatMap(({ status, hint }) => (status === "fail" && hint !== undefined ? [hint] : []))])],
      findings,
      missing: view === undefined ? ["no run was ever started here, or none can be read"] : missingOf(view, runtime),
      against: runId === null ? null : comparison(runId, input, runtime),
    };
  },
  text: reportLines,
};

function missingOf(view: NonNullable<ReturnType<typeof runView>>, runtime: EngineRuntime): string[] {
  const started = Object.values(view.state.units).filter(({ starts }) => starts > 0);
  const logless = started.filter((unit) => !existsSync(logPathOf(runtime, view.state, unit))).map(({ spec }) => `the log of ${spec.id}`);
  return [...view.problems, ...logless, ...(view.isSupervised || view.state.stoppedAt !== undefined ? [] : ["a daemon: nobody measures or restarts"])];
}

function comparison(runId: string, input: CommandInput, runtime: Pick<EngineRuntime, "repository">): DebugReport["against"] {
  const asked = input.flags["against"];
  if (typeof asked !== "string") return null;
  const others = runtime.repository.list().filter((one) => one !== runId).toReversed();
  const then = asked === "last-good" ? others.map((one) => recorded(one, runtime)).find(({ events }) => cameUp(events)) : recorded(others.find((one) => one === asked) ?? unknown(asked, runId, others), runtime);
  if (then === undefined) throw new UserError({ reason: "unknown_target", message: others.length === 0 ? onlyRun(runId) : "no earlier run that is still kept came up", hint: others.length === 0 ? afterTheNext : `compare with one that did not: --against ${others[0]}` });
  return { run_id: then.state.runId, started_at: then.state.startedAt, differences: [...differencesBetween(then, recorded(runId, runtime))] };
}

function recorded(runId: string, { repository }: Pick<EngineRuntime, "repository">): RecordedRun {
  const events = repository.events(runId).map(maskedEvent);
  return { events, state: maskedState(foldEvents(runId, events)) };
}

const afterTheNext = "ask again after the next start; `envctl debug-report` alone tells of this run";

function onlyRun(runId: string): string {
  return `${runId} is the only run that is kept, so there is nothing to compare it with`;
}

function unknown(asked: string, runId: string, others: readonly string[]): never {
  if (others.length === 0) throw new UserError({ reason: "unknown_target", message: asked === runId ? onlyRun(runId) : `no run is called "${asked}"; ${onlyRun(runId)}`, hint: afterTheNext });
  const message = asked === runId ? `${asked} is the latest run, which is the one that would be compared with it` : `no run is called "${asked}"`;
  throw new UserError({ reason: "unknown_target", message, hint: `say last-good, or an earlier one: ${others.join(", ")}` });
}

function reportLines(report: DebugReport, screen: Screen): readonly string[] {
  const first = report.first_failure;
  return [
    ...(first === null ? [withoutFailure(report)] : [
      toned(`First to fail: ${first.unitId}, at ${first.at}`, "bad", screen),
      ...first.chain.map((text, depth) => `  ${"  ".repeat(depth)}${depth === 0 ? "" : "because: "}${text}`),
      ...first.logTail.map((line) => `  | ${line}`),
    ]),
    ...list("Failed too", report.failed.filter((unitId) => unitId !== first?.unitId)),
    ...list("Not started for it", report.blocked),
    ...list("Gone without a word", report.lost),
    ...section("What to try", report.advice.map((hint) => `→ ${hint}`), screen),
    ...section("Slowest", table([], report.slowest.map(({ unitId, span, durationMs }) => [unitId, span, duration(durationMs)])), screen),
    ...list("Restarts", Object.entries(report.restarts).map(([unitId, count]) => `${unitId} ${count}`)),
    ...section("What the checks say", report.findings.map(({ title, detail }) => `${title}: ${detail}`), screen),
    ...section("Missing", report.missing, screen),
    ...(report.against === null ? [] : section(`Different from ${report.against.run_id}`, report.against.differences.length === 0 ? ["nothing"] : table(["UNIT", "WHAT", "THEN", "NOW"], report.against.differences.map(({ unitId, what, before, after }) => [unitId, what, before ?? "-", after ?? "-"])), screen)),
  ];
}

function withoutFailure({ run_id: runId, ok, lost }: DebugReport): string {
  if (runId === null) return "Nothing was ever started here.";
  return ok || lost.length > 0 ? `Nothing failed in ${runId}.` : `What happened in ${runId} cannot be told: none of its events can be read.`;
}

function list(title: string, words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : [`${title}: ${words.join(", ")}`];
}

function section(title: string, lines: readonly string[], screen: Screen): readonly string[] {
  return lines.length === 0 ? [] : ["", toned(title, "strong", screen), ...lines.map((line) => `  ${line}`)];
}

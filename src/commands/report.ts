/** `report`: a run from its beginning to its end, as lines, as JSON, or as one page. Secrets are hidden in all three. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { ChronicleReport } from "../contracts/chronicle-report.ts";
import { UserError } from "../model/failure.ts";
import { foldEvents } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import { shownMishaps, wholeRun } from "../ui/run-bounds.ts";
import { runChronicle, type RunChronicle } from "../ui/run-chronicle.ts";
import { runPage, stateText, summary, unitCells, usageRows } from "../ui/run-page.ts";
import { toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { noRun } from "../ui/words.ts";
import { readTests } from "./dashboard/test-results.ts";
import { keptUsage } from "./kept-usage.ts";
import { runRedaction, type Masking } from "./log-secrets.ts";
import { maskedEvent } from "./mask.ts";
import { textFlag } from "./targets.ts";

export const body: CommandBody<ChronicleReport> = {
  run: async (input, runtime) => {
    const runId = chosenRun(input, runtime);
    const run = await chronicleOf(runId, runtime);
    const wantsPage = input.flags["html"] === true || input.flags["output"] !== undefined;
    return { contract_version: "envctl.report.v1", page: wantsPage ? written(run, input, runtime) : null, run };
  },
  text: ({ page, run }, screen) => (page === null ? reportText(run, screen) : [`${page}: open it in a browser. It loads nothing, and holds no secret that envctl knows.`]),
};

function chosenRun(input: CommandInput, { repository }: Pick<EngineRuntime, "repository">): string {
  const runs = repository.list();
  const latest = runs.at(-1);
  if (latest === undefined) throw new UserError(noRun(repository.elsewhere()));
  const asked = textFlag(input.flags, "run") ?? latest;
  if (runs.includes(asked)) return asked;
  throw new UserError({ reason: "unknown_target", message: `no run is called "${asked}"`, hint: `kept are: ${runs.join(", ")}` });
}

async function chronicleOf(runId: string, runtime: EngineRuntime): Promise<RunChronicle> {
  const isLatest = runId === runtime.repository.list().at(-1);
  const events = runtime.repository.events(runId).map(maskedEvent);
  const state = foldEvents(runId, events);
  const redaction = await runRedaction(state, Object.values(state.units), runtime);
  const tests = Object.entries(readTests(runtime, Object.keys(state.projects))).map(([project, result]) => ({ project, ...result }));
  const now = runtime.host.clock.now();
  const nowMs = isLatest ? now : Date.parse(state.updatedAt) || now;
  return hidden(runChronicle({ runId, events, figures: isLatest ? (runtime.figures()?.units ?? {}) : {}, usage: keptUsage(runId, runtime), tests, nowMs }), (text) => redaction.text(text));
}

/** Every text in it that somebody chose or a program wrote. */
function hidden(run: RunChronicle, text: Masking): RunChronicle {
  const lines = (all: readonly string[]): readonly string[] => (all.length === 0 ? all : text(all.join("\n")).split("\n"));
  return {
    ...run,
    repository: text(run.repository),
    projects: run.projects.map(text),
    units: run.units.map((unit) => ({ ...unit, unitId: text(unit.unitId) })),
    waterfall: run.waterfall.map((row) => ({ ...row, unitId: text(row.unitId), spans: row.spans.map((span) => ({ ...span, name: text(span.name) })) })),
    mishaps: run.mishaps.map((one) => ({ ...one, unitId: text(one.unitId), message: text(one.message), hint: one.hint === null ? null : text(one.hint), logTail: lines(one.logTail) })),
    tests: run.tests.map((one) => ({ ...one, project: text(one.project) })),
    story: lines(run.story),
  };
}

/** Beside the events of the run, with which it goes, unless another place is named. There, what is there stays. */
function written(run: RunChronicle, input: CommandInput, { scope, checkout }: EngineRuntime): string {
  const output = textFlag(input.flags, "output");
  const path = output === undefined ? join(scope.runs, run.runId, "report.html") : resolve(checkout.projectRoot, output);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, runPage(run), { mode: 0o600, flag: output === undefined ? "w" : "wx" });
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, hint: "say another place: `envctl report --output FILE`; a file that is there is left as it is" });
  }
  return path;
}

function reportText(run: RunChronicle, screen: Screen): readonly string[] {
  return [
    toned(run.runId, "strong", screen),
    summary(run),
    ...section("Units", table(["UNIT", "KIND", "STATE", "READY IN", "STARTS", "RESTARTS", "CPU", "MEM"], run.units.map(unitCells)), screen),
    ...section("States over time", table([], run.units.map(({ unitId, states }) => [unitId, statesText(states)])), screen),
    ...section("Resource use over time", table([], usageRows(run)), screen),
    ...section("Failures", failureLines(run), screen),
    ...section("Tests", table([], run.tests.map(({ project, ok, passed, failed, at }) => [project, ok ? "passed" : "failed", `${passed} passed`, `${failed} failed`, at])), screen),
    "",
    "As one page, with the start as a waterfall and everything that happened: envctl report --html",
  ];
}

const mostStates = 12;

/** The last ones. */
function statesText(states: RunChronicle["units"][number]["states"]): string {
  const earlier = Math.max(0, states.length - mostStates);
  return [...(earlier === 0 ? [] : [`${earlier} earlier`]), ...states.slice(earlier).map(stateText)].join(", ");
}

function failureLines(run: RunChronicle): readonly string[] {
  const { shown, folded } = shownMishaps(run.mishaps);
  const before = folded.length === 0 ? [] : [`${run.mishaps.length - shown.length} earlier: ${folded.join(", ")}; ${wholeRun(run)}`];
  return [...before, ...shown.flatMap(({ at, unitId, message, hint }) => [`${at} ${unitId}: ${message}`, ...(hint === null ? [] : [`→ ${hint}`])])];
}

function section(title: string, lines: readonly string[], screen: Screen): readonly string[] {
  return lines.length === 0 ? [] : ["", toned(title, "strong", screen), ...lines.map((line) => `  ${line}`)];
}

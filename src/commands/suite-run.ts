/** One run of a suite: its project is made, its scripts run in their order, everything is taken down again, whatever happens. */
import { randomBytes } from "node:crypto";
import { isAbsolute, join, resolve } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { SuiteReport } from "../contracts/suite-report.ts";
import { exitCodes, UserError, type ExitCode, type Failure } from "../model/failure.ts";
import { countsOf, isGood, type ScriptResult } from "../model/suite.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { ScriptOrder } from "../suites/in-order.ts";
import type { LoadedScript, LoadedSuite } from "../suites/load.ts";
import type { SavedRun } from "../suites/saved-run.ts";
import type { Suites } from "../suites/suites.ts";
import type { ThrowAway } from "../suites/throw-away.ts";
import { duration } from "../ui/age.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { wholeFlag } from "./job-orders.ts";
import { submitted } from "./lifecycle.ts";
import { openProject, projectSettings, unitVariables, withReferences } from "./suite-project.ts";
import { textFlag } from "./targets.ts";
import { inheritedValues } from "./unit-values.ts";

type RunOutcome = Extract<SuiteReport, { readonly action: "run" }>;
type Values = Readonly<Record<string, string>>;

interface Course {
  readonly suite: LoadedSuite;
  readonly suites: Suites;
  readonly input: CommandInput;
  readonly runtime: EngineRuntime;
  readonly order: ScriptOrder;
  /** As it was written down last. */
  saved: SavedRun;
  project?: ThrowAway;
  readonly failures: Failure[];
}

const tailLines = 20;

/** Ends with a report also after Ctrl-C and when the project does not start; a UserError means that nothing was begun. */
export async function runSuite(suite: LoadedSuite, input: CommandInput, runtime: EngineRuntime): Promise<SuiteReport> {
  const begun = runtime.host.clock.monotonic();
  const suites = await runtime.suites();
  const cleared = await runtime.throwAways.clear();
  for (const name of cleared.gone) input.note(`${name}, which an earlier run left, is gone`);
  for (const line of cleared.failures.flatMap(failureLines)) input.note(line);
  const settings = suite.services?.length === 0 ? undefined : await projectSettings(suite, runtime);
  const saved = savedFor(suite, suites, input, runtime);
  const course: Course = { suite, suites, input, runtime, saved, order: orderOf(suite, saved, input), failures: [] };
  suites.makeDirectory(course.saved.directory);
  suites.save(course.saved);
  const processLogs = join(course.saved.directory, "process_logs");
  let logs = 0;
  try {
    if (settings !== undefined) course.project = await openProject(suite, settings, processLogs, runtime, input.signal);
    const values = await startProject(course, settings?.overrides ?? {});
    if (values !== undefined) await runScripts(course, values);
  } finally {
    const end = await course.project?.end();
    await suites.endLeft(course.saved.id);
    course.failures.push(...(end?.failures ?? []));
    logs = end?.logs ?? 0;
  }
  return report(course, { processLogs: logs > 0 ? processLogs : null, durationMs: Math.round(runtime.host.clock.monotonic() - begun) });
}

/** Where an interrupted run is gone on with, what it knows already is kept. */
function savedFor(suite: LoadedSuite, suites: Suites, { flags }: CommandInput, { scope, host, checkout }: EngineRuntime): SavedRun {
  if (flags["resume"] === true) {
    const saved = suites.unfinished(suite.config);
    if (saved === undefined) throw new UserError({ reason: "not_running", message: `no run of ${suite.name} was interrupted: there is nothing to resume`, hint: `begin one with \`envctl suite run ${suite.name}\`` });
    return saved;
  }
  const startedAt = new Date(host.clock.now()).toISOString();
  const id = `${startedAt.replaceAll(/[-:.Z]/g, "")}-${randomBytes(3).toString("hex")}`;
  const directory = suite.logDirectory === undefined ? join(scope.suites, id) : resolve(checkout.projectRoot, suite.logDirectory, id);
  return { schemaVersion: 1, id, suite: suite.name, config: suite.config, startedAt, directory, scripts: suite.scripts.map(({ name }) => name), results: [] };
}

/** What scripts see; undefined when the project did not come up. */
async function startProject({ suite, project, input, runtime, failures }: Course, overrides: Values): Promise<Values | undefined> {
  const environment = { ...inheritedValues(runtime), ...suite.environment };
  if (project === undefined) return environment;
  // Lines go to standard error: the answer alone is the output.
  const report = await submitted(project.control, {
    kind: "start",
    selection: { projects: [project.project], services: suite.services ?? [] },
    caller: { directory: runtime.checkout.projectRoot, environment },
    overrides,
  }, { ...input, wantsJson: false });
  failures.push(...report.failures);
  if (!report.ok) return undefined;
  const values = await unitVariables(project, overrides, runtime);
  return { ...inheritedValues(runtime), ...values, ...withReferences(suite.environment, values) };
}

async function runScripts(course: Course, values: Values): Promise<void> {
  const { suite, suites, input, order } = course;
  const keep = (result: ScriptResult): void => {
    course.saved = { ...course.saved, results: [...course.saved.results, result] };
    suites.save(course.saved);
    input.note(`${result.status.padEnd(5)} ${suite.name}::${result.name}  ${duration(result.durationMs)}`);
  };
  await suites.inOrder(order, { run: (script) => resultOf(script, course, values), keep, signal: input.signal });
}

/** What is left of a run; what its scripts require beside it counts as there. */
function orderOf(suite: LoadedSuite, { scripts: names, results: done }: SavedRun, input: CommandInput): ScriptOrder {
  const scripts = names.filter((name) => !done.some((one) => one.name === name)).map((name) => {
    const script = suite.scripts.find((one) => one.name === name);
    if (script === undefined) throw new UserError({ reason: "results_stale", message: `the interrupted run was about ${name}, which ${suite.name} has no more`, hint: "begin afresh, without --resume" });
    return script;
  });
  const absent = scripts.flatMap(({ turn }) => turn.requires).filter((name) => !names.includes(name));
  return { scripts, done, absent, workers: workersOf(suite, input) };
}

/** So many scripts at once. Throws a UserError for what is no number. */
export function workersOf(suite: LoadedSuite, input: CommandInput): number {
  return wholeFlag(input, "workers") ?? suite.workers;
}

/** Undefined when it was interrupted. */
async function resultOf(script: LoadedScript, { suite, suites, input, runtime, project, saved }: Course, values: Values): Promise<ScriptResult | undefined> {
  const { name } = script;
  const skipped = suite.skip[name];
  if (skipped !== undefined) return { name, status: "SKIP", durationMs: 0, reason: skipped === "" ? "skip.yaml or the suite says so" : skipped };
  const owner = [project?.scopeId ?? runtime.scopeId, project?.project ?? "suites", `script-${name.replaceAll("/", "-")}`, saved.id].join("/");
  return suites.runScript(script, {
    directory: suite.directory,
    environment: { ...values, ENVCTL_OWNER: owner, ENVCTL_SUITE: suite.name, ENVCTL_SUITE_SCRIPT: name },
    logs: saved.directory,
    expectedBecause: suite.expectedFailures[name],
    now: runtime.host.clock.monotonic,
    signal: input.signal,
  });
}

function report(course: Course, { processLogs, durationMs }: { readonly processLogs: string | null; readonly durationMs: number }): RunOutcome {
  const { suite, suites, input, saved, project, failures } = course;
  // In the order of the suite, whichever ended first.
  const results = saved.scripts.flatMap((name) => saved.results.find((one) => one.name === name) ?? []);
  const notRun = saved.scripts.filter((name) => !results.some((one) => one.name === name));
  const junit = textFlag(input.flags, "junit");
  const junitPath = junit === undefined ? null : isAbsolute(junit) ? junit : resolve(junit);
  const unwritten = junitPath === null ? undefined : suites.writeJunit(junitPath, suite.name, results);
  if (unwritten !== undefined) failures.push(unwritten);
  const ok = failures.length === 0 && notRun.length === 0 && isGood(results);
  const wish = (["detail", "both"] as const).find((one) => one === textFlag(input.flags, "report")) ?? "summary";
  const isWanted = ({ status }: ScriptResult): boolean => wish !== "summary" || status === "FAIL" || status === "XPASS";
  return {
    action: "run", ok, exit: exitOf(ok, input.signal), id: saved.id, suite: suite.name, config: suite.config,
    is_interrupted: notRun.length > 0, project: project?.project ?? null, duration_ms: durationMs, counts: countsOf(results),
    results: results.map((one) => ({
      name: `${suite.name}::${one.name}`, status: one.status, duration_ms: one.durationMs, exit_code: one.exitCode ?? null, reason: one.reason ?? null, log_path: one.logPath ?? null,
      output: one.logPath !== undefined && isWanted(one) ? [...suites.outputTail(one.logPath, tailLines)] : [],
    })),
    not_run: notRun, directory: saved.directory, process_logs: processLogs, junit_path: junitPath, shown: wish, failures: [...failures],
  };
}

function exitOf(ok: boolean, signal: AbortSignal): ExitCode {
  return signal.aborted ? exitCodes.interrupted : ok ? exitCodes.ok : exitCodes.failure;
}

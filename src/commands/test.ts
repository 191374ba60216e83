/** `test`: runs the suites of projects and keeps what came of them. */
import { join } from "node:path";
import type { SuiteOrder, SuiteRun } from "../actions/suites/run-suite.ts";
import type { TestReport } from "../contracts/action-reports.ts";
import type { SuiteConfig } from "../model/config.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { artifactsOf, projectEnvironment } from "./action-targets.ts";
import { lastResultsPath } from "./last-results.ts";
import { actionBody, type ActionCall } from "./project-action.ts";
import { listFlag } from "./targets.ts";

type Result = NonNullable<TestReport["projects"][number]["result"]>;
type Suite = Result["suites"][number];

export const body = actionBody<"test", Result>({
  name: "test",
  timeoutMs: 30 * 60_000,
  atOnce: 2,
  takesWords: true,
  artifacts: (project, { view }, runtime) => artifactsOf("test-results", project, view, runtime),
  work,
  troubles: ({ suites }) => suites.flatMap(troubleOf),
  heading: ["PASSED", "FAILED", "SKIPPED", "SUITES"],
  cells: ({ counts, suites }) => [String(counts.passed), String(counts.failed), String(counts.skipped), suites.map(({ name, status }) => (status === "passed" ? name : `${name} (${status})`)).join(", ")],
  details: (result) => [...result.suites.flatMap(failedLines), `results: ${result.junit_path}`],
});

async function work({ project, place, actions, targets, input, runtime }: ActionCall): Promise<Result> {
  const suites = chosen(await suitesOf(project.root, { actions, runtime }), listFlag(input.flags, "suite"));
  const orders = await Promise.all(suites.map((suite) => orderOf(suite, project.root, (service) => projectEnvironment(project.name, service, targets.view, runtime))));
  const outcome = await actions.test({
    suites: orders,
    lastPath: lastResultsPath(runtime.scope.root, project.name),
    atOnce: input.flags["sequential"] === true ? 1 : 2,
    onlyFailed: input.flags["failed"] === true,
    isForced: input.flags["force"] === true,
  }, place);
  return { counts: { ...outcome.counts }, suites: outcome.suites.map(suiteRow), left_out: [...outcome.leftOut], junit_path: outcome.junitPath };
}

/** What `test:` says; where it says nothing, what is found. */
async function suitesOf(root: string, { actions, runtime }: Pick<ActionCall, "actions" | "runtime">): Promise<readonly SuiteConfig[]> {
  const { config } = await runtime.resolveConfig({ projectRoot: root });
  const configured = Object.values(config.suites ?? {});
  return configured.length > 0 ? configured : actions.detectSuites(root, Object.values(config.services));
}

function chosen(suites: readonly SuiteConfig[], names: readonly string[]): readonly SuiteConfig[] {
  const known = suites.map(({ name }) => name);
  for (const name of names) {
    const nearest = nearestName(name, known);
    if (!known.includes(name)) throw new UserError({ reason: "unknown_target", message: `there is no suite called "${name}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: known.length === 0 ? "none is configured or found" : `suites: ${known.join(", ")}` });
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

async function orderOf(suite: SuiteConfig, root: string, environmentOf: (service: string | undefined) => Promise<Readonly<Record<string, string>>>): Promise<SuiteOrder> {
  const directory = join(root, suite.dir);
  return {
    name: suite.name,
    command: suite.command,
    directory,
    environment: await environmentOf(suite.service),
    ...(suite.runner === undefined ? {} : { runner: suite.runner }),
    ...(suite.report === undefined ? {} : { report: join(directory, suite.report) }),
  };
}

function suiteRow(run: SuiteRun): Suite {
  return {
    name: run.name, status: run.status, command: [...run.command], directory: run.directory, runner: run.runner ?? null, exit_code: run.exitCode ?? null,
    counts: { ...run.counts }, duration_ms: run.durationMs, log_path: run.logPath, reason: run.reason ?? null, only_failed: run.isOnly,
    failed_tests: run.cases.filter(({ status }) => status === "failed").map(({ name, file = null, message = null }) => ({ name, file, message })),
  };
}

function troubleOf({ name, status, counts, reason, log_path }: Suite): readonly Failure[] {
  if (status === "passed") return [];
  const what = status === "failed" && counts.failed > 0 ? `${counts.failed} of ${counts.passed + counts.failed + counts.skipped} tests failed` : (reason ?? status);
  return [{ reason: status === "timed_out" ? "timed_out" : status === "cancelled" ? "cancelled" : "action_failed", message: `suite ${name}: ${what}`, hint: `its output is in ${log_path}` }];
}

function failedLines({ name, failed_tests }: Suite): readonly string[] {
  return failed_tests.flatMap((one) => [`✗ ${name}: ${one.file === null || one.name.startsWith(one.file) ? "" : `${one.file} > `}${one.name}`, ...(one.message === null ? [] : [`    ${one.message.split("\n")[0] ?? ""}`])]);
}

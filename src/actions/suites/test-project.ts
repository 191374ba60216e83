/** `test` for one project: its suites in parallel, their results kept. */
import { systemClock } from "../../host/clock.ts";
import { UserError } from "../../model/failure.ts";
import { totalCounts, type TestCounts } from "../../model/suite-results.ts";
import { withDeadline } from "../../host/deadline.ts";
import { withHeartbeat } from "../heartbeat.ts";
import { inParallel } from "../in-parallel.ts";
import type { ActionPlace } from "../place.ts";
import { checkoutState } from "./checkout-state.ts";
import { runSuite, type SuiteOrder, type SuiteRun } from "./run-suite.ts";
import { failuresToRepeat, lastResults, saveResults, type SavedResults } from "./saved-results.ts";

export interface TestOrder {
  readonly suites: readonly SuiteOrder[];
  readonly lastPath: string;
  /** Suites at once. */
  readonly atOnce: number;
  readonly onlyFailed: boolean;
  /** Also when the checkout has changed since. */
  readonly isForced: boolean;
}

export interface TestOutcome {
  readonly suites: readonly SuiteRun[];
  readonly counts: TestCounts;
  readonly junitPath: string;
  /** Suites that passed last time and were not repeated. */
  readonly leftOut: readonly string[];
}

const heartbeatMs = 15_000;

/** Throws a UserError when there is nothing to run. */
export async function testProject(order: TestOrder, place: ActionPlace): Promise<TestOutcome> {
  const repeated = order.onlyFailed ? failuresToRepeat(lastResults(order.lastPath), await checkoutState(place), order.isForced) : undefined;
  const wanted = order.suites.flatMap((suite) => {
    const only = repeated?.get(suite.name);
    if (repeated === undefined) return [suite];
    return only === undefined ? [] : [{ ...suite, only }];
  });
  if (wanted.length === 0) throw new UserError(nothingToRun(repeated !== undefined));
  const before = lastResults(order.lastPath);
  const runs = await inParallel(wanted, order.atOnce, async (suite) => {
    const last = lastTime(suite, before);
    place.progress(`${suite.name}: ${typeof suite.command === "string" ? suite.command : suite.command.join(" ")}${last === undefined ? "" : `, which took ${last} the last time`}`);
    const begun = systemClock.monotonic();
    const run = await withHeartbeat(runSuite(suite, place, systemClock.monotonic), heartbeatMs, () => place.progress(`${suite.name}: has been running for ${Math.round((systemClock.monotonic() - begun) / 1000)} s${last === undefined ? "" : ` of about ${last}`}`));
    place.progress(`${suite.name}: ${run.status}, ${countWords(run.counts)}${run.reason === undefined ? "" : `; ${run.reason}`}`);
    return run;
  });
  const junitPath = saveResults(runs, { place, lastPath: order.lastPath, generatedAt: new Date(systemClock.now()).toISOString(), checkout: await settledState(place) });
  return { suites: runs, counts: totalCounts(runs.map(({ counts }) => counts)), junitPath, leftOut: order.suites.filter((suite) => !wanted.some(({ name }) => name === suite.name)).map(({ name }) => name) };
}

/** In whole seconds; undefined where it is not known, too short to be told, or of other tests than these. */
function lastTime(suite: SuiteOrder, before: SavedResults | undefined): string | undefined {
  const seconds = Math.round((before?.suites.find(({ name }) => name === suite.name)?.durationMs ?? 0) / 1000);
  return suite.only !== undefined || seconds < 1 ? undefined : `${seconds} s`;
}

/** Asked for after the tests, which may write files themselves; also when they were cancelled. */
async function settledState(place: ActionPlace): ReturnType<typeof checkoutState> {
  return withDeadline(new AbortController().signal, 30_000, (signal) => checkoutState({ ...place, signal }));
}

function nothingToRun(isRepeat: boolean): ConstructorParameters<typeof UserError>[0] {
  return isRepeat
    ? { reason: "unknown_target", message: "no test failed last time, so there is none to repeat", hint: "run all with `envctl test`" }
    : { reason: "configuration_missing", message: "no test suite is configured, and none was found", hint: "add one under `test:` in .envctl, such as `test: { all: { command: npm test } }`" };
}

/** `12 passed, 1 failed`. */
export function countWords({ passed, failed, skipped }: TestCounts): string {
  return [`${passed} passed`, ...(failed === 0 ? [] : [`${failed} failed`]), ...(skipped === 0 ? [] : [`${skipped} skipped`])].join(", ");
}

/** Results of a suite as JUnit XML: what is expected to fail is skipped, a surprise is a failure. Pure. */
import { junitXml } from "../actions/results/junit-write.ts";
import type { ScriptResult, ScriptStatus } from "../model/suite.ts";
import { resultsOf, type TestCase } from "../model/suite-results.ts";

const caseStatus: Readonly<Record<ScriptStatus, TestCase["status"]>> = { PASS: "passed", FAIL: "failed", SKIP: "skipped", XFAIL: "skipped", XPASS: "failed" };

export function suiteJunit(suite: string, results: readonly ScriptResult[]): string {
  const cases = results.map(({ name, status, durationMs, reason }): TestCase => ({ name, status: caseStatus[status], file: suite, durationMs, ...(reason === undefined ? {} : { message: reason }) }));
  return junitXml([{ name: suite, durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0), ...resultsOf(cases) }]);
}

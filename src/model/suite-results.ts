/** What a test suite came to, whoever ran it. */

/** Programs whose output is understood, by id. */
export const suiteRunners = ["pytest", "unittest", "vitest", "jest", "go", "cargo", "node", "tap"] as const;
export type SuiteRunner = (typeof suiteRunners)[number];

export interface TestCase {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** As the runner calls it: a path, or a package. */
  readonly file?: string;
  readonly durationMs?: number;
  /** What went wrong, for people. */
  readonly message?: string;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What could be read of a suite; `counts` where a summary says more than the cases that are named. */
export interface SuiteResults {
  readonly cases: readonly TestCase[];
  readonly counts: TestCounts;
}

/** The sum of several, all zero for none. */
export function totalCounts(all: readonly TestCounts[]): TestCounts {
  const sum = (key: keyof TestCounts): number => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** Results of cases that are all named. */
export function resultsOf(cases: readonly TestCase[]): SuiteResults {
  const count = (status: TestCase["status"]): number => cases.filter((one) => one.status === status).length;
  return { cases, counts: { passed: count("passed"), failed: count("failed"), skipped: count("skipped") } };
}

/** Results of which a summary tells the numbers; what it leaves out is counted. */
export function summarised(cases: readonly TestCase[], summary: Partial<TestCounts>): SuiteResults {
  return { cases, counts: { ...resultsOf(cases).counts, ...summary } };
}

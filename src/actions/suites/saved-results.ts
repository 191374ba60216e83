/** What a test run leaves on disk: for people, for CI servers, for `--failed`, and in the files the Python engine had. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { errorText, readJson, writeAtomic } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import { totalCounts, type TestCase, type TestCounts } from "../../model/suite-results.ts";
import { makePlace, pruneRuns, type ActionPlace } from "../place.ts";
import { junitXml } from "../results/junit-write.ts";
import { staleness, type CheckoutState } from "./checkout-state.ts";
import type { SuiteRun } from "./run-suite.ts";

/** The last test results of a project, in one file that is replaced. */
export interface SavedResults {
  readonly schema_version: 1;
  readonly project: string;
  readonly root: string;
  readonly generatedAt: string;
  readonly ok: boolean;
  readonly counts: TestCounts;
  readonly checkout: CheckoutState;
  readonly directory: string;
  readonly suites: readonly { readonly name: string; readonly status: string; readonly counts: TestCounts; readonly failures: readonly TestCase[]; /** Absent in results of earlier versions. */ readonly durationMs?: number }[];
}

interface Order {
  readonly place: ActionPlace;
  /** File the last results of the project are kept in. */
  readonly lastPath: string;
  readonly generatedAt: string;
  readonly checkout: CheckoutState;
}

/** Path of the JUnit XML. Throws a UserError when they cannot be written. */
export function saveResults(runs: readonly SuiteRun[], order: Order): string {
  const { place, lastPath, generatedAt, checkout } = order;
  const suites = [...runs.map((run) => ({ name: run.name, status: run.status, counts: run.counts, failures: failuresOf(run), durationMs: run.durationMs })), ...notRun(runs, order)];
  const counts = totalCounts(suites.map((suite) => suite.counts));
  const ok = suites.every(({ status }) => status === "passed");
  const saved: SavedResults = {
    schema_version: 1, project: place.project, root: place.root, generatedAt, ok, counts, checkout, directory: place.artifacts, suites,
  };
  const junitPath = join(place.artifacts, "junit.xml");
  const files: Readonly<Record<string, string>> = {
    [junitPath]: junitXml(runs),
    [join(place.artifacts, "failed_tests_summary.txt")]: summaryText(runs),
    [join(place.artifacts, `ft_${createHash("sha1").update(place.root).digest("hex").slice(0, 10)}.txt`)]: runs.flatMap((run) => failuresOf(run).map(({ name }) => `${name}\n`)).join(""),
    [join(place.artifacts, "test_state.txt")]: `${[ok ? "passed" : "failed", place.project, place.root, checkout.head ?? "", checkout.statusHash, checkout.statusLines].join("|")}\n`,
    [join(place.artifacts, "failed_tests_manifest.json")]: `${JSON.stringify(manifestOf(runs, order))}\n`,
    [lastPath]: `${JSON.stringify(saved)}\n`,
  };
  try {
    makePlace(dirname(lastPath));
    for (const [path, text] of Object.entries(files)) writeAtomic(path, text);
    pruneRuns(place.artifacts);
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `the results could not be written to ${place.artifacts}: ${errorText(error)}`, hint: "make room there; the tests themselves have run" });
  }
  return junitPath;
}

/** Suites that were left out this time: what they said of the same content still holds. */
function notRun(runs: readonly SuiteRun[], { lastPath, checkout }: Order): SavedResults["suites"] {
  const before = lastResults(lastPath);
  if (before === undefined || staleness(before.checkout, checkout) !== undefined) return [];
  return before.suites.filter(({ name }) => runs.every((run) => run.name !== name));
}

function manifestOf(runs: readonly SuiteRun[], { place, generatedAt, checkout }: Order): unknown {
  return {
    schema_version: 1,
    generated_at: generatedAt,
    project_name: place.project,
    project_root: place.root,
    git_state: { head: checkout.head ?? null, status_hash: checkout.statusHash, status_lines: checkout.statusLines },
    entries: runs.flatMap((run) => failuresOf(run).map((one) => ({ suite: run.name, runner: run.runner ?? null, ...one }))),
  };
}

function summaryText(runs: readonly SuiteRun[]): string {
  const failures = runs.flatMap((run) => [
    ...(run.reason === undefined ? [] : [`${run.name}: ${run.reason}`]),
    ...failuresOf(run).map(({ name, file, message = "" }) => [`${run.name}: ${file === undefined || name.startsWith(file) ? "" : `${file} > `}${name}`, ...message.split("\n").map((line) => `    ${line}`)].join("\n").trimEnd()),
  ]);
  return failures.length === 0 ? "no failed tests\n" : `${failures.join("\n")}\n`;
}

/** Failed tests of a run. */
export function failuresOf(run: Pick<SuiteRun, "cases">): readonly TestCase[] {
  return run.cases.filter(({ status }) => status === "failed");
}

/** The last results of a project; undefined when there are none that can be read. */
export function lastResults(lastPath: string): SavedResults | undefined {
  const value = readJson(lastPath);
  return isSaved(value) ? value : undefined;
}

/** Only what `saveResults` wrote has all of these. */
function isSaved(value: unknown): value is SavedResults {
  return typeof value === "object" && value !== null && "suites" in value && Array.isArray(value.suites) && "checkout" in value && typeof value.checkout === "object" && value.checkout !== null && "counts" in value;
}

/** The failures to run again by suite. Throws a UserError when there are none, or when they are of another state of the checkout. */
export function failuresToRepeat(saved: SavedResults | undefined, current: CheckoutState, isForced: boolean): ReadonlyMap<string, readonly TestCase[]> {
  if (saved === undefined) throw new UserError({ reason: "unknown_target", message: "no test results are kept of this project", hint: "run `envctl test` first" });
  const stale = isForced ? undefined : staleness(saved.checkout, current);
  if (stale !== undefined) throw new UserError({ reason: "results_stale", message: `the failures kept from ${saved.generatedAt} are stale: ${stale}`, hint: "run `envctl test` again, or repeat them all the same with --force" });
  return new Map(saved.suites.filter(({ status }) => status !== "passed").map(({ name, failures }) => [name, failures]));
}

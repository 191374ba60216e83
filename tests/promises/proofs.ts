/** Which promises a run of the tests has kept. */
import { features } from "./features.ts";
import type { TestReference } from "./promise.ts";
import { requirementRows, requirementsPage } from "./requirements.ts";

/** One test of a report: its file below `tests/`, its name with those of its groups, and how it ended. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly status: string;
}

/** `proven`: every test named ran and passed; `skipped`: some could not run here, the others passed. */
export type Proof = "proven" | "skipped" | "failing" | "untested";

const promised = [...features, ...requirementRows.map((row) => ({ id: `${row.requirement} ${row.engine} ${row.isolation} ${row.version}`, tests: row.tests }))];

/** Promises that a run broke, and names that no test has. */
export function troubles(results: readonly TestResult[]): string[] {
  const unknown = promised.flatMap(({ id, tests }) => tests.filter((test) => matching(results, test).length === 0).map((test) => `${id}: no test is called "${test}"`));
  const broken = promised.filter(({ tests }) => proofOf(results, tests) === "failing").map(({ id }) => `${id}: a test that shows it did not pass`);
  return [...unknown, ...broken];
}

/** Path from the package root → content, the same for the same outcome. */
export function provenFiles(results: readonly TestResult[]): Readonly<Record<string, string>> {
  const matrix = features.map(({ id, says, tests }) => ({ id, says, proof: committed(proofOf(results, tests)), tests }));
  const gaps = matrix.filter(({ proof }) => proof !== "proven").map(({ id, says, proof }) => ({ id, says, proof }));
  return {
    "contracts/feature_matrix.json": json({ schema: "envctl.feature_matrix.v1", features: matrix }),
    "contracts/gap_report.json": json({ schema: "envctl.gap_report.v1", promised: matrix.length, proven: matrix.length - gaps.length, gaps }),
    "docs/requirements.md": requirementsPage((row) => committed(proofOf(results, row.tests))),
  };
}

/** A test that cannot run on one machine does on another: the files say what the tests show where all of them run. */
function committed(proof: Proof): Proof {
  return proof === "skipped" ? "proven" : proof;
}

function proofOf(results: readonly TestResult[], tests: readonly TestReference[]): Proof {
  const found = tests.map((test) => matching(results, test));
  if (found.flat().length === 0) return "untested";
  if (found.some((some) => some.length === 0 || some.some(({ status }) => status === "failed"))) return "failing";
  return found.flat().every(({ status }) => status === "passed") ? "proven" : "skipped";
}

function matching(results: readonly TestResult[], test: TestReference): readonly TestResult[] {
  const [file = "", ...rest] = test.split(" > ");
  const name = rest.join(" > ");
  return results.filter((result) => result.file === file && result.name.startsWith(name));
}

function json(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

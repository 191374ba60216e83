/** Which promises a run of the tests has kept. */
import { features } from "./features.ts";
import type { TestReference } from "./promise.ts";
import { requirementRows, requirementsPage } from "./requirements.ts";
import { type Row, rows } from "./rows.ts";

/** One test of a report: its file below `tests/`, its name with those of its groups, and how it ended. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly status: string;
}

/** `proven`: every test named ran and passed; `skipped`: some could not run here, the others passed. */
export type Proof = "proven" | "skipped" | "failing" | "untested";

/** Paths from the package root of the pages that rows name. */
export const decisionPages = rows.flatMap(({ decision }) => (decision === undefined ? [] : [decisionPath(decision)]));

const promised = [...features, ...requirementRows.map((row) => ({ id: `${row.requirement} ${row.engine} ${row.isolation} ${row.version}`, tests: row.tests }))];

/** Promises that a run broke, and names that no test has. */
export function troubles(results: readonly TestResult[]): string[] {
  const unknown = promised.flatMap(({ id, tests }) => tests.filter((test) => matching(results, test).length === 0).map((test) => `${id}: no test is called "${test}"`));
  const broken = promised.filter(({ tests }) => proofOf(results, tests) === "failing").map(({ id }) => `${id}: a test that shows it did not pass`);
  return [...unknown, ...broken, ...rows.flatMap((row) => rowTrouble(shownRow(results, row)))];
}

/** Path from the package root → content, the same for the same outcome. */
export function provenFiles(results: readonly TestResult[]): Readonly<Record<string, string>> {
  const matrix = features.map(({ id, says, tests }) => ({ id, says, proof: committed(proofOf(results, tests)), tests }));
  const gaps = matrix.filter(({ proof }) => proof !== "proven").map(({ id, says, proof }) => ({ id, says, proof }));
  return {
    "contracts/feature_matrix.json": json({ schema: "envctl.feature_matrix.v1", features: matrix, rows: rows.map((row) => shownRow(results, row)) }),
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
  return found.some((some) => some.length === 0) ? "failing" : outcome(found.flat());
}

function outcome(results: readonly TestResult[]): Proof {
  if (results.some(({ status }) => status === "failed")) return "failing";
  return results.every(({ status }) => status === "passed") ? "proven" : "skipped";
}

/** A row with the tests that carry its letter and number, in their name or that of a group. */
function shownRow(results: readonly TestResult[], { id, says, decision }: Row) {
  const named = results.filter(({ name }) => new RegExp(`\\b${id}\\b`, "u").test(name));
  const proof: Proof | "decided" = named.length === 0 && decision !== undefined ? "decided" : committed(named.length === 0 ? "untested" : outcome(named));
  return { id, says, proof, ...(decision !== undefined && { decision: decisionPath(decision) }), tests: named.map(({ file, name }) => `${file} > ${name}`).sort() };
}

function decisionPath(name: string): string {
  return `docs/decisions/${name}.md`;
}

function rowTrouble({ id, proof }: ReturnType<typeof shownRow>): readonly string[] {
  if (proof === "untested") return [`${id}: no test is named after this row, and no decision says what stands instead`];
  return proof === "failing" ? [`${id}: a test named after this row did not pass`] : [];
}

function matching(results: readonly TestResult[], test: TestReference): readonly TestResult[] {
  const [file = "", ...rest] = test.split(" > ");
  const name = rest.join(" > ");
  return results.filter((result) => result.file === file && result.name.startsWith(name));
}

function json(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

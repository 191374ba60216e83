/** The Test Anything Protocol, versions 13 and 14, with subtests. Pure. https://testanything.org */
import { resultsOf, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { plainLines } from "./text-lines.ts";

const testLine = /^( *)(not )?ok\b(?: (\d+))?(?: -)? ?(.*?)(?: # (SKIP|TODO)\b.*)?$/i;
const planLine = /^( *)1\.\.(\d+)/;

interface Point {
  readonly depth: number;
  readonly test: TestCase;
}

/** Undefined when this is not TAP. */
export function tapResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const bail = lines.find((line) => line.startsWith("Bail out!"));
  if (!lines.some((line) => line.startsWith("TAP version") || planLine.test(line)) && bail === undefined) return undefined;
  const cases: Point[] = [];
  for (const [index, line] of lines.entries()) {
    const point = pointOf(line, lines, index);
    if (point === undefined) continue;
    // A point right behind deeper ones is their sum.
    const children = cases.slice(cases.findLastIndex(({ depth }) => depth <= point.depth) + 1);
    if (children.length === 0) cases.push(point);
    else cases.splice(cases.length - children.length, children.length, ...children.map(({ test }) => ({ depth: point.depth, test: { ...test, name: `${point.test.name} > ${test.name}` } })));
  }
  const found = cases.map(({ test }) => test);
  const missing = planned(lines) - lines.filter((line) => pointAt(line, 0)).length;
  return resultsOf([...found, ...(bail === undefined && missing <= 0 ? [] : [{ name: bail ?? `${missing} planned tests that did not run`, status: "failed" as const }])]);
}

function pointOf(line: string, lines: readonly string[], index: number): Point | undefined {
  const [, indent, not, , name, directive] = testLine.exec(line) ?? [];
  if (indent === undefined) return undefined;
  const status = directive === undefined ? (not === undefined ? "passed" : "failed") : "skipped";
  const details = detailsBelow(lines, index);
  const time = /^\s*duration_ms: ([\d.]+)/m.exec(details)?.[1];
  const message = status === "failed" ? /^\s*(?:error|message): (?:'|"|)(.+?)(?:'|"|)$/m.exec(details)?.[1] : undefined;
  return { depth: indent.length, test: { name: name ?? "", status, ...(time === undefined ? {} : { durationMs: Number(time) }), ...(message === undefined ? {} : { message }) } };
}

/** The YAML block of a test point. */
function detailsBelow(lines: readonly string[], index: number): string {
  if (lines[index + 1]?.trim() !== "---") return "";
  const end = lines.findIndex((line, at) => at > index && line.trim() === "...");
  return lines.slice(index + 1, end < 0 ? undefined : end).join("\n");
}

function planned(lines: readonly string[]): number {
  return Number(lines.map((line) => planLine.exec(line)).find((match) => match !== null && match[1] === "")?.[2] ?? 0);
}

function pointAt(line: string, depth: number): boolean {
  return testLine.exec(line)?.[1]?.length === depth;
}

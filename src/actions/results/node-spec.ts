/** What `node --test` prints with its `spec` reporter. Pure. https://nodejs.org/api/test.html#test-reporters */
import { summarised, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { plainLines } from "./text-lines.ts";

const caseLine = /^( *)([✔✖﹣▶⚠]) (.+?)(?: \(([\d.]+)ms\))?(?: # (.*))?$/;
const totalLine = /^ℹ (pass|fail|cancelled|skipped|todo) (\d+)$/;

/** Undefined when this is not node's output. */
export function nodeSpecResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const totals = Object.fromEntries(lines.flatMap((line) => (totalLine.exec(line) === null ? [] : [totalLine.exec(line)?.slice(1) ?? []])));
  if (totals["pass"] === undefined) return undefined;
  const number = (key: string): number => Number(totals[key] ?? 0);
  // Failures are told a second time below this line.
  const again = lines.findIndex((line) => line.startsWith("✖ failing tests:"));
  return summarised(casesIn(lines.slice(0, again < 0 ? undefined : again)), { passed: number("pass"), failed: number("fail") + number("cancelled"), skipped: number("skipped") + number("todo") });
}

/** A suite is announced with ▶ and, by most versions, closed with a mark of its own. */
function casesIn(lines: readonly string[]): readonly TestCase[] {
  const open: { readonly depth: number; readonly name: string }[] = [];
  const cases: TestCase[] = [];
  for (const [index, line] of lines.entries()) {
    const [, indent = "", mark, name, time, note] = caseLine.exec(line) ?? [];
    if (mark === undefined || name === undefined) continue;
    while ((open.at(-1)?.depth ?? -1) > indent.length) open.pop();
    const isEnd = open.at(-1)?.depth === indent.length && open.at(-1)?.name === name;
    if (isEnd) open.pop();
    else if (mark === "▶") open.push({ depth: indent.length, name });
    else {
      const message = mark === "✖" ? lines[index + 1]?.trim() : undefined;
      const status = mark === "✔" && note === undefined ? "passed" : mark === "✖" && note === undefined ? "failed" : "skipped";
      cases.push({ name: [...open.map((one) => one.name), name].join(" > "), status, ...(time === undefined ? {} : { durationMs: Number(time) }), ...(status !== "failed" || message === undefined || message === "" ? {} : { message }) });
    }
  }
  return cases;
}

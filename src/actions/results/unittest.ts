/** What Python's unittest prints, quiet or with -v. Pure. https://docs.python.org/3/library/unittest.html */
import { resultsOf, summarised, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { plainLines } from "./text-lines.ts";

const ranLine = /^Ran (\d+) tests? in /;
const endLine = /^(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$/;
const failureLine = /^(?:FAIL|ERROR): (\S+) \(([^)]+)\)/;
const verboseLine = /^(\S+) \(([^)]+)\)(?: \.\.\. (.*))?$/;
const statusOf: Readonly<Record<string, TestCase["status"]>> = { ok: "passed", FAIL: "failed", ERROR: "failed", skipped: "skipped", expected: "skipped", unexpected: "failed" };

/** Undefined when this is not unittest's output. */
export function unittestResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const at = lines.findLastIndex((line) => ranLine.test(line));
  const ran = ranLine.exec(lines[at] ?? "")?.[1];
  const end = lines.slice(at + 1).map((line) => endLine.exec(line)).find((match) => match !== null);
  if (ran === undefined || end === undefined) return undefined;
  const told = Object.fromEntries((end?.[1] ?? "").split(", ").map((part) => part.split("=")));
  const number = (key: string): number => Number(told[key] ?? 0);
  const failed = number("failures") + number("errors") + number("unexpected successes");
  const skipped = number("skipped") + number("expected failures");
  const failures = failuresIn(lines);
  const names = new Set(failures.map(({ name }) => name));
  const others = resultsOf(verboseCases(lines)).cases.filter(({ name }) => !names.has(name));
  return summarised([...failures, ...others], { failed, skipped, passed: Math.max(0, Number(ran) - failed - skipped) });
}

/** Each stands between two rulers; the last line of its traceback says most. */
function failuresIn(lines: readonly string[]): readonly TestCase[] {
  return lines.flatMap((line, index) => {
    const [, method, place] = failureLine.exec(line) ?? [];
    if (method === undefined || place === undefined) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((next) => next.startsWith("=====") || ranLine.test(next));
    const message = rest.slice(0, end < 0 ? undefined : end).find((next) => /^[A-Za-z_.]*(?:Error|Exception|Failure|Interrupt|Exit)\b/.test(next));
    return [{ name: dotted(method, place), status: "failed" as const, ...(message === undefined ? {} : { message }) }];
  });
}

/** With a docstring the outcome stands on the line after the name. */
function verboseCases(lines: readonly string[]): readonly TestCase[] {
  return lines.flatMap((line, index) => {
    const [, method, place, end] = verboseLine.exec(line) ?? [];
    const outcome = end ?? / \.\.\. (.*)$/.exec(lines[index + 1] ?? "")?.[1];
    const status = outcome === undefined ? undefined : statusOf[outcome.split(" ")[0] ?? ""];
    return method === undefined || place === undefined || status === undefined ? [] : [{ name: dotted(method, place), status }];
  });
}

/** Python before 3.11 names the class alone. */
function dotted(method: string, place: string): string {
  return place.endsWith(`.${method}`) ? place : `${place}.${method}`;
}

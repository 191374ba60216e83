/** What jest prints, and its `--json`. Pure. https://jestjs.io/docs/cli#--json */
import { resultsOf, summarised, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { countBefore, milliseconds, plainLines } from "./text-lines.ts";

const summaryLine = /^Tests:\s+(.*\d+ total)$/;
const fileLine = /^(?:PASS|FAIL)\s+(?:\S+ )?(\S+\.[cm]?[jt]sx?)\b/;
const caseLine = /^(\s+)([✓√✕×○✎]) (?:skipped |todo )?(.+?)(?: \((\d+(?:\.\d+)?) (m?s)\))?$/;
const failureLine = /^ {2}● (.+ › .+|(?!.* › ).+)$/;

/** Undefined when this is not jest's output. */
export function jestResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const summary = lines.map((line) => summaryLine.exec(line)?.[1]).findLast((found) => found !== undefined);
  if (summary === undefined) return undefined;
  const failures = failuresIn(lines);
  const cases = failures.length > 0 ? failures : shownCases(lines);
  const broken = failures.filter(({ name }) => name === "Test suite failed to run").length;
  return summarised(cases, {
    passed: countBefore(summary, "passed"),
    failed: countBefore(summary, "failed") + broken,
    skipped: countBefore(summary, "skipped") + countBefore(summary, "todo"),
  });
}

function failuresIn(lines: readonly string[]): readonly TestCase[] {
  let file: string | undefined;
  const found = new Map<string, TestCase>();
  for (const [index, line] of lines.entries()) {
    file = fileLine.exec(line)?.[1] ?? file;
    const name = failureLine.exec(line)?.[1];
    if (name === undefined || name.startsWith("Console")) continue;
    const message = lines.slice(index + 1).find((next) => next.trim() !== "")?.trim();
    found.set(`${file}\0${name}`, { name: name.replaceAll(" › ", " > "), status: "failed", ...(file === undefined ? {} : { file }), ...(message === undefined ? {} : { message }) });
  }
  return [...found.values()];
}

function shownCases(lines: readonly string[]): readonly TestCase[] {
  return lines.flatMap((line) => {
    const [, , mark, name, time, unit] = caseLine.exec(line) ?? [];
    if (mark === undefined || name === undefined) return [];
    const status = mark === "✓" || mark === "√" ? "passed" : mark === "✕" || mark === "×" ? "failed" : "skipped";
    return [{ name, status, ...(time === undefined || unit === undefined ? {} : { durationMs: milliseconds(time, unit) }) }];
  });
}

/** Undefined when the text is not what `jest --json` writes. */
export function jestJsonResults(text: string): SuiteResults | undefined {
  const files = listIn(parsed(text), "testResults");
  if (files === undefined) return undefined;
  return resultsOf(files.flatMap((file) => {
    const [path, cases] = [textIn(file, "name") ?? "", listIn(file, "assertionResults") ?? []];
    const message = textIn(file, "message");
    if (cases.length === 0 && textIn(file, "status") === "failed") return [{ name: path, file: path, status: "failed" as const, ...(message === undefined ? {} : { message }) }];
    return cases.map((one) => jsonCase(one, path));
  }));
}

function jsonCase(one: unknown, file: string): TestCase {
  const word = textIn(one, "status");
  const name = [...(listIn(one, "ancestorTitles") ?? []), textIn(one, "title") ?? ""].map(String).join(" > ");
  const message = (listIn(one, "failureMessages") ?? []).map(String)[0];
  const durationMs = at(one, "duration");
  return {
    name,
    file,
    status: word === "passed" ? "passed" : word === "failed" ? "failed" : "skipped",
    ...(typeof durationMs === "number" ? { durationMs } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function listIn(value: unknown, key: string): readonly unknown[] | undefined {
  const found = at(value, key);
  return Array.isArray(found) ? found : undefined;
}

function textIn(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === "string" ? found : undefined;
}

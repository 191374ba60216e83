/** What vitest prints. Pure. https://vitest.dev/guide/reporters */
import { summarised, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { countBefore, plainLines } from "./text-lines.ts";

const summaryLine = /^\s*Tests\s+(\d+ (?:failed|passed|skipped|todo).*)\(\d+\)$/;
const otherEnd = /^No test files found|^\s*Test Files\s+\d+ failed/;
const failureLine = /^\s*FAIL\s+(?:\|[^|]+\| )?(\S+)(?: > (.+?))?(?: \[ .* \])?$/;

/** Undefined when this is not vitest's output. */
export function vitestResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const summary = lines.map((line) => summaryLine.exec(line)?.[1]).findLast((found) => found !== undefined);
  const failures = failuresIn(lines);
  // A file that does not load has no tests, and may be the only thing that failed.
  const files = failures.filter(({ name, file }) => name === file).length;
  if (summary === undefined) return lines.some((line) => otherEnd.test(line)) ? summarised(failures, { failed: files }) : undefined;
  return summarised(failures, {
    passed: countBefore(summary, "passed"),
    failed: countBefore(summary, "failed") + files,
    skipped: countBefore(summary, "skipped") + countBefore(summary, "todo"),
  });
}

function failuresIn(lines: readonly string[]): readonly TestCase[] {
  const found = lines.flatMap((line, index): readonly TestCase[] => {
    const [, file, name] = failureLine.exec(line) ?? [];
    const message = lines.slice(index + 1).find((next) => next.trim() !== "" && !failureLine.test(next))?.trim();
    return file === undefined ? [] : [{ name: name ?? file, file, status: "failed", ...(message === undefined ? {} : { message }) }];
  });
  return [...new Map(found.map((one) => [`${one.file}\0${one.name}`, one])).values()];
}

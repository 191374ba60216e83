/** What pytest prints. Pure. https://docs.pytest.org/en/stable/how-to/output.html */
import { summarised, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { countBefore, plainLines } from "./text-lines.ts";

const summaryLine = /^=*\s*((?:\d+ (?:failed|passed|skipped|errors?|xfailed|xpassed|deselected|warnings?)(?:, )?)+) in [\d.]+s/;
const verboseLine = /^(\S+::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/;
const shortLine = /^(FAILED|ERROR) (.+?)(?: - (.*))?$/;

/** Undefined when this is not pytest's output. */
export function pytestResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const summary = lines.map((line) => summaryLine.exec(line)?.[1]).findLast((found) => found !== undefined);
  if (summary === undefined) return undefined;
  const failures = new Map(shortLines(lines).map((one) => [one.name, one]));
  const others = lines.flatMap(verboseCase).filter(({ name }) => !failures.has(name));
  return summarised([...failures.values(), ...others], {
    passed: countBefore(summary, "passed") + countBefore(summary, "xpassed"),
    failed: countBefore(summary, "failed") + countBefore(summary, "errors?"),
    skipped: countBefore(summary, "skipped") + countBefore(summary, "xfailed"),
  });
}

/** The lines of the short summary, which comes last and names every failure. */
function shortLines(lines: readonly string[]): readonly TestCase[] {
  const from = lines.findLastIndex((line) => line.includes("short test summary info"));
  if (from < 0) return [];
  return lines.slice(from).flatMap((line) => {
    const [, word, name, message] = shortLine.exec(line) ?? [];
    if (word === undefined || name === undefined) return [];
    return [{ name, status: "failed" as const, ...fileOf(name), ...(message === undefined ? {} : { message }) }];
  });
}

function verboseCase(line: string): readonly TestCase[] {
  const [, name, word] = verboseLine.exec(line) ?? [];
  if (name === undefined) return [];
  const status = word === "PASSED" || word === "XPASS" ? "passed" : word === "FAILED" || word === "ERROR" ? "failed" : "skipped";
  return [{ name, status, ...fileOf(name) }];
}

function fileOf(nodeId: string): Pick<TestCase, "file"> {
  return { file: nodeId.split("::")[0] ?? nodeId };
}

/** Results as JUnit XML, for CI servers and editors. Pure. */
import type { SuiteResults, TestCase } from "../../model/suite-results.ts";

export interface NamedResults extends SuiteResults {
  readonly name: string;
  readonly durationMs: number;
}

// Characters XML 1.0 cannot hold, not even escaped.
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** One `testsuite` each; numbers a summary told beyond the named cases stand in the attributes alone. */
export function junitXml(suites: readonly NamedResults[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.map(suiteXml).join("")}</testsuites>\n`;
}

function suiteXml({ name, counts, durationMs, cases }: NamedResults): string {
  const tests = counts.passed + counts.failed + counts.skipped;
  return `  <testsuite${attributes({ name, tests, failures: counts.failed, errors: 0, skipped: counts.skipped, time: seconds(durationMs) })}>\n${cases.map((one) => caseXml(one, name)).join("")}  </testsuite>\n`;
}

function caseXml({ name, status, file, durationMs, message = "" }: TestCase, suite: string): string {
  const head = `    <testcase${attributes({ classname: file ?? suite, name, ...(durationMs === undefined ? {} : { time: seconds(durationMs) }) })}`;
  if (status === "passed") return `${head}/>\n`;
  if (status === "skipped") return `${head}><skipped${message === "" ? "" : attributes({ message })}/></testcase>\n`;
  return `${head}><failure${attributes({ message: message.split("\n")[0] ?? "" })}>${escaped(message)}</failure></testcase>\n`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escaped(String(value))}"`).join("");
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function escaped(text: string): string {
  return text.replaceAll(forbidden, "").replaceAll(/[&<>"\n]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? "&#10;");
}

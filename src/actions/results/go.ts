/** What `go test` prints: its events with -json, its lines without. Pure. https://pkg.go.dev/cmd/test2json */
import { resultsOf, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { plainLines } from "./text-lines.ts";

interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Elapsed?: number;
  readonly Output?: string;
}

const statusOf: Readonly<Record<string, TestCase["status"]>> = { pass: "passed", fail: "failed", skip: "skipped", PASS: "passed", FAIL: "failed", SKIP: "skipped" };
const packageLine = /^(ok|FAIL|\?)\s*\t(\S+)(?:\t.*| \[.*\])?$/;
const caseLine = /^\s*--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)$/;

/** Undefined when this is not go's output. */
export function goResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const events = lines.flatMap(eventOf);
  return events.length > 0 ? eventResults(events) : lineResults(lines);
}

function eventOf(line: string): readonly GoEvent[] {
  if (!line.startsWith("{") || !line.includes('"Action"')) return [];
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isEvent(value: unknown): value is GoEvent {
  return typeof value === "object" && value !== null && "Action" in value && typeof value.Action === "string";
}

/** A package that fails without a test of it failing did not build, or panicked. */
function eventResults(events: readonly GoEvent[]): SuiteResults {
  const parents = new Set(events.flatMap(({ Package: name = "", Test: test }) => (test?.includes("/") === true ? [`${name}\0${test.slice(0, test.lastIndexOf("/"))}`] : [])));
  const cases = events.flatMap(({ Action: action, Package: file = "", Test: name, Elapsed: seconds }): readonly TestCase[] => {
    const status = statusOf[action];
    if (status === undefined || name === undefined || parents.has(`${file}\0${name}`)) return [];
    return [{ name, file, status, ...(seconds === undefined ? {} : { durationMs: Math.round(seconds * 1000) }), ...(status === "failed" ? messageOf(events, file, name) : {}) }];
  });
  const broken = events.filter((event) => event.Action === "fail" && event.Test === undefined && !cases.some((one) => one.file === event.Package && one.status === "failed"));
  return resultsOf([...cases, ...broken.map(({ Package: file = "package" }): TestCase => ({ name: file, file, status: "failed", ...messageOf(events, file, undefined) }))]);
}

function messageOf(events: readonly GoEvent[], file: string, test: string | undefined): Pick<TestCase, "message"> {
  const said = events.filter((event) => event.Action === "output" && event.Package === file && event.Test === test).map(({ Output: text = "" }) => text);
  const message = said.filter((text) => !/^\s*(?:===|---) |^(?:FAIL|ok)\b/.test(text)).join("").trim();
  return message === "" ? {} : { message };
}

/** Lines of cases stand before that of their package. */
function lineResults(lines: readonly string[]): SuiteResults | undefined {
  const cases: TestCase[] = [];
  let pending: TestCase[] = [];
  let isGo = false;
  for (const line of lines) {
    const [, word, name, seconds] = caseLine.exec(line) ?? [];
    const status = statusOf[word ?? ""];
    if (name !== undefined && status !== undefined) pending.push({ name, status, durationMs: Math.round(Number(seconds) * 1000) });
    const [, outcome, file] = packageLine.exec(line) ?? [];
    if (file === undefined) continue;
    isGo = true;
    const broken: readonly TestCase[] = outcome === "FAIL" && !pending.some((one) => one.status === "failed") ? [{ name: file, status: "failed" }] : [];
    cases.push(...[...leaves(pending), ...broken].map((one) => ({ ...one, file })));
    pending = [];
  }
  return isGo ? resultsOf(cases) : undefined;
}

function leaves(cases: readonly TestCase[]): readonly TestCase[] {
  return cases.filter(({ name }) => !cases.some((other) => other.name.startsWith(`${name}/`)));
}

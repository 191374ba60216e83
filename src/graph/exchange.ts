/** What a unit writes for others while it runs: facts, results and further units. Pure. */
import { unitStatuses, type ResultRecord } from "./unit.ts";

/** What could be read, and what is wrong with the rest. */
export interface Lines<T> {
  readonly values: readonly T[];
  readonly problems: readonly string[];
}

/** Lines `KEY=VALUE`, or objects of JSON; the last value of a key counts. */
export function factsIn(text: string): { readonly facts: Readonly<Record<string, string>>; readonly problems: readonly string[] } {
  const read = linesOf(text, "$ENVCTL_FACTS", (line) => {
    if (line.startsWith("{")) return objectIn(line);
    const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    return key === undefined ? undefined : { [key]: value };
  }, "is neither KEY=VALUE nor an object");
  const pairs = read.values.flatMap((one) => Object.entries(one));
  return { facts: Object.fromEntries(pairs.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)])), problems: read.problems };
}

/** Objects `{"name":…,"status":…,"message":…}`, one a line. */
export function recordsIn(text: string): Lines<ResultRecord> {
  return linesOf(text, "$ENVCTL_RESULTS", (line) => {
    const { name, status, message } = objectIn(line) ?? {};
    const known = unitStatuses.find((one) => one === status);
    if (known === undefined || typeof name !== "string") return undefined;
    return { name, status: known, ...(typeof message === "string" ? { message } : {}) };
  }, `is no {"name":…,"status":…} with one of ${unitStatuses.join(", ")}`);
}

/** Objects `{"unit":{…}}`, one a line. */
export function emittedIn(text: string): Lines<unknown> {
  return linesOf(text, "$ENVCTL_EMIT", (line) => objectIn(line)?.["unit"], 'is no {"unit":{…}}');
}

function linesOf<T>(text: string, file: string, read: (line: string) => T | undefined, wrong: string): Lines<T> {
  const values: T[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = read(line.trim());
    if (value === undefined) problems.push(`line ${index + 1} of ${file} ${wrong}: ${line.slice(0, 100)}`);
    else values.push(value);
  }
  return { values, problems };
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

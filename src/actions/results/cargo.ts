/** What `cargo test` prints: one list and one summary for every binary. Pure. https://doc.rust-lang.org/cargo/commands/cargo-test.html */
import { summarised, totalCounts, type SuiteResults, type TestCase } from "../../model/suite-results.ts";
import { countBefore, plainLines } from "./text-lines.ts";

const summaryLine = /^test result: (?:ok|FAILED)\. (.*)$/;
const caseLine = /^test (.+?) \.\.\. (ok|FAILED|ignored)/;
const panicLine = /^thread '(.+?)'.* panicked at /;
const statusOf: Readonly<Record<string, TestCase["status"]>> = { ok: "passed", FAILED: "failed", ignored: "skipped" };

/** Undefined when this is not cargo's output. */
export function cargoResults(output: string): SuiteResults | undefined {
  const lines = plainLines(output);
  const summaries = lines.flatMap((line) => summaryLine.exec(line)?.[1] ?? []);
  if (summaries.length === 0) return lines.some((line) => line.startsWith("error: could not compile")) ? summarised([{ name: "compilation", status: "failed" }], {}) : undefined;
  const messages = panics(lines);
  const cases = lines.flatMap((line): readonly TestCase[] => {
    const [, name, word] = caseLine.exec(line) ?? [];
    const status = statusOf[word ?? ""];
    const message = name === undefined ? undefined : messages.get(name);
    return name === undefined || status === undefined ? [] : [{ name, status, ...(status !== "failed" || message === undefined ? {} : { message }) }];
  });
  return summarised(cases, totalCounts(summaries.map((text) => ({ passed: countBefore(text, "passed"), failed: countBefore(text, "failed"), skipped: countBefore(text, "ignored") }))));
}

/** Rust since 1.73 puts the words on the line after the place. */
function panics(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(lines.flatMap((line, index) => {
    const name = panicLine.exec(line)?.[1];
    return name === undefined ? [] : [[name, /panicked at '(.*)',/.exec(line)?.[1] ?? lines[index + 1] ?? ""] as const];
  }));
}

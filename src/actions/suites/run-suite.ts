/** Runs one test suite and reads what came of it. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../host/files.ts";
import { runLogged, type LoggedResult } from "../../host/run-logged.ts";
import type { CommandText } from "../../model/config.ts";
import type { SuiteResults, SuiteRunner, TestCase } from "../../model/suite-results.ts";
import { argvOf } from "../../model/template.ts";
import { exitText } from "../../model/unit.ts";
import { isOutOfTime, makePlace, type ActionPlace } from "../place.ts";
import { junitResults } from "../results/junit-read.ts";
import { decidingText, scriptOf, withAddition } from "./invocation.ts";
import { readAny, runnerOf, type RunnerRow } from "./runners.ts";

export interface SuiteOrder {
  readonly name: string;
  readonly command: CommandText;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** By id; found out unless given. */
  readonly runner?: string;
  /** A file the command writes itself, absolute. */
  readonly report?: string;
  /** Only these. */
  readonly only?: readonly TestCase[];
}

/** `broken`: it ended badly without a test failing. */
export type SuiteStatus = "passed" | "failed" | "broken" | "timed_out" | "cancelled";

export interface SuiteRun extends SuiteResults {
  readonly name: string;
  readonly command: readonly string[];
  readonly directory: string;
  readonly status: SuiteStatus;
  /** Undefined where nobody could read the output. */
  readonly runner: SuiteRunner | undefined;
  readonly exitCode: number | undefined;
  readonly durationMs: number;
  readonly logPath: string;
  /** False where only failures were wished for, but the runner had to be given everything. */
  readonly isOnly: boolean;
  /** Why it is not `passed`, beyond the failed tests. */
  readonly reason?: string;
}

/** Never throws for what the suite does. */
export async function runSuite(order: SuiteOrder, place: ActionPlace, now: () => number): Promise<SuiteRun> {
  makePlace(place.artifacts);
  const logPath = join(place.artifacts, `${fileName(order.name)}.log`);
  const begun = now();
  const script = scriptText(order);
  const row = runnerOf(decidingText(order.command, script), order.runner);
  const way = invocation(order, script, row, join(place.artifacts, `${fileName(order.name)}.report`));
  if (way.reportPath !== undefined) rmSync(way.reportPath, { force: true });
  const command = argvOf(way.command);
  const result = await runLogged({ command, directory: order.directory, environment: { ...order.environment, ...way.environment }, logPath, timeoutMs: place.timeoutMs, killAfterMs: 2000, endsWithUs: true, signal: place.signal });
  const read = resultsIn(order, row, way.reportPath, logPath);
  const none: SuiteResults = { cases: [], counts: { passed: 0, failed: 0, skipped: 0 } };
  return { name: order.name, command, directory: order.directory, logPath, isOnly: way.isOnly, durationMs: Math.round(now() - begun), runner: read?.runner, ...none, ...read?.results, ...outcomeOf(result, read?.results, place.signal) };
}

interface Way {
  readonly command: CommandText;
  readonly environment: Readonly<Record<string, string>>;
  readonly reportPath: string | undefined;
  readonly isOnly: boolean;
}

/** Failures alone first, then a report: the command is right without either. */
function invocation(order: SuiteOrder, script: string | undefined, row: RunnerRow | undefined, ownReport: string): Way {
  const wishes = order.only === undefined || order.only.length === 0 || row?.notWith?.test(` ${decidingText(order.command, script)} `) === true ? undefined : row?.only?.(order.only);
  const fewer = wishes === undefined ? undefined : withAddition(order.command, script, wishes);
  const command = fewer ?? order.command;
  const isOnly = fewer !== undefined;
  if (order.report !== undefined || row?.report === undefined) return { command, environment: {}, reportPath: order.report, isOnly };
  const environment = row.report.environment?.(ownReport, order.environment) ?? {};
  const addition = row.report.addition?.(ownReport);
  const reporting = addition === undefined ? undefined : withAddition(command, script, addition);
  const isReported = reporting !== undefined || row.report.environment !== undefined;
  return { command: reporting ?? command, environment, reportPath: isReported ? ownReport : undefined, isOnly };
}

/** A report of its own is JUnit XML, whatever runs. */
function resultsIn(order: SuiteOrder, row: RunnerRow | undefined, reportPath: string | undefined, logPath: string): { readonly runner?: SuiteRunner; readonly results: SuiteResults } | undefined {
  const report = reportPath === undefined ? undefined : textOf(reportPath);
  const output = textOf(logPath) ?? "";
  const reader = order.report === undefined ? row?.report?.read : junitResults;
  const results = (report === undefined ? undefined : reader?.(report)) ?? row?.read(output);
  return results === undefined ? readAny(output) : { ...(row === undefined ? {} : { runner: row.id }), results };
}

function outcomeOf(result: LoggedResult, results: SuiteResults | undefined, signal: AbortSignal): Pick<SuiteRun, "status" | "exitCode" | "reason"> {
  if ("trouble" in result) {
    if (result.trouble === "timeout" || isOutOfTime(signal)) return { status: "timed_out", exitCode: undefined, reason: "it took too long and was ended" };
    if (result.trouble === "cancelled") return { status: "cancelled", exitCode: undefined, reason: "it was interrupted" };
    return { status: "broken", exitCode: undefined, reason: `it could not be run: ${result.trouble}` };
  }
  const exitCode = result.exit.kind === "code" ? result.exit.code : undefined;
  const failed = results?.counts.failed ?? 0;
  if (failed > 0) return { status: "failed", exitCode };
  if (exitCode === 0) return { status: "passed", exitCode };
  return { status: results === undefined ? "failed" : "broken", exitCode, reason: `it ended with ${exitText(result.exit)}${results === undefined ? "" : ", though no test failed"}` };
}

function scriptText({ command, directory }: SuiteOrder): string | undefined {
  const name = scriptOf(command);
  const scripts = name === undefined ? undefined : at(readJson(join(directory, "package.json")), "scripts");
  const text = name === undefined ? undefined : at(scripts, name);
  return typeof text === "string" ? text : undefined;
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, "-");
}

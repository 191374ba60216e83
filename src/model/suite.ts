/** Suites of scripts: what a file of one says, and what came of a script. Pure. */
import type { CommandText } from "./config.ts";
import type { Place } from "./failure.ts";

/** A script of a suite as its file names it. */
export interface ScriptEntry {
  readonly name: string;
  /** Instead of a file of that name. */
  readonly command?: CommandText;
  readonly timeoutMs?: number;
  readonly turn: ScriptTurn;
  readonly place: Place;
}

/** When a script may run. */
export interface ScriptTurn {
  /** Scripts that must have passed before it begins. */
  readonly requires: readonly string[];
  /** Locks it shares with others that use them. */
  readonly uses: readonly string[];
  /** Locks it has alone while it runs. */
  readonly claims: readonly string[];
}

export const anyTurn: ScriptTurn = { requires: [], uses: [], claims: [] };

/** Script → why. */
export type ScriptNotes = Readonly<Record<string, string>>;

/** What is expected of scripts. */
export interface Expectations {
  readonly skip: ScriptNotes;
  readonly expectedFailures: ScriptNotes;
}

/** A suite as written; every variable of the caller is in its place. */
export interface SuiteFile extends Expectations {
  readonly name: string;
  /** Absent: every one there is. */
  readonly scripts?: readonly ScriptEntry[];
  /** Of the throw-away project. Absent: what a worktree starts; empty: none, and so no project. */
  readonly services?: readonly string[];
  /** Of scripts and services. */
  readonly environment: Readonly<Record<string, string>>;
  /** Requirement → what its data begin with: `none`, `main`, the name of a snapshot; `external` uses one of somebody else's. */
  readonly databases: Readonly<Record<string, string>>;
  /** Service or requirement → base port. */
  readonly ports: Readonly<Record<string, number>>;
  readonly logLevel?: string;
  /** Where outputs and logs go, relative to the project's root. */
  readonly logDirectory?: string;
  /** Where scripts run, relative to the project's root. */
  readonly directory: string;
  /** For each script. */
  readonly timeoutMs: number;
  /** So many scripts at once. */
  readonly workers: number;
}

export const scriptStatuses = ["PASS", "FAIL", "SKIP", "XFAIL", "XPASS"] as const;
export type ScriptStatus = (typeof scriptStatuses)[number];

/** What came of one script. */
export interface ScriptResult {
  readonly name: string;
  readonly status: ScriptStatus;
  readonly durationMs: number;
  /** Undefined where it was not run, could not be run or was ended. */
  readonly exitCode?: number;
  /** Why it is not a plain PASS. */
  readonly reason?: string;
  readonly logPath?: string;
}

/** The exit code by which a script says that it does not apply here: as with Automake. */
export const skipExitCode = 77;

/** How a script ended; `trouble` says why it has no exit code. */
export type ScriptEnd = { readonly exitCode: number } | { readonly trouble: string };

/** The verdict over an end; an expected failure that does not come is a surprise, and counts as one. */
export function verdictOf(end: ScriptEnd, expectedBecause: string | undefined): Pick<ScriptResult, "status" | "exitCode" | "reason"> {
  const code = "exitCode" in end ? { exitCode: end.exitCode } : {};
  if ("exitCode" in end && end.exitCode === skipExitCode) return { status: "SKIP", ...code, reason: `it says so itself, by exit code ${skipExitCode}` };
  const isPassed = "exitCode" in end && end.exitCode === 0;
  const why = "trouble" in end ? end.trouble : `exit code ${end.exitCode}`;
  if (expectedBecause === undefined) return isPassed ? { status: "PASS", ...code } : { status: "FAIL", ...code, reason: why };
  const expected = expectedBecause === "" ? "expected to fail" : `expected to fail: ${expectedBecause}`;
  return isPassed ? { status: "XPASS", ...code, reason: `it passed, though ${expected}` } : { status: "XFAIL", ...code, reason: `${why}; ${expected}` };
}

/** False when one failed, or passed that was expected to fail: then the list of those is not true any more. */
export function isGood(results: readonly Pick<ScriptResult, "status">[]): boolean {
  return results.every(({ status }) => status !== "FAIL" && status !== "XPASS");
}

export type StatusCounts = Readonly<Record<ScriptStatus, number>>;

export function countsOf(results: readonly Pick<ScriptResult, "status">[]): StatusCounts {
  const count = (status: ScriptStatus): number => results.filter((one) => one.status === status).length;
  return { PASS: count("PASS"), FAIL: count("FAIL"), SKIP: count("SKIP"), XFAIL: count("XFAIL"), XPASS: count("XPASS") };
}

/** Everything the dashboard shows, as the outside gives it. Plain data: nothing in here knows where it comes from. */
import type { JobRow } from "../../contracts/job-reports.ts";
import type { StatusReport } from "../../contracts/reports.ts";
import type { UnitRow } from "../../contracts/unit-row.ts";
import type { WaterfallRow } from "../waterfall.ts";

/** A command of the table, as far as a person can call it from here. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly about: string;
  /** It understands `--project` and `--service`. */
  readonly takesTargets: boolean;
  /** Whatever unit is chosen, it works on the whole project. */
  readonly isAboutProjects?: boolean;
  /** What its first word is: `UNIT`, `PROJECT`, `SHELL`. */
  readonly argument?: string;
  readonly needsArgument: boolean;
  /** It cannot do with one word. */
  readonly needsSeveral?: boolean;
}

/** What git says about a checkout. */
export interface GitSummary {
  /** Undefined when HEAD is detached. */
  readonly branch?: string;
  /** The first characters of the commit. */
  readonly commit?: string;
  readonly ahead: number;
  readonly behind: number;
  /** Files that differ from the commit, new ones included. */
  readonly changed: number;
}

/** How the last test run of a project ended. */
export interface TestResult {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly at: string;
  /** Where the run left its logs and reports. */
  readonly directory: string;
  /** Failed tests, and suites that ended otherwise. */
  readonly troubles: readonly string[];
}

export type LogLevel = "error" | "warning";

/** A line of a log, from byte `start` to `end`; unit and end name it. */
export interface ShownLine {
  readonly unitId: string;
  readonly start: number;
  readonly end: number;
  readonly atMs: number;
  /** As written, colours included. */
  readonly text: string;
  readonly level?: LogLevel;
}

/** The lines of a log that are on the screen. */
export interface LogWindow {
  readonly lines: readonly ShownLine[];
  /** How far into the logs the last line is, 0 to 1. */
  readonly share: number;
  readonly sizeBytes: number;
  /** Work that is not over, such as a search. */
  readonly busy?: string;
  /** Why there are no lines. */
  readonly trouble?: string;
}

/** A sentence; `depth` says what it belongs to. */
export interface Reason {
  readonly text: string;
  readonly depth: number;
}

/** Everything about one unit. */
export interface UnitDetail {
  readonly unitId: string;
  readonly reasons: readonly Reason[];
  /** Secrets are hidden. */
  readonly env: Readonly<Record<string, string>>;
  readonly probes: readonly Note[];
  readonly restarts: readonly Note[];
  readonly events: readonly Note[];
}

export interface Note {
  readonly at: string;
  readonly mark: string;
  readonly text: string;
}

/** How long a service took to answer a GET. */
export interface Latency {
  readonly path: string;
  readonly ms?: number;
  readonly status?: number;
  readonly trouble?: string;
}

/** `starting`: somebody asked for it. `never`: nothing runs that would need one. */
export type DaemonLink = "live" | "gone" | "starting" | "never";

export interface World {
  readonly nowMs: number;
  readonly report: StatusReport;
  readonly link: DaemonLink;
  readonly git: Readonly<Record<string, GitSummary>>;
  readonly tests: Readonly<Record<string, TestResult>>;
  /** Share of healthy units of a project over time, oldest first. */
  readonly health: Readonly<Record<string, readonly number[]>>;
  readonly waterfall: readonly WaterfallRow[];
  readonly log: LogWindow;
  readonly detail: UnitDetail | undefined;
  readonly latencies: Readonly<Record<string, Latency>>;
  /** Last lines of units that are compared. */
  readonly tails: Readonly<Record<string, readonly ShownLine[]>>;
  /** Those whose result was not handed out: what runs, what waits, then what ended last. */
  readonly jobs: readonly JobRow[];
  /** The end of what the chosen job wrote. */
  readonly jobLines: readonly ShownLine[];
  readonly commands: readonly CommandEntry[];
  /** How far long work is, in words, by the unit it is done for. */
  readonly progress: Readonly<Record<string, string>>;
  /** What is under way, in words. */
  readonly work: readonly string[];
}

/** What is under way, with the progress of what has no row of its own. */
export function underWay({ work, progress, report }: Pick<World, "work" | "progress" | "report">): readonly string[] {
  const known = new Set(unitsOf({ report }).map((unit) => unit.unit_id));
  return [...work, ...Object.entries(progress).flatMap(([unitId, words]) => (known.has(unitId) ? [] : [unitId === "" ? words : `${unitId}: ${words}`]))];
}

/** Every unit, in the order of the run. */
export function unitsOf(world: Pick<World, "report">): readonly UnitRow[] {
  return world.report.projects.flatMap((project) => project.units);
}

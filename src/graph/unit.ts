/** Words of a graph: its units, and what came of them. */
import type { Place } from "../model/failure.ts";
import type { Exit } from "../model/unit.ts";
import type { Task } from "../schedule/task.ts";

/** Conditions of a unit; every one that is given must hold. */
export interface When {
  /** Platforms, as Node names them: linux, darwin. */
  readonly os?: readonly string[];
  /** Variables of the caller that are set, `NAME`, or have a value, `NAME=VALUE`. */
  readonly env?: readonly string[];
  /** Words of which the run has one, by `--tag`. */
  readonly tag?: readonly string[];
  /** Globs of the project: a file that fits has changed since the unit last passed. */
  readonly changed?: readonly string[];
}

/** A program that runs once, and what it needs before and gives afterwards. */
export interface GraphUnit extends Task {
  readonly command: readonly string[];
  readonly directory: string;
  /** The file that it is: its content is an input. */
  readonly file?: string;
  /** Whose variables it runs with. */
  readonly service?: string;
  /** The parameters it takes, and their values unless the run says otherwise. */
  readonly params: Readonly<Record<string, string>>;
  /** Globs of the project: what decides, besides itself, whether it would do the same again. */
  readonly inputs: readonly string[];
  readonly when: When;
  readonly timeoutMs?: number;
  /** Without a word in its log for so long it counts as hanging. */
  readonly idleTimeoutMs?: number;
  /** So much it may write to its log; as much as a job may unless given. */
  readonly maxOutputBytes?: number;
  /** Exit codes of controlled failures. Without them, and with one of the two below, every failure is one. */
  readonly softExit: readonly number[];
  /** Of a controlled failure: those that require it start all the same. */
  readonly depsOk?: boolean;
  /** Of a controlled failure: its locks are free again. */
  readonly locksOk?: boolean;
  /** Where it is written. */
  readonly place: Place;
}

/** From the best to the worst. */
export const unitStatuses = ["pass", "skip", "warn", "fail", "timeout", "error"] as const;
export type UnitStatus = (typeof unitStatuses)[number];

/** One of the results of a unit, which may have several. */
export interface ResultRecord {
  readonly name: string;
  readonly status: UnitStatus;
  readonly message?: string;
}

/** What came of a unit. */
export interface UnitResult {
  readonly status: UnitStatus;
  /** Why it is not a pass. */
  readonly reason?: string;
  /** Absent when it never ran. */
  readonly startedAt?: string;
  readonly endedAt: string;
  readonly exit?: Exit;
  /** Those it wrote down, then its own. */
  readonly records: readonly ResultRecord[];
  readonly facts: Readonly<Record<string, string>>;
  /** Of everything it was made from; the same one would do the same again. */
  readonly hash: string;
}

/** Whether it need not run again. */
export function isDone({ status }: Pick<UnitResult, "status">): boolean {
  return status === "pass" || status === "warn";
}

/** Whether a run with it is a failed one. */
export function isFailed({ status }: Pick<UnitResult, "status">): boolean {
  return status === "fail" || status === "timeout" || status === "error";
}

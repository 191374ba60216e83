/** Words of the scheduler: what a task needs, holds and gives, and what became of it. */

/** One piece of work. Names are free words; its own id is one that it always provides. */
export interface Task {
  readonly id: string;
  /** Names that must have been given before it starts. */
  readonly requires: readonly string[];
  /** Names it gives when it succeeds. */
  readonly provides: readonly string[];
  /** Locks it shares with other users while it runs. */
  readonly uses: readonly string[];
  /** Locks it has alone while it runs. */
  readonly claims: readonly string[];
  /** Lower starts first; equal ones in the order they were added. */
  readonly priority: number;
  /** Absent: the pool `default`. */
  readonly pool?: string;
  /** Tasks of different groups never run at the same time. */
  readonly group?: string;
}

/** How many tasks of a pool, and of a group, may run at once. What is not named has no limit of its own. */
export interface Capacity {
  readonly pools: Readonly<Record<string, number>>;
  readonly groups?: Readonly<Record<string, number>>;
}

/** What a task that ended leaves: success gives and releases, a hard failure does neither, a controlled one may do either. */
export interface Outcome {
  /** Those that require what it provides may start. */
  readonly gives: boolean;
  /** Its locks are free again; else whoever waits for them is skipped. */
  readonly releases: boolean;
}

/** Why a task will never start. */
export type SkipReason =
  | { readonly kind: "requirement"; readonly name: string; /** The last provider that did not give it; absent where nobody provides it. */ readonly failed?: string }
  | { readonly kind: "lock"; readonly name: string; readonly holder: string };

export interface Skipped {
  readonly id: string;
  readonly because: SkipReason;
}

export const success: Outcome = { gives: true, releases: true };
export const hardFailure: Outcome = { gives: false, releases: false };
export const defaultPool = "default";

/** How many may run at once in a pool or a group of that name; any number where nobody says. */
export function roomOf(rooms: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(rooms, name) ? (rooms[name] ?? Infinity) : Infinity;
}

/** What is watched about a running unit besides its end: liveness, limits, its group, who is told. Plain data. */
import type { ProbeConfig } from "./config.ts";
import type { Probe, UnitId } from "./unit.ts";

export const groupStrategies = ["one_for_one", "one_for_all", "rest_for_one"] as const;
/**
 * What the restart of one member means for the others of its group (names of Erlang/OTP): nothing; all of them restart
 * with it; those that stand after it in the group do.
 */
export type GroupStrategy = (typeof groupStrategies)[number];

/** The restart group a unit belongs to. */
export interface RestartGroup {
  readonly name: string;
  readonly strategy: GroupStrategy;
  /** In the group's order, this unit included. */
  readonly members: readonly UnitId[];
}

/** How a ready unit is watched. Times are milliseconds. */
export interface Liveness<P = Probe> {
  readonly probe: P;
  readonly intervalMs: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** So many failures in a row make it unhealthy. */
  readonly failures: number;
  /** Whether an unhealthy unit is ended and restarted as its policy says. */
  readonly restart: boolean;
}

/** `live:` as configured. */
export type LivenessConfig = Liveness<ProbeConfig>;

export const limitActions = ["warn", "restart", "kill"] as const;
export type LimitAction = (typeof limitActions)[number];

/** What the whole process tree of a unit may use. */
export interface Limits {
  readonly memoryBytes?: number;
  /** Share of one processor core: 1.5 is one and a half. */
  readonly cpuShare?: number;
  /** Open file descriptors. */
  readonly fds?: number;
  /** Established TCP connections. */
  readonly connections?: number;
  readonly onLimit: LimitAction;
}

export const limitNames = ["memory", "cpu", "fds", "connections"] as const;
export type LimitName = (typeof limitNames)[number];

/** Log files larger than `maxBytes` are rotated; `keep` rotated pieces are kept. */
export interface LogKeeping {
  readonly maxBytes: number;
  readonly keep: number;
}

/** Transitions somebody may want to be told of, by the event that records each. */
export const hookEvents = {
  starting: "unit_starting",
  started: "unit_started",
  ready: "unit_ready",
  unhealthy: "unit_unhealthy",
  recovered: "unit_recovered",
  crashed: "unit_crashed",
  restarting: "unit_restarting",
  stopping: "unit_stopping",
  stopped: "unit_stopped",
  failed: "unit_failed",
  adopted: "unit_adopted",
  limit: "unit_limit",
} as const;
export type TransitionName = keyof typeof hookEvents;
export const transitionNames = Object.keys(hookEvents) as readonly TransitionName[];

/** Told of outside of any run, by whoever made the worktree. */
export const worktreeHook = "worktree_created";
export type HookName = TransitionName | typeof worktreeHook;
export const hookNames: readonly HookName[] = [...transitionNames, worktreeHook];

/** Argvs by the name of what happened: all of them are told. */
export type Hooks = Readonly<Partial<Record<HookName, readonly (readonly string[])[]>>>;

/** One command and what it is told of. */
export interface HookCommand {
  readonly on: HookName;
  readonly command: readonly string[];
}

const hookOfEvent: Readonly<Record<string, TransitionName>> = Object.fromEntries(transitionNames.map((name) => [hookEvents[name], name]));

/** The name of the transition an event records, if it records one. */
export function hookNameOf(eventType: string): TransitionName | undefined {
  return Object.hasOwn(hookOfEvent, eventType) ? hookOfEvent[eventType] : undefined;
}

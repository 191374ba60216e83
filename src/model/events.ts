/** The one event vocabulary. Everything that happens to a run is one of these, in order, in `events.jsonl`. */
import type { Failure, StartClass } from "./failure.ts";
import type { IntentKind } from "./intent.ts";
import type { PlannedProject, PortMove } from "./plan.ts";
import type { LimitAction, LimitName } from "./supervision.ts";
import type { Exit, Handle, UnitId, UnitSpec } from "./unit.ts";

export const startSpans = ["fetch", "image", "data directory", "launch", "ready", "bootstrap"] as const;
/** Parts of a requirement's start, in their order. */
export type StartSpan = (typeof startSpans)[number];

export type EventBody =
  /** A run begins: the first event of its log. */
  | { readonly type: "run_started"; readonly schemaVersion: typeof eventSchemaVersion; readonly mode: "main" | "trees"; readonly scope: string; readonly repository: string }
  /** An intent was accepted and planned. */
  | { readonly type: "intent_planned"; readonly intentId: string; readonly intent: IntentKind; readonly planHash: string; readonly counts: Readonly<Record<string, number>> }
  /** An intent ended, well or not. */
  | { readonly type: "intent_finished"; readonly intentId: string; readonly intent: IntentKind; readonly ok: boolean; readonly durationMs: number }
  /** A project takes part in the run. */
  | { readonly type: "project_joined"; readonly project: PlannedProject }
  /** A unit entered the plan, or its specification changed. It is wanted from here on. `isAutomatic`: nobody asked, as in a restart after a crash. `environmentId`: of who asked, where the unit runs on as it is. */
  | { readonly type: "unit_planned"; readonly unitId: UnitId; readonly spec: UnitSpec; readonly because: string; readonly isAutomatic: boolean; readonly environmentId?: string }
  /** A requested port was taken; the next free one is used. */
  | { readonly type: "port_moved"; readonly unitId: UnitId; readonly move: PortMove }
  /** A prepare step runs. `lastMs`: so long it took the last time it was not skipped. */
  | { readonly type: "unit_preparing"; readonly unitId: UnitId; readonly step: string; readonly lastMs?: number }
  /** A prepare step is done; `skipped` when its inputs had not changed. */
  | { readonly type: "unit_prepared"; readonly unitId: UnitId; readonly step: string; readonly inputsHash: string; readonly skipped: boolean; readonly durationMs: number }
  /** Progress of long work such as a download; kept out of the log, sent to watchers only. */
  | { readonly type: "progress"; readonly unitId?: UnitId; readonly text: string; readonly done?: number; readonly total?: number }
  /** Right before the spawn. `mark` is found in the environment of every process of the unit. */
  | { readonly type: "unit_starting"; readonly unitId: UnitId; readonly mark: string; readonly logPath: string; readonly environmentId: string }
  /** Its process, container or module is there; whether it serves is not known yet. */
  | { readonly type: "unit_started"; readonly unitId: UnitId; readonly handle: Handle }
  /** It serves, and `evidence` says what showed it. */
  | { readonly type: "unit_ready"; readonly unitId: UnitId; readonly handle: Handle; readonly startupMs: number; readonly evidence: string }
  /** A living unit was taken over by a new daemon, unchanged; one that was about to begin anew serves again. */
  | { readonly type: "unit_adopted"; readonly unitId: UnitId; readonly handle: Handle }
  /** A ready unit did not answer its liveness probe for too long. It runs on, unless its policy ends it. */
  | { readonly type: "unit_unhealthy"; readonly unitId: UnitId; readonly handle: Handle; readonly failure: Failure }
  /** An unhealthy unit answers again. */
  | { readonly type: "unit_recovered"; readonly unitId: UnitId; readonly handle: Handle; readonly evidence: string }
  /** The process tree of a unit uses more than it may; told once until it is below again. Bytes, a share of a core, or a number. */
  | { readonly type: "unit_limit"; readonly unitId: UnitId; readonly limit: LimitName; readonly measured: number; readonly allowed: number; readonly action: LimitAction }
  /** A unit ended though nobody asked for it: by itself, or since it was unhealthy or over a limit. */
  | { readonly type: "unit_crashed"; readonly unitId: UnitId; readonly exit: Exit; readonly failure: Failure }
  /**
   * A unit that ended by itself will be started again at `dueAt`, and those `alongside` it restarted. `attempt` 0: it ended
   * with the daemon it ran inside, which does not count.
   */
  | { readonly type: "unit_restarting"; readonly unitId: UnitId; readonly attempt: number; readonly delayMs: number; readonly dueAt: string; readonly because: Failure; readonly alongside: readonly UnitId[] }
  /** A member of a restart group is given up; `ended` are the members that are ended for it. */
  | { readonly type: "group_failed"; readonly unitId: UnitId; readonly group: string; readonly failure: Failure; readonly ended: readonly UnitId[] }
  /** A part of a requirement's start is over: what took how long. */
  | { readonly type: "unit_span"; readonly unitId: UnitId; readonly span: StartSpan; readonly durationMs: number }
  /** A requirement did not start, and is tried again: attempt 2 of 3, for example. */
  | { readonly type: "requirement_retry"; readonly unitId: UnitId; readonly startClass: StartClass; readonly attempt: number; readonly of: number; readonly because: string }
  /** A unit could not be started or did not get ready. `handle` while something of it may live. */
  | { readonly type: "unit_failed"; readonly unitId: UnitId; readonly failure: Failure; readonly exit?: Exit; readonly handle?: Handle }
  /** A unit is not started since something it depends on failed. */
  | { readonly type: "unit_blocked"; readonly unitId: UnitId; readonly failure: Failure }
  /** A unit is asked to end; with `isWanted: false` for good, so that whoever finds it half ended finishes the stop. */
  | { readonly type: "unit_stopping"; readonly unitId: UnitId; readonly because: string; readonly isWanted?: false }
  /** A unit ended on request; `killed` lists the pids that needed SIGKILL. It is no longer wanted. */
  | { readonly type: "unit_stopped"; readonly unitId: UnitId; readonly exit: Exit; readonly killed: readonly number[] }
  /** A unit's files were removed from the run (its project or its configuration is gone). */
  | { readonly type: "unit_forgotten"; readonly unitId: UnitId; readonly because: string }
  /** The oldest bytes of a unit's log were moved to a file of their own; `droppedBytes` of still older ones were removed. */
  | { readonly type: "log_rotated"; readonly unitId: UnitId; readonly fromByte: number; readonly toByte: number; readonly droppedBytes: number }
  /** A unit's log became shorter than what was known of it: somebody emptied it. */
  | { readonly type: "log_truncated"; readonly unitId: UnitId; readonly sizeBytes: number; readonly knownBytes: number }
  /** The configuration now differs from what runs: unit → what of it; empty when it agrees again. `problem` when it cannot be read. */
  | { readonly type: "configuration_differs"; readonly units: Readonly<Record<UnitId, string>>; readonly problem?: Failure }
  /** Every unit of the run is down on purpose: the run ends. */
  | { readonly type: "run_stopped" }
  /** A daemon took charge of the run. */
  | { readonly type: "daemon_started"; readonly pid: number; readonly version: string }
  /** The daemon left; what runs goes on without it. */
  | { readonly type: "daemon_stopped"; readonly pid: number; readonly because: string }
  /** Something is not as it should be, yet the run goes on. */
  | { readonly type: "warning"; readonly code: string; readonly message: string; readonly unitId?: UnitId };

export type EventType = EventBody["type"];

const everyType: Readonly<Record<EventType, true>> = {
  run_started: true, intent_planned: true, intent_finished: true, project_joined: true, unit_planned: true, port_moved: true, unit_preparing: true,
  unit_prepared: true, progress: true, unit_starting: true, unit_started: true, unit_ready: true, unit_adopted: true, unit_unhealthy: true,
  unit_recovered: true, unit_limit: true, unit_crashed: true, unit_restarting: true, group_failed: true, unit_span: true, requirement_retry: true, unit_failed: true, unit_blocked: true,
  unit_stopping: true, unit_stopped: true, unit_forgotten: true, log_rotated: true, log_truncated: true, configuration_differs: true,
  run_stopped: true, daemon_started: true, daemon_stopped: true, warning: true,
};
/** Every type there is, for whoever names one in words. */
export const eventTypes: readonly string[] = Object.keys(everyType);

/** An event as stored: its body plus order, time and run. */
export type Event = EventBody & {
  /** 1, 2, 3 … without gaps inside a run; 0 for events that are not stored. */
  readonly seq: number;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  readonly runId: string;
  /** Recorded together with the event that follows: without that one it does not count. */
  readonly isContinued?: true;
};

/** Version of the stored form of an event. */
export const eventSchemaVersion = 1;

/** The state of a run is the fold of its events, and nothing else. */
import type { Event } from "./events.ts";
import type { Failure } from "./failure.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { handleOf } from "./lifecycle.ts";
import type { PlannedProject } from "./plan.ts";
import type { Exit, UnitId, UnitSpec } from "./unit.ts";

export interface UnitState {
  readonly spec: UnitSpec;
  /** False once it was stopped on purpose. */
  readonly isWanted: boolean;
  readonly life: Lifecycle;
  /** Absent until the first start. */
  readonly logPath?: string;
  /** Under which the environment of its last start is kept. */
  readonly environmentId?: string;
  /** Starts so far in this run. */
  readonly starts: number;
  /** When it was restarted because it had ended by itself; the last 50. */
  readonly restarts: readonly string[];
  /** Restarts in a row without a stable time in between. */
  readonly attempt: number;
  /** Ready from `since` on, and until it became unhealthy; absent while it starts. */
  readonly healthy?: { readonly since: string; readonly until?: string };
  /** How it last ended unasked. */
  readonly lastExit?: Exit;
  /** Prepare step name → hash of the inputs it last ran with. */
  readonly prepared: Readonly<Record<string, string>>;
}

export interface Warning {
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly unitId?: UnitId;
}

export interface RunState {
  readonly runId: string;
  /** Sequence number of the last event folded in. */
  readonly seq: number;
  readonly mode: "main" | "trees";
  readonly scope: string;
  readonly repository: string;
  readonly startedAt: string;
  /** Set when every unit was stopped on purpose. */
  readonly stoppedAt?: string;
  readonly updatedAt: string;
  readonly projects: Readonly<Record<string, PlannedProject>>;
  readonly units: Readonly<Record<UnitId, UnitState>>;
  /** Units the configuration now says something else about than they run with, as far as the daemon has noticed. */
  readonly differing?: Readonly<Record<UnitId, string>>;
  /** Why the configuration cannot be read. */
  readonly configurationProblem?: Failure;
  /** The last 50. */
  readonly warnings: readonly Warning[];
  /** The last 50 failures, for the error report. */
  readonly failures: readonly { readonly at: string; readonly unitId: UnitId; readonly failure: Failure }[];
}

const keptNotes = 50;

/** The state before the first event of a run. */
export function emptyRunState(runId: string): RunState {
  return { runId, seq: 0, mode: "main", scope: "", repository: "", startedAt: "", updatedAt: "", projects: {}, units: {}, warnings: [], failures: [] };
}

/** Folds a whole log. */
export function foldEvents(runId: string, events: Iterable<Event>): RunState {
  let state = emptyRunState(runId);
  for (const event of events) state = reduce(state, event);
  return state;
}

/** Applies one event. Pure; unknown units are ignored rather than invented. */
export function reduce(state: RunState, event: Event): RunState {
  return { ...apply(state, event), seq: event.seq, updatedAt: event.at };
}

function apply(state: RunState, event: Event): RunState {
  switch (event.type) {
    case "run_started":
      return { ...state, mode: event.mode, scope: event.scope, repository: event.repository, startedAt: event.at };
    case "project_joined":
      return { ...state, projects: { ...state.projects, [event.project.name]: event.project } };
    case "run_stopped":
      return { ...state, stoppedAt: event.at };
    case "warning":
      return { ...state, warnings: [...state.warnings, warningOf(event)].slice(-keptNotes) };
    case "configuration_differs":
      return withConfiguration(state, event);
    case "unit_planned":
      return withUnit(state, event.unitId, planned(unitOf(state, event.unitId), event));
    case "unit_forgotten":
      return { ...state, units: without(state.units, event.unitId) };
    case "intent_planned":
    case "intent_finished":
    case "progress":
    case "port_moved":
    case "unit_span":
    case "requirement_retry":
    case "log_rotated":
    case "log_truncated":
    case "unit_limit":
    case "group_failed":
    case "daemon_started":
    case "daemon_stopped":
      return state;
    default: {
      const unit = unitOf(state, event.unitId);
      if (unit === undefined) return state;
      return withUnit(noteFailure(state, event), event.unitId, advanced(unit, event));
    }
  }
}

type UnitEvent = Exclude<Extract<Event, { unitId: UnitId }>, { type: "unit_planned" | "unit_forgotten" | "port_moved" | "unit_span" | "requirement_retry" | "progress" | "warning" | "log_rotated" | "log_truncated" | "unit_limit" | "group_failed" }>;

function planned(unit: UnitState | undefined, event: Extract<Event, { type: "unit_planned" }>): UnitState {
  return {
    starts: 0,
    prepared: {},
    ...unit,
    // Whoever starts it begins to count anew.
    restarts: event.isAutomatic ? (unit?.restarts ?? []) : [],
    attempt: event.isAutomatic ? (unit?.attempt ?? 0) : 0,
    ...(event.environmentId === undefined ? {} : { environmentId: event.environmentId }),
    spec: event.spec,
    isWanted: true,
    life: unit !== undefined && handleOf(unit.life) !== undefined ? unit.life : { status: "planned", at: event.at },
  };
}

function advanced(unit: UnitState, event: UnitEvent): UnitState {
  const at = event.at;
  switch (event.type) {
    case "unit_preparing":
      return { ...unit, life: { status: "preparing", at, step: event.step } };
    case "unit_prepared":
      return { ...unit, prepared: { ...unit.prepared, [event.step]: event.inputsHash } };
    case "unit_starting":
      return { ...withoutHealth(unit), logPath: event.logPath, environmentId: event.environmentId, starts: unit.starts + 1, life: { status: "starting", at } };
    case "unit_started":
      return { ...unit, life: { status: "started", at, handle: event.handle } };
    case "unit_ready":
      return { ...unit, healthy: { since: at }, life: { status: "ready", at, handle: event.handle, startupMs: event.startupMs, evidence: event.evidence } };
    case "unit_recovered":
      return { ...unit, healthy: { since: at }, life: { status: "ready", at, handle: event.handle, startupMs: 0, evidence: event.evidence } };
    case "unit_unhealthy":
      return { ...unit, healthy: { since: at, ...unit.healthy, until: at }, life: { status: "unhealthy", at, handle: event.handle, failure: event.failure } };
    case "unit_adopted":
      return unit.life.status === "stopping" ? { ...unit, life: { status: "ready", at, handle: event.handle, startupMs: 0, evidence: "it lived when a new daemon took charge" } } : unit;
    case "unit_crashed":
      return { ...unit, lastExit: event.exit, life: { status: "failed", at, failure: event.failure, exit: event.exit } };
    case "unit_restarting":
      return { ...unit, restarts: event.attempt === 0 ? unit.restarts : [...unit.restarts, at].slice(-keptNotes), attempt: event.attempt, life: { status: "restarting", at, dueAt: event.dueAt, attempt: event.attempt, delayMs: event.delayMs, failure: event.because, alongside: event.alongside } };
    case "unit_failed":
      return { ...unit, ...(event.exit === undefined ? {} : { lastExit: event.exit }), life: failedLife(event) };
    case "unit_blocked":
      return { ...unit, life: { status: "blocked", at, failure: event.failure } };
    case "unit_stopping": {
      const handle = handleOf(unit.life);
      return handle === undefined ? unit : { ...unit, isWanted: event.isWanted ?? unit.isWanted, life: { status: "stopping", at, handle } };
    }
    case "unit_stopped":
      return { ...unit, isWanted: false, life: { status: "stopped", at, exit: event.exit, killed: event.killed } };
  }
}

function withConfiguration(state: RunState, event: Extract<Event, { type: "configuration_differs" }>): RunState {
  const { configurationProblem: _solved, ...rest } = state;
  return { ...rest, differing: event.units, ...(event.problem === undefined ? {} : { configurationProblem: event.problem }) };
}

function withoutHealth({ healthy: _past, ...unit }: UnitState): UnitState {
  return unit;
}

function failedLife(event: Extract<Event, { type: "unit_failed" }>): Lifecycle {
  const { exit, handle } = event;
  return {
    status: "failed",
    at: event.at,
    failure: event.failure,
    ...(exit === undefined ? {} : { exit }),
    ...(handle === undefined ? {} : { handle }),
  };
}

function noteFailure(state: RunState, event: UnitEvent): RunState {
  if (event.type !== "unit_failed" && event.type !== "unit_crashed" && event.type !== "unit_unhealthy") return state;
  const last = state.failures.findLast((one) => one.unitId === event.unitId);
  const isSame = last?.failure.reason === event.failure.reason && last.failure.message === event.failure.message;
  // An illness that ends in an end is one failure; after anything else the same words are about another one.
  if (isSame && event.type !== "unit_unhealthy" && ["unhealthy", "stopping"].includes(state.units[event.unitId]?.life.status ?? "")) return state;
  return { ...state, failures: [...state.failures, { at: event.at, unitId: event.unitId, failure: event.failure }].slice(-keptNotes) };
}

function warningOf(event: Extract<Event, { type: "warning" }>): Warning {
  return { at: event.at, code: event.code, message: event.message, ...(event.unitId === undefined ? {} : { unitId: event.unitId }) };
}

/** Own keys only: a damaged log may name anything. */
function unitOf(state: RunState, unitId: UnitId): UnitState | undefined {
  return Object.hasOwn(state.units, unitId) ? state.units[unitId] : undefined;
}

function withUnit(state: RunState, unitId: UnitId, unit: UnitState): RunState {
  return { ...state, units: { ...state.units, [unitId]: unit } };
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _gone, ...rest } = record;
  return rest;
}

/** Carries a plan out without deciding anything: what is to stop stops, then everything starts as what it needs is ready. */
import { errorCode, errorText } from "../host/files.ts";
import type { ProcessRow } from "../host/process-row.ts";
import type { Reservation } from "../host/reservations.ts";
import type { Failure } from "../model/failure.ts";
import { isBindConflict } from "../model/start-class.ts";
import { drive } from "../schedule/drive.ts";
import { hardFailure, success, type Task } from "../schedule/task.ts";
import { hashOf } from "../model/hash.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import { handleOf, isServing, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import type { UnitId, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { watchLiveness } from "./liveness.ts";
import { wantedEvent } from "./record-plan.ts";
import type { StartContext } from "./start-context.ts";
import { startWithRetries } from "./start-retries.ts";
import { stopUnit } from "./stop-unit.ts";
import { markedRows, sweepStrays } from "./strays.ts";
import { unwritable } from "./writable.ts";

export interface ExecuteContext extends Omit<StartContext, "requirement" | "callerEnvironment" | "environmentId"> {
  /** Nobody asked for it: what is counted about restarts goes on. */
  readonly isAutomatic?: boolean;
  readonly requirementOf: (unitId: UnitId) => StartContext["requirement"];
  /** Makes what a unit needs inside servers of other projects. */
  readonly settleBorrowedOf: (spec: UnitSpec) => Promise<{ readonly unitId: UnitId; readonly failure: Failure } | undefined>;
  /** As whom a unit is started. */
  readonly startedAs: (unitId: UnitId) => Pick<StartContext, "callerEnvironment" | "environmentId">;
}

export interface Execution {
  readonly failures: Readonly<Record<UnitId, Failure>>;
  readonly killed: readonly { readonly unitId: UnitId; readonly pid: number }[];
  /** Units brought up for this plan that were not running before. */
  readonly started: readonly UnitId[];
  /** A port was taken between plan and start: the world must be looked at again. */
  readonly isOvertaken: boolean;
}

/** Runs every node of a recorded plan; a failing unit blocks only what depends on it. */
export async function execute(plan: Plan, context: ExecuteContext): Promise<Execution> {
  const { engine } = context;
  const starting = plan.nodes.filter((node) => node.action === "start" || node.action === "restart");
  const foreign = await reserve(engine, starting);
  if (foreign !== undefined) return { failures: refused(engine, starting, foreign), killed: [], started: [], isOvertaken: true };
  for (const move of plan.portMoves) engine.store.dispatch({ type: "port_moved", unitId: move.unitId, move });
  recordKept(plan, context);
  const ending = plan.nodes.filter((node) => node.action === "stop" || node.action === "restart");
  const stopped = await stopNodes(engine, ending, context.isAutomatic);
  // What left group and session of a unit that begins anew would hold its port.
  const strays = ending.some((node) => node.action === "restart") ? (await sweepStrays(engine, false)).ended : [];
  const failures = { ...stopped.failures, ...(await startAll(starting, context, stopped.failures)) };
  return {
    failures,
    killed: [...stopped.killed, ...strays],
    started: starting.filter((node) => node.action === "start" && failures[node.unitId] === undefined).map((node) => node.unitId),
    isOvertaken: Object.values(failures).some(isBindConflict),
  };
}

async function reserve(engine: Engine, nodes: readonly PlanNode[]): Promise<Reservation | undefined> {
  const wanted = nodes.flatMap((node) => node.spec.ports.map(({ port }) => ({ port, unitId: node.unitId })));
  if (wanted.length === 0) return undefined;
  return engine.reservations.reserve(wanted).catch((error: unknown) => {
    throw errorCode(error) === undefined ? error : unwritable(engine, errorText(error));
  });
}

/** What needs no restart may still have changed: its place in the order, its address, whether it is critical. */
function recordKept(plan: Plan, { engine, startedAs }: ExecuteContext): void {
  for (const { action, unitId, spec, because } of plan.nodes) {
    const running = engine.store.state()?.units[unitId]?.spec;
    if (action !== "adopt" || running === undefined || hashOf(running) === hashOf(spec)) continue;
    engine.store.dispatch({ type: "unit_planned", unitId, spec, because, isAutomatic: true, environmentId: startedAs(unitId).environmentId });
    const tracked = engine.supervisor.tracked(unitId);
    if (tracked !== undefined) watchLiveness(engine, tracked);
  }
}

/** Nothing is started when one port cannot be had; who wanted it is told. */
function reservedFailures(nodes: readonly PlanNode[], { port, unitId, repository }: Reservation): Execution["failures"] {
  const failure: Failure = { reason: "port_unavailable", message: `port ${port} is reserved by ${unitId} of ${repository}`, hint: "stop that one, or choose another base port" };
  return Object.fromEntries(nodes.filter((node) => node.spec.ports.some((one) => one.port === port)).map((node) => [node.unitId, failure]));
}

/** What runs and was to begin anew goes on as it is; the rest is recorded as not started. */
function refused(engine: Engine, nodes: readonly PlanNode[], foreign: Reservation): Execution["failures"] {
  const failures = reservedFailures(nodes, foreign);
  const cause = Object.values(failures)[0];
  for (const { unitId, action } of nodes) {
    const failure = failures[unitId];
    if (action !== "start") continue;
    if (failure !== undefined) engine.store.dispatch({ type: "unit_failed", unitId, failure });
    else if (cause !== undefined) engine.store.dispatch({ type: "unit_blocked", unitId, failure: { reason: "dependency_failed", message: `${unitId} was not started since a port of this start cannot be had`, cause } });
  }
  return failures;
}

/** What ending units led to. */
export type Stopping = Pick<Execution, "failures" | "killed">;

/** Dependents end before what they depend on; everything else at once. */
export async function stopNodes(engine: Engine, nodes: readonly PlanNode[], isAutomatic = false): Promise<Stopping> {
  const marked = nodes.length === 0 ? [] : await markedRows(engine);
  const outcomes = new Map<UnitId, StopOutcome>();
  const tasks = nodes.map(({ unitId }) => plainTask(unitId, nodes.filter(({ spec }) => spec.dependsOn.includes(unitId)).map((dependent) => dependent.unitId)));
  await drive(tasks, {
    begin: async (unitId) => {
      outcomes.set(unitId, await stopNode(engine, nodeOf(nodes, unitId), marked.filter((row) => row.unitId === unitId), isAutomatic));
      // What could not be ended holds up nothing else.
      return success;
    },
    skip: ({ id }) => outcomes.set(id, { killed: [] }),
  }).over;
  return {
    killed: nodes.flatMap(({ unitId }) => (outcomes.get(unitId)?.killed ?? []).map((pid) => ({ unitId, pid }))),
    failures: inOrder(nodes, (unitId) => outcomes.get(unitId)?.failure),
  };
}

function plainTask(id: UnitId, requires: readonly UnitId[]): Task {
  return { id, requires, provides: [], uses: [], claims: [], priority: 0 };
}

function nodeOf(nodes: readonly PlanNode[], unitId: UnitId): PlanNode {
  const node = nodes.find((one) => one.unitId === unitId);
  if (node === undefined) throw new Error(`${unitId} is not in the plan`);
  return node;
}

interface StopOutcome {
  readonly killed: readonly number[];
  /** It could not be ended. */
  readonly failure?: Failure;
}

async function stopNode(engine: Engine, node: PlanNode, recorded: readonly ProcessRow[], isAutomatic: boolean): Promise<StopOutcome> {
  engine.restarts.forget(node.unitId);
  await engine.flights.cancel(node.unitId);
  const unit = engine.store.state()?.units[node.unitId];
  // Nobody wants back what was stopped on purpose meanwhile.
  if (unit === undefined || (isAutomatic && !unit.isWanted)) return { killed: [] };
  const tracked = engine.supervisor.tracked(node.unitId);
  // Code inside the daemon may live on after what was recorded as its end.
  const handle = handleOf(unit.life) ?? tracked?.handle;
  if (handle === undefined) return unwanted(engine, node, unit, isAutomatic);
  // One that is being put down already is not told twice, unless it is to stay down now.
  const isLast = node.action === "stop" && unit.isWanted;
  if (unit.life.status !== "stopping" || isLast) engine.store.dispatch({ type: "unit_stopping", unitId: node.unitId, because: node.because, ...(isLast ? { isWanted: false } : {}) });
  const asked = engine.store.state()?.units[node.unitId]?.life;
  const { exit, killed, stuck } = await stopUnit(engine, { spec: node.spec, handle, recorded, ...(tracked === undefined ? {} : { tracked }) });
  if (stuck !== undefined) return { killed, failure: stuck.failure };
  // Somebody else asked for its end meanwhile: it is theirs now.
  if (isAutomatic && engine.store.state()?.units[node.unitId]?.life !== asked) return { killed: [] };
  // In one write: whatever happens now, one that restarts is to run again.
  engine.store.dispatchAll([{ type: "unit_stopped", unitId: node.unitId, exit, killed }, ...(node.action === "restart" ? [wantedEvent(node, isAutomatic)] : [])]);
  releasePorts(engine, node, unit.spec);
  return { killed };
}

/** Nothing of it runs; that it ended is now on purpose. */
function unwanted(engine: Engine, node: PlanNode, unit: UnitState, isAutomatic: boolean): StopOutcome {
  if (node.action === "restart") engine.store.dispatch(wantedEvent(node, isAutomatic));
  if (node.action !== "stop") return { killed: [] };
  const exit = "exit" in unit.life && unit.life.exit !== undefined ? unit.life.exit : { kind: "unknown" as const };
  engine.store.dispatch({ type: "unit_stopped", unitId: node.unitId, exit, killed: [] });
  releasePorts(engine, node, unit.spec);
  return { killed: [] };
}

/** A stopped unit gives its ports back; a restarted one those it does not use any more, unless another unit has them now. */
function releasePorts(engine: Engine, node: PlanNode, before: UnitSpec): void {
  const kept = node.action === "stop" ? [] : node.spec.ports.map(({ port }) => port);
  const given = before.ports.map(({ port }) => port).filter((port) => !kept.includes(port));
  if (given.length === 0) return;
  if (node.action === "stop") return engine.reservations.release(given);
  engine.reservations.release(engine.reservations.own().filter((one) => one.unitId === node.unitId && given.includes(one.port)).map((one) => one.port));
}

/** `failed` are those that could not be ended, so that they cannot begin anew. */
async function startAll(nodes: readonly PlanNode[], context: ExecuteContext, failed: Execution["failures"]): Promise<Execution["failures"]> {
  const { engine } = context;
  const failures = new Map<UnitId, Failure>(Object.entries(failed));
  const starting = nodes.filter(({ unitId }) => failures.get(unitId) === undefined);
  const own = new Set(nodes.map(({ unitId }) => unitId));
  const outside = [...new Set(starting.flatMap(({ spec }) => spec.dependsOn))].filter((unitId) => !own.has(unitId));
  for (const unitId of outside) {
    const failure = standing(engine, unitId);
    if (failure !== undefined) failures.set(unitId, failure);
  }
  await drive(starting.map(({ unitId, spec }) => plainTask(unitId, spec.dependsOn)), {
    begin: async (unitId) => {
      const failure = await startOne(nodeOf(nodes, unitId), context);
      if (failure === undefined) return success;
      failures.set(unitId, failure);
      return hardFailure;
    },
    skip: ({ id, because: { name } }) => {
      const cause = failures.get(name);
      if (cause !== undefined) failures.set(id, blocked(engine, nodeOf(nodes, id).spec, name, cause));
    },
  }, { pools: {} }, outside.filter((unitId) => !failures.has(unitId))).over;
  return inOrder(nodes, (unitId) => failures.get(unitId));
}

function inOrder(nodes: readonly PlanNode[], failureOf: (unitId: UnitId) => Failure | undefined): Execution["failures"] {
  return Object.fromEntries(nodes.flatMap(({ unitId }) => {
    const failure = failureOf(unitId);
    return failure === undefined ? [] : [[unitId, failure] as const];
  }));
}

/** A dependency outside the plan counts as it stands. */
function standing(engine: Engine, unitId: UnitId): Failure | undefined {
  const life = engine.store.state()?.units[unitId]?.life;
  if (life !== undefined && isUp(life)) return undefined;
  return { reason: "not_running", message: `${unitId} is not running`, hint: "start it too, or leave out --service" };
}

/** Everything it depends on is up. */
async function startOne({ spec }: PlanNode, context: ExecuteContext): Promise<Failure | undefined> {
  const unsettled = await context.settleBorrowedOf(spec);
  if (unsettled !== undefined) return blocked(context.engine, spec, unsettled.unitId, unsettled.failure);
  if (context.signal.aborted) {
    const failure: Failure = { reason: "cancelled", message: `the start of ${spec.id} was cancelled` };
    context.engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure });
    return failure;
  }
  const { engine } = context;
  const overtaken = overtakenBy(engine, spec.id, context.isAutomatic === true);
  if (overtaken !== undefined) return overtaken === "started" ? undefined : overtaken;
  try {
    engine.restarts.forget(spec.id);
    return await engine.flights.join(spec.id, context.signal, (signal) => startWithRetries(spec, { ...context, ...context.startedAs(spec.id), signal, requirement: context.requirementOf(spec.id) }));
  } catch (error) {
    return unexpected(engine, spec, error);
  }
}

/** An automatic restart goes on beside intents: since the plan was made the other may have started the unit, or be stopping it. */
function overtakenBy(engine: Engine, unitId: UnitId, isAutomatic: boolean): "started" | Failure | undefined {
  const unit = engine.store.state()?.units[unitId];
  if (unit === undefined) return undefined;
  if (!unit.isWanted || (isAutomatic && unit.life.status === "stopping")) return { reason: "cancelled", message: `${unitId} was stopped before it was started` };
  return isServing(unit.life) && engine.judge(unit.life.handle) === "alive" ? "started" : undefined;
}

/** One unit's trouble with the system, a full disk for example, must not cut the others loose. */
function unexpected(engine: Engine, spec: UnitSpec, error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(1) : [];
  const failure: Failure = { reason: "internal", message: `the start of ${spec.id} failed: ${errorText(error)}`, logTail: stack };
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure });
  return failure;
}

function blocked(engine: Engine, spec: UnitSpec, dependency: UnitId, cause: Failure): Failure {
  const failure: Failure = { reason: "dependency_failed", message: `${spec.id} was not started since ${dependency} is not ready`, cause };
  engine.store.dispatch({ type: "unit_blocked", unitId: spec.id, failure });
  return failure;
}

/** Carries a plan out without deciding anything: what is to stop stops, then everything starts as what it needs is ready. */
import { UserError, type Failure } from "../model/failure.ts";
import type { Plan, PlanNode } from "../model/plan.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { UnitId, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { startUnit, type StartContext } from "./start-unit.ts";
import { stopUnit } from "./stop-unit.ts";

export interface ExecuteContext extends Omit<StartContext, "prepareRequirement"> {
  readonly prepareRequirementOf: (unitId: UnitId) => StartContext["prepareRequirement"];
}

export interface Execution {
  readonly failures: Readonly<Record<UnitId, Failure>>;
  readonly killed: readonly { readonly unitId: UnitId; readonly pid: number }[];
  /** Units brought up for this plan that were not running before. */
  readonly started: readonly UnitId[];
  /** A port was taken between plan and start: the world must be looked at again. */
  readonly isOvertaken: boolean;
}

/** Runs every node; a failing unit blocks only what depends on it. */
export async function execute(plan: Plan, context: ExecuteContext): Promise<Execution> {
  const { engine } = context;
  const starting = plan.nodes.filter((node) => node.action === "start" || node.action === "restart");
  if (!(await reserve(engine, starting))) return { failures: {}, killed: [], started: [], isOvertaken: true };
  for (const move of plan.portMoves) engine.store.dispatch({ type: "port_moved", unitId: move.unitId, move });
  const killed = await stopNodes(engine, plan.nodes.filter((node) => node.action === "stop" || node.action === "restart"));
  const failures = await startAll(starting, context);
  return {
    failures,
    killed,
    started: starting.filter((node) => node.action === "start" && failures[node.unitId] === undefined).map((node) => node.unitId),
    isOvertaken: Object.values(failures).some((failure) => failure.reason === "port_taken_by_stranger"),
  };
}

async function reserve(engine: Engine, nodes: readonly PlanNode[]): Promise<boolean> {
  const wanted = nodes.flatMap((node) => node.spec.ports.map(({ port }) => ({ port, unitId: node.unitId })));
  return wanted.length === 0 || (await engine.reservations.reserve(wanted)) === undefined;
}

/** Dependents end before what they depend on; everything else at once. */
export async function stopNodes(engine: Engine, nodes: readonly PlanNode[]): Promise<Execution["killed"]> {
  const ended = new Map<UnitId, Promise<readonly number[]>>();
  const stop = (node: PlanNode): Promise<readonly number[]> => {
    const known = ended.get(node.unitId);
    if (known !== undefined) return known;
    const dependents = nodes.filter((other) => other.spec.dependsOn.includes(node.unitId));
    const work = Promise.all(dependents.map(stop)).then(() => stopNode(engine, node));
    ended.set(node.unitId, work);
    return work;
  };
  const killed = await Promise.all(nodes.map(async (node) => (await stop(node)).map((pid) => ({ unitId: node.unitId, pid }))));
  return killed.flat();
}

async function stopNode(engine: Engine, node: PlanNode): Promise<readonly number[]> {
  const life = engine.store.state()?.units[node.unitId]?.life;
  const handle = life === undefined ? undefined : handleOf(life);
  if (handle === undefined) return [];
  const tracked = engine.supervisor.tracked(node.unitId);
  engine.store.dispatch({ type: "unit_stopping", unitId: node.unitId, because: node.because });
  const result = await stopUnit(engine, { spec: node.spec, handle, ...(tracked === undefined ? {} : { tracked }) });
  engine.store.dispatch({ type: "unit_stopped", unitId: node.unitId, ...result });
  if (node.action === "stop") engine.reservations.release(node.spec.ports.map((port) => port.port));
  return result.killed;
}

async function startAll(nodes: readonly PlanNode[], context: ExecuteContext): Promise<Readonly<Record<UnitId, Failure>>> {
  const { engine } = context;
  for (const node of nodes) engine.store.dispatch({ type: "unit_planned", unitId: node.unitId, spec: node.spec, because: node.because });
  const outcomes = new Map<UnitId, Promise<Failure | undefined>>();
  const start = (node: PlanNode): Promise<Failure | undefined> => {
    const known = outcomes.get(node.unitId);
    if (known !== undefined) return known;
    const work = startWhenPossible(node, context, (unitId) => {
      const dependency = nodes.find((one) => one.unitId === unitId);
      return dependency === undefined ? Promise.resolve(standing(engine, unitId)) : start(dependency);
    });
    outcomes.set(node.unitId, work);
    return work;
  };
  const results = await Promise.all(nodes.map(async (node) => [node.unitId, await start(node)] as const));
  return Object.fromEntries(results.filter((pair): pair is [UnitId, Failure] => pair[1] !== undefined));
}

/** A dependency outside the plan counts as it stands. */
function standing(engine: Engine, unitId: UnitId): Failure | undefined {
  const life = engine.store.state()?.units[unitId]?.life;
  if (life !== undefined && isUp(life)) return undefined;
  return { reason: "not_running", message: `${unitId} is not running`, hint: "start it too, or leave out --service" };
}

async function startWhenPossible(node: PlanNode, context: ExecuteContext, outcomeOf: (unitId: UnitId) => Promise<Failure | undefined>): Promise<Failure | undefined> {
  const { spec } = node;
  const failures = await Promise.all(spec.dependsOn.map(async (unitId) => ({ unitId, failure: await outcomeOf(unitId) })));
  const failed = failures.find((one) => one.failure !== undefined);
  if (failed?.failure !== undefined) return blocked(context.engine, spec, failed.unitId, failed.failure);
  if (context.signal.aborted) {
    const failure: Failure = { reason: "cancelled", message: `the start of ${spec.id} was cancelled` };
    context.engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure });
    return failure;
  }
  return startUnit(spec, { ...context, prepareRequirement: context.prepareRequirementOf(spec.id) });
}

function blocked(engine: Engine, spec: UnitSpec, dependency: UnitId, cause: Failure): Failure {
  const failure: Failure = { reason: "dependency_failed", message: `${spec.id} was not started since ${dependency} is not ready`, cause };
  engine.store.dispatch({ type: "unit_blocked", unitId: spec.id, failure });
  return failure;
}

/** For callers that must not go on with an unwritable state. */
export function assertWritable(engine: Engine): void {
  const trouble = engine.store.writeTrouble();
  if (trouble === undefined) return;
  throw new UserError({
    reason: "state_unwritable",
    message: `the state in ${engine.scope.root} cannot be written: ${trouble}`,
    hint: "free some space or mend its permissions; what runs goes on running, and `envctl stop` still works",
  });
}

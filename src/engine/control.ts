/** The engine as a `Control`: intents one after another, each observed, planned, executed and recorded. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Control, RunReport } from "../model/control.ts";
import { exitCodes, UserError, type Failure } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import { retryPolicies } from "../model/start-class.ts";
import type { UnitId } from "../model/unit.ts";
import { rememberSlots } from "../host/projects.ts";
import { lookAtContainers } from "./containers/look.ts";
import { withoutVolumes } from "./containers/volumes.ts";
import { endRunIfDown } from "./end-run.ts";
import { forgetDown, leftDown } from "./down-note.ts";
import type { Engine } from "./engine.ts";
import type { Starter } from "./environments.ts";
import { eventStream } from "./event-stream.ts";
import { execute, stopNodes, type ExecuteContext, type Execution } from "./execute.ts";
import { createJobs } from "./jobs/jobs.ts";
import { planIntent, type Planning } from "./planning.ts";
import { progressEvent } from "./progress.ts";
import { createPrepareMemory } from "./prepare.ts";
import { borrowedOrder, requirementEffects } from "./requirement-effects.ts";
import { keepReadiness, passGate } from "./readiness-gate.ts";
import { recordPlan, wantedEvents } from "./record-plan.ts";
import { releaseUnused } from "./release-ports.ts";
import { runReport } from "./report.ts";
import { restartUnit, type RestartWays } from "./restart-unit.ts";
import { settleBorrowed, type Settlements } from "./settle.ts";
import { layersOf, starterOf } from "./starters.ts";
import { settleDead } from "./crashes.ts";
import { carryOutData } from "./data-orders.ts";
import type { Swept } from "./strays.ts";
import { tidy } from "./tidy.ts";
import { cancelledError, createTurns } from "./turns.ts";
import { assertWritable } from "./writable.ts";

/** How often a plan overtaken by the world is made in all. */
const planAttempts = retryPolicies.bind_conflict_retryable.attempts;

export interface LocalControl extends Control {
  /** True while an intent is carried out or waits. */
  isBusy(): boolean;
  /** How many jobs run or wait to. */
  activeJobs(): number;
  /** Resolves when everything submitted until now is over. */
  settled(): Promise<unknown>;
  /** For restarts that nobody asked for. */
  readonly restartWays: RestartWays;
  /**
   * Refuses further intents, cancels what is under way as its caller's Ctrl-C would, and resolves when that is over: a
   * start has ended what it began, a stop its units. `withServices` stops everything that still runs.
   */
  end(withServices: boolean): Promise<void>;
}

/** Intents of all callers go through this one. */
export function createControl(engine: Engine): LocalControl {
  const prepareMemory = createPrepareMemory(join(engine.scope.root, "prepared.json"));
  const shared: Shared = { prepareMemory, reveal: engine.reveal, settlements: new Map() };
  const leaving = new AbortController();
  const jobs = createJobs(engine);
  const turns = createTurns(finishedStops(engine));
  const inTurn = async <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    if (leaving.signal.aborted) throw leavingError();
    const both = AbortSignal.any([signal, leaving.signal]);
    return turns.take(both, () => work(both));
  };
  const submit = async (intent: Intent, signal: AbortSignal): Promise<RunReport> => {
    if (intent.noWait === true && turns.waiting() > 0 && !leaving.signal.aborted) throw busyError();
    return inTurn(signal, async (both) => {
      const report = await carryOut(engine, intent, both, shared);
      return intent.removeVolumes === true ? withoutVolumes(engine, intent, report) : report;
    });
  };
  const down = leftDown(engine);
  // Before anything that was asked for: a server that its copying took down runs again.
  if (down !== undefined) void turns.take(leaving.signal, () => startLeft(engine, () => carryOut(engine, down, leaving.signal, shared))).catch(() => undefined);
  const ways = restartWays(engine, shared);
  engine.restarts.onDue((unitId) => void restartUnit(engine, unitId, ways));
  return {
    preview: async (intent) => (await planIntent(engine, intent)).plan,
    submit,
    data: (order, signal) => inTurn(signal, (both) => carryOutData(engine, order, both, { reveal: engine.reveal, submit: (intent) => carryOut(engine, intent, both, shared), makeGood: (intent) => carryOut(engine, intent, leaving.signal, shared) })),
    jobs: async (order, signal) => {
      if (leaving.signal.aborted) throw leavingError();
      return jobs.order(order, signal);
    },
    activeJobs: jobs.count,
    state: async () => engine.store.state(),
    events: (fromSeq, signal) => eventStream(engine, fromSeq, signal),
    isBusy: () => turns.waiting() > 0,
    settled: turns.settled,
    restartWays: ways,
    end: async (withServices) => {
      leaving.abort();
      jobs.close();
      const { signal } = new AbortController();
      if (withServices) forgetDown(engine);
      if (withServices) await turns.take(signal, () => carryOut(engine, stopOfAll(engine), signal, shared));
      await turns.settled();
    },
  };
}

/** What an earlier daemon was asked to stop, and had not. */
async function finishedStops(engine: Engine): Promise<void> {
  if (engine.clearings.size === 0) return;
  await Promise.allSettled(engine.clearings.values());
  await endRunIfDown(engine, undefined);
}

/** Tried once; why it does not run is in its events. */
async function startLeft(engine: Engine, start: () => Promise<RunReport>): Promise<void> {
  const { failures } = await start();
  if (failures.every(({ reason }) => reason !== "cancelled")) forgetDown(engine);
}

function stopOfAll(engine: Engine): Intent {
  return { kind: "stop", selection: { projects: [], services: [], all: true }, caller: { directory: engine.checkout.repository, environment: {} } };
}

const nothingSwept: Swept = { ended: [], failures: [] };

type Shared = Pick<ExecuteContext, "prepareMemory" | "reveal"> & { readonly settlements: Settlements };

async function carryOut(engine: Engine, intent: Intent, signal: AbortSignal, shared: Shared): Promise<RunReport> {
  const begun = engine.host.clock.monotonic();
  const seconds = (): number => Math.round(engine.host.clock.monotonic() - begun);
  if (signal.aborted) throw cancelledError();
  if (intent.kind !== "stop") assertWritable(engine);
  const idle = nothingToDo(engine, intent);
  if (idle !== undefined) return { ...idle, durationMs: seconds() };
  // An engine may have come back since it was asked last.
  if (intent.kind === "stop") await lookAtContainers(engine, (handle) => engine.judge(handle) === "unknown");
  await settleDead(engine);
  const first = await planIntent(engine, intent);
  const findings = await passGate(engine, intent, first.plan);
  const { planning, fetched } = await fetchedPlanning(engine, intent, first, signal);
  rememberQuietly(engine);
  const intentId = randomBytes(4).toString("hex");
  recordPlan(engine, intentId, planning.plan);
  keepReadiness(engine, intent, planning.plan, findings);
  for (const { unitId, durationMs } of fetched) engine.store.dispatch({ type: "unit_span", unitId, span: "fetch", durationMs });
  const { plan, execution } = await executed(engine, intent, planning, signal, shared);
  const wasCancelled = signal.aborted && intent.kind !== "stop";
  const undone = wasCancelled ? await undo(engine, plan, execution) : [];
  const strays = intent.kind === "stop" ? await endRunIfDown(engine, intent) : nothingSwept;
  releaseUnused(engine);
  const ended = { ...execution, killed: [...execution.killed, ...undone, ...strays.ended] };
  const report = runReport(engine.store.state(), plan, ended, { wasCancelled, durationMs: seconds(), strays: strays.failures });
  engine.store.dispatch({ type: "intent_finished", intentId, intent: intent.kind, ok: report.ok, durationMs: report.durationMs });
  engine.store.publish();
  if (intent.kind === "start") void tidy(engine);
  return report;
}

function restartWays(engine: Engine, shared: Shared): RestartWays {
  return {
    plan: (intent) => planIntent(engine, intent),
    start: async (planning, plan, intent) => {
      const context = { ...executeContext(engine, intent, planning, new AbortController().signal, shared), isAutomatic: true };
      engine.store.dispatchAll(wantedEvents(plan, true));
      const { failures } = await execute(plan, context);
      releaseUnused(engine);
      return failures;
    },
  };
}

/** A stop of nothing is fine; a resume of nothing is not. */
function nothingToDo(engine: Engine, intent: Intent): RunReport | undefined {
  const state = engine.store.state();
  const isOver = state === undefined || state.stoppedAt !== undefined;
  if (!isOver) return undefined;
  const base = { intent: intent.kind, durationMs: 0, units: [], killed: [] };
  if (intent.kind === "stop" && intent.selection.all !== true) return { ...base, ok: true, exit: exitCodes.ok, failures: [], notes: ["nothing is running"] };
  if (intent.kind === "reload") return { ...base, ok: false, exit: exitCodes.failure, failures: [{ reason: "not_running", message: "nothing is running, so there is nothing to reload", hint: "begin a run with `envctl start`" }], notes: [] };
  if (intent.kind !== "resume") return undefined;
  const message = state === undefined ? "no previous run to resume" : `run ${state.runId} was stopped on purpose at ${state.stoppedAt}: there is nothing to resume`;
  return { ...base, ok: false, exit: exitCodes.failure, failures: [{ reason: "not_running", message, hint: "begin a new run with `envctl start`" }], notes: [] };
}

/** A server program that was fetched, for the first unit that needs it. */
interface Fetched {
  readonly unitId: UnitId;
  readonly durationMs: number;
}

/** Fetches servers that are not on this machine, then plans again with what is there now. */
async function fetchedPlanning(engine: Engine, intent: Intent, planning: Planning, signal: AbortSignal): Promise<{ readonly planning: Planning; readonly fetched: readonly Fetched[] }> {
  const starting = new Set(planning.plan.nodes.filter((node) => node.action === "start" || node.action === "restart").map((node) => node.unitId));
  const missing = Object.entries(planning.requirements).filter(([unitId, one]) => !one.isPresent && starting.has(unitId));
  if (missing.length === 0) return { planning, fetched: [] };
  const byAdapter = new Map(missing.map(([unitId, one]) => [`${one.adapter} ${one.version}`, { unitId, one }]));
  const fetched: Fetched[] = [];
  for (const { unitId, one } of byAdapter.values()) {
    const begun = engine.host.clock.monotonic();
    await one.fetch((text, done, total) => engine.store.announce(progressEvent(unitId, text, done, total)), signal);
    fetched.push({ unitId, durationMs: Math.round(engine.host.clock.monotonic() - begun) });
  }
  return { planning: await planIntent(engine, intent), fetched };
}

async function executed(engine: Engine, intent: Intent, first: Planning, signal: AbortSignal, shared: Shared): Promise<{ readonly plan: Plan; readonly execution: Execution }> {
  let planning = first;
  const started = new Set<UnitId>();
  const killed: Execution["killed"][number][] = [];
  for (let attempt = 1; ; attempt += 1) {
    const context = executeContext(engine, intent, planning, signal, shared);
    const execution = await execute(planning.plan, context);
    for (const unitId of execution.started) started.add(unitId);
    killed.push(...execution.killed);
    if (!execution.isOvertaken || attempt >= planAttempts || signal.aborted || planning.isStrict) return { plan: planning.plan, execution: { ...execution, killed, started: [...started] } };
    recordRetries(engine, execution, attempt + 1);
    engine.store.dispatch({ type: "warning", code: "plan_overtaken", message: `a port was taken between plan and start; planning again (${attempt} of ${planAttempts - 1})` });
    planning = await planIntent(engine, intent);
    engine.store.dispatchAll(wantedEvents(planning.plan));
  }
}

/** Requirements whose port was taken are started again with another one. */
function recordRetries(engine: Engine, { failures }: Execution, attempt: number): void {
  for (const [unitId, failure] of Object.entries(failures)) {
    if (failure.startClass !== "bind_conflict_retryable") continue;
    engine.store.dispatch({ type: "requirement_retry", unitId, startClass: failure.startClass, attempt, of: planAttempts, because: failure.message });
  }
}

function executeContext(engine: Engine, intent: Intent, planning: Planning, signal: AbortSignal, shared: Shared): ExecuteContext {
  const runId = engine.store.state()?.runId ?? "";
  const parts = { engine, intent, planning, reveal: shared.reveal };
  const asStarted = startedAs(engine, intent, planning);
  return {
    ...shared,
    engine,
    runId,
    signal,
    startedAs: asStarted,
    isStrict: planning.isStrict,
    requirementOf: (unitId) => requirementEffects(parts, unitId),
    settleBorrowedOf: (spec) => settleBorrowed(engine, spec, shared.settlements, (unitId) => borrowedOrder(parts, unitId, { spec, signal, callerEnvironment: asStarted(spec.id).callerEnvironment })),
  };
}

/** Everything of a project was asked for also by who asks again for a part of that; a resume asks for what there was. */
function startedAs(engine: Engine, intent: Intent, { plan, starters }: Planning): ExecuteContext["startedAs"] {
  const state = engine.store.state();
  const again = plan.nodes.flatMap(({ unitId, action }) => (action === "start" || action === "restart" ? (state?.units[unitId] ?? []) : []));
  const isWhole = (intent.kind !== "resume" && intent.selection.services.length === 0) || again.some((unit) => unit.starts > 0 && starterOf(engine, unit).asked.isWhole);
  const asking: Starter = { environment: intent.caller.environment, asked: { ...layersOf(intent), isWhole } };
  return (unitId) => {
    const starter = starters[unitId] ?? asking;
    return { callerEnvironment: starter.environment, environmentId: engine.environments.keep(state?.runId ?? "", starter) };
  };
}

/** A cancelled start leaves what ran before it, and nothing else. */
async function undo(engine: Engine, plan: Plan, execution: Execution): Promise<Execution["killed"]> {
  const started = new Set(execution.started);
  const nodes = plan.nodes.filter((node) => node.action === "start" || started.has(node.unitId)).map((node) => ({ ...node, action: "stop" as const, because: "the start was cancelled" }));
  const { killed } = await stopNodes(engine, nodes);
  await endRunIfDown(engine, undefined);
  return killed;
}

/** Slots are remembered when something is started from them; an unwritable disk is told elsewhere. */
function rememberQuietly(engine: Engine): void {
  try {
    rememberSlots(engine.discoverProjects(), engine.scope.slots);
  } catch {
    engine.store.writeTrouble();
  }
}

function busyError(): UserError {
  const failure: Failure = { reason: "conflict", message: "another command is being carried out in this repository", hint: "leave out --no-wait to queue behind it" };
  return new UserError(failure, exitCodes.conflict);
}

function leavingError(): UserError {
  return new UserError({ reason: "daemon_unreachable", message: "the daemon is about to leave", hint: "call again in a moment: the next command that needs a daemon starts one" });
}

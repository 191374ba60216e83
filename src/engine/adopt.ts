/**
 * A new daemon takes charge: living units are followed as they are, ended ones recorded, half-started ones cleared away,
 * and stops that were asked for are finished.
 */
import { judgeTogether } from "../host/process-table.ts";
import { sendSignal } from "../host/signals.ts";
import type { Failure } from "../model/failure.ts";
import { handleOf, isStuck } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { exitText, type ContainerHandle, type ExternalHandle, type ProcessHandle } from "../model/unit.ts";
import { bringBackResidents, failBlocking } from "./bring-back.ts";
import { clearAway, followBoot, followMishap, watchCrash } from "./crashes.ts";
import { removeInterrupted } from "./containers/leftovers.ts";
import type { Engine } from "./engine.ts";
import { adoptContainer } from "./executors/container.ts";
import { exitStatusPath } from "./executors/process.ts";
import { untilGone } from "./holdouts.ts";
import { watchLiveness } from "./liveness.ts";
import { logTail } from "./log-tail.ts";
import { awaitProbe } from "./readiness.ts";
import { starterOf } from "./starters.ts";
import { awaitLateEnd, failUnit, isWithinReach, killUnit, recordLateEnd, recordStop, settleStuck, stopUnit } from "./stop-unit.ts";
import { markedRows } from "./strays.ts";
import type { Tracked } from "./supervise.ts";

const readyNowMs = 200;

/**
 * Runs once, before the first intent. Restarts nothing but what ran inside the daemon before; stops to be finished are
 * among the engine's clearings. All units at once: none waits for another's probe or end.
 */
export async function adoptRun(engine: Engine): Promise<void> {
  failBlocking(engine);
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) return;
  engine.logs.adopt();
  const units = Object.values(state.units);
  for (const { spec, life } of units) if (life.status === "restarting") engine.restarts.schedule(spec.id, Date.parse(life.dueAt));
  for (const unit of units) {
    const handle = handleOf(unit.life);
    if (handle?.inside === "external") adoptExternal(engine, unit, handle);
  }
  const judge = judgeTogether(engine.table, engine.host.machine);
  const contained = await Promise.all(units.map((unit) => foundContainer(engine, state.runId, unit)));
  const found = [...units.map((unit) => foundUnit(engine, state.runId, unit, judge)), ...contained].filter((one) => one !== undefined);
  const settled = found.map((one) => settle(engine, one));
  // Those whose front shell could tell nothing any more.
  engine.supervisor.sweep();
  await Promise.all(settled);
  await bringBackResidents(engine, units);
  await clearInterrupted(engine, units.filter(({ life }) => life.status === "starting" || life.status === "preparing" || life.status === "planned"));
}

/** Somebody else's server did not notice the change of daemons; it is watched again. */
function adoptExternal(engine: Engine, { spec, life, isWanted }: UnitState, handle: ExternalHandle): void {
  const unitId = spec.id;
  if (life.status === "stopping" && !isWanted) return engine.store.dispatch({ type: "unit_stopped", unitId, exit: { kind: "released" }, killed: [] });
  const tracked = engine.executors.external.adopt?.(unitId, handle);
  if (tracked === undefined) return;
  if (life.status === "started") engine.store.dispatch({ type: "unit_ready", unitId, handle, startupMs: 0, evidence: "not asked yet since a new daemon took charge" });
  engine.store.dispatch({ type: "unit_adopted", unitId, handle });
  watchLiveness(engine, tracked);
}

interface Found {
  readonly unit: UnitState;
  readonly handle: ProcessHandle | ContainerHandle;
  readonly tracked: Tracked;
  /** Unknown for a container whose engine does not answer yet: what has become of it is told when it does. */
  readonly truth: "alive" | "dead" | "unknown";
  /** Of an earlier boot the numbers of group and session may be anybody's. */
  readonly isOfThisBoot: boolean;
}

/** Followed from here on; undefined for units without a process of their own, and for those of another pid namespace. */
function foundUnit(engine: Engine, runId: string, unit: UnitState, judge: Engine["judge"]): Found | undefined {
  const handle = handleOf(unit.life);
  if (handle === undefined || handle.inside !== undefined) return undefined;
  const verdict = judge(handle);
  if (verdict === "unknown") return undefined;
  const tracked = engine.supervisor.track(unit.spec.id, handle, exitStatusPath(engine, runId, unit.spec.id, unit.starts));
  return { unit, handle, tracked, truth: verdict, isOfThisBoot: isWithinReach(engine, handle) };
}

/** Followed from here on, once its engine was asked; undefined for other units. */
async function foundContainer(engine: Engine, runId: string, unit: UnitState): Promise<Found | undefined> {
  const handle = handleOf(unit.life);
  if (handle?.inside !== "container") return undefined;
  const { spec, starts } = unit;
  const order = { spec, runId, startNumber: starts, logPath: unit.logPath ?? engine.repository.logPath(runId, spec.id) };
  const tracked = await adoptContainer(engine, order, handle, starterOf(engine, unit).environment);
  return { unit, handle, tracked, truth: engine.judge(handle), isOfThisBoot: true };
}

async function settle(engine: Engine, found: Found): Promise<void> {
  const { unit, truth } = found;
  if (isStuck(unit.life)) return settleHoldout(engine, found);
  // Not awaited: its grace must not hold up whoever waits for this daemon.
  if (unit.life.status === "stopping" && !unit.isWanted) return clearAway(engine, unit.spec.id, finishStop(engine, found));
  if (truth === "unknown") return watchCrash(engine, found.tracked);
  return truth === "alive" ? takeOver(engine, found) : recordUnseenEnd(engine, found);
}

/** It was to end, could not be ended, and may have ended since. */
async function settleHoldout(engine: Engine, { unit: { spec }, handle, tracked, truth, isOfThisBoot }: Found): Promise<void> {
  if (handle.inside === "container") return awaitLateEnd(engine, spec, handle, tracked.ended);
  if (truth === "alive") return awaitLateEnd(engine, spec, handle, untilGone(engine, [handle]).then(() => ({ kind: "unknown" })));
  if (isOfThisBoot) return settleStuck(engine, spec, handle);
  recordLateEnd(engine, spec, handle, await tracked.ended);
}

/** One that was about to begin anew serves again: nobody waits for its end, and what ends it now is told. */
async function takeOver(engine: Engine, { unit, handle, tracked }: Found): Promise<void> {
  const unitId = unit.spec.id;
  if (unit.life.status === "started") {
    // What depends on it must not find it half up: the next start or resume begins it anew.
    if (!(await isReadyNow(engine, unit))) return void (await failUnit(engine, { spec: unit.spec, handle, tracked }, interrupted(unit)));
    engine.store.dispatch({ type: "unit_ready", unitId, handle, startupMs: 0, evidence: "it answered when a new daemon took charge" });
  }
  engine.store.dispatch({ type: "unit_adopted", unitId, handle });
  watchCrash(engine, tracked);
  watchLiveness(engine, tracked);
}

async function recordUnseenEnd(engine: Engine, { unit, handle, tracked, isOfThisBoot }: Found): Promise<void> {
  const exit = await tracked.ended;
  if (!isOfThisBoot) return followBoot(engine, unit, exit);
  const { spec } = unit;
  const tail = unit.logPath === undefined ? [] : logTail(unit.logPath);
  const message = `${spec.id} ended with ${exitText(exit)} while no daemon was watching`;
  followMishap(engine, unit, { kind: "ended", exit, logTail: tail, failure: { reason: "process_exited", message, hint: "bring it back with `envctl resume`", ...tracked.told?.(), logTail: tail } });
  await killUnit(engine, { spec, handle, tracked });
}

/** What was asked of the daemon before, though its caller is gone. */
async function finishStop(engine: Engine, { unit: { spec }, handle, tracked, isOfThisBoot }: Found): Promise<void> {
  if (!isOfThisBoot) return recordStop(engine, spec, { exit: await tracked.ended, killed: [] });
  const result = await stopUnit(engine, { spec, handle, tracked });
  if (result.stuck === undefined) recordStop(engine, spec, result);
}

/** Probes that need nothing of the interrupted start are tried for a moment; of others nobody can tell any more. */
async function isReadyNow(engine: Engine, { spec }: UnitState): Promise<boolean> {
  const { ready } = spec;
  if (ready.kind === "none") return true;
  if (ready.kind === "log" || ready.kind === "exec" || ready.kind === "delay") return false;
  const context = { clock: engine.host.clock, signal: AbortSignal.timeout(readyNowMs), logPath: "", logOffset: 0, startedAt: 0, directory: spec.directory, environment: {}, opened: (word: string) => word };
  return awaitProbe(ready, context).then(() => true, () => false);
}

/** A daemon that died between writing "starting" and the handle left processes only their mark can find. */
async function clearInterrupted(engine: Engine, units: readonly UnitState[]): Promise<void> {
  if (units.length === 0) return;
  const ids = new Set(units.map(({ spec }) => spec.id));
  for (const row of await markedRows(engine)) if (ids.has(row.unitId)) sendSignal(row.pid, "SIGKILL");
  for (const unit of units) if (unit.spec.container !== undefined) await removeInterrupted(engine, unit);
  for (const unit of units) engine.store.dispatch({ type: "unit_failed", unitId: unit.spec.id, failure: interrupted(unit) });
}

function interrupted({ spec }: UnitState): Failure {
  return { reason: "cancelled", message: `the start of ${spec.id} was interrupted when the daemon ended`, hint: "bring it back with `envctl resume`" };
}

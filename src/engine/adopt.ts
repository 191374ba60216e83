/**
 * A new daemon takes charge: living units are followed as they are, ended ones recorded, half-started ones cleared away,
 * and stops that were asked for are finished.
 */
import { sendSignal } from "../host/signals.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { exitText, isResident, type ContainerHandle, type ProcessHandle } from "../model/unit.ts";
import { bringBackResidents, failBlocking } from "./bring-back.ts";
import { clearAway, followMishap, watchCrash } from "./crashes.ts";
import { removeInterrupted } from "./containers/leftovers.ts";
import type { Engine } from "./engine.ts";
import { watchLiveness } from "./liveness.ts";
import { logTail } from "./log-tail.ts";
import { markedProcesses } from "./ownership.ts";
import { awaitProbe } from "./readiness.ts";
import type { StopResult } from "./executors/executor.ts";
import { adoptContainer } from "./executors/container.ts";
import { exitStatusPath } from "./executors/process.ts";
import { isWithinReach, killUnit, stopUnit } from "./stop-unit.ts";
import { starterOf } from "./starters.ts";
import type { Tracked } from "./supervise.ts";

const readyNowMs = 200;

/** Of what can outlive a daemon. */
type LastingHandle = ProcessHandle | ContainerHandle;

/**
 * Runs once, before the first intent. Restarts nothing but what ran inside the daemon before; stops to be finished are
 * among the engine's clearings.
 */
export async function adoptRun(engine: Engine): Promise<void> {
  failBlocking(engine);
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) return;
  engine.logs.adopt();
  for (const unit of Object.values(state.units)) {
    const handle = handleOf(unit.life);
    if (unit.life.status === "restarting") engine.restarts.schedule(unit.spec.id, Date.parse(unit.life.dueAt));
    if (handle === undefined || isResident(handle)) continue;
    if (isUp(unit.life) || unit.life.status === "failed") await adoptUnit(engine, state.runId, unit, handle);
  }
  await bringBackResidents(engine, Object.values(state.units));
  await clearInterrupted(engine, Object.values(state.units).filter((unit) => unit.life.status === "starting" || unit.life.status === "preparing" || unit.life.status === "planned"));
}

async function adoptUnit(engine: Engine, runId: string, unit: UnitState, handle: LastingHandle): Promise<void> {
  if (handle.inside !== "container" && engine.judge(handle) === "unknown") return;
  const tracked = await tracking(engine, runId, unit, handle);
  const verdict = engine.judge(handle);
  // Not awaited: its grace must not hold up whoever waits for this daemon.
  if (unit.life.status === "stopping" && !unit.isWanted) return clearAway(engine, unit.spec.id, finishStop(engine, unit, handle, tracked));
  // Its engine does not answer yet: what has become of it is told when it does.
  if (verdict === "unknown") return watchCrash(engine, tracked);
  if (verdict === "alive") return adoptLiving(engine, unit, handle, tracked);
  engine.supervisor.sweep();
  const exit = await tracked.ended;
  const tail = unit.logPath === undefined ? [] : logTail(unit.logPath);
  const message = `${unit.spec.id} ended with ${exitText(exit)} while no daemon was watching`;
  const failure = { reason: "process_exited" as const, message, hint: "bring it back with `envctl resume`", ...tracked.told?.(), logTail: tail };
  followMishap(engine, unit, { kind: "ended", exit, logTail: tail, failure });
  if (isWithinReach(engine, handle)) await killUnit(engine, { spec: unit.spec, handle, tracked });
}

/** Follows what outlived the daemon; of a container its engine is asked. */
async function tracking(engine: Engine, runId: string, unit: UnitState, handle: LastingHandle): Promise<Tracked> {
  const { spec, starts } = unit;
  if (handle.inside !== "container") return engine.supervisor.track(spec.id, handle, exitStatusPath(engine, runId, spec.id, starts));
  const order = { spec, runId, startNumber: starts, logPath: unit.logPath ?? engine.repository.logPath(runId, spec.id) };
  return adoptContainer(engine, order, handle, starterOf(engine, unit).environment);
}

/** One that was about to begin anew serves again: nobody waits for its end, and what ends it now is told. */
async function adoptLiving(engine: Engine, unit: UnitState, handle: LastingHandle, tracked: Tracked): Promise<void> {
  const unitId = unit.spec.id;
  if (unit.life.status === "started") {
    if (!(await isReadyNow(engine, unit))) return endHalfStarted(engine, unit, handle, tracked);
    engine.store.dispatch({ type: "unit_ready", unitId, handle, startupMs: 0, evidence: "it answered when a new daemon took charge" });
  }
  engine.store.dispatch({ type: "unit_adopted", unitId, handle });
  watchCrash(engine, tracked);
  watchLiveness(engine, tracked);
}

/** What was asked of the daemon before, though its caller is gone. */
async function finishStop(engine: Engine, { spec }: UnitState, handle: LastingHandle, tracked: Tracked): Promise<void> {
  engine.supervisor.sweep();
    const { exit, killed, stuck }: StopResult = isWithinReach(engine, handle) ? await stopUnit(engine, { spec, handle, tracked }) : { exit: await tracked.ended, killed: [] };
  if (stuck !== undefined) return;
  engine.store.dispatch({ type: "unit_stopped", unitId: spec.id, exit, killed });
  engine.reservations.release(spec.ports.map(({ port }) => port));
}

/** Probes that need nothing of the interrupted start are tried for a moment; of others nobody can tell any more. */
async function isReadyNow(engine: Engine, { spec }: UnitState): Promise<boolean> {
  const { ready } = spec;
  if (ready.kind === "none") return true;
  if (ready.kind === "log" || ready.kind === "exec" || ready.kind === "delay") return false;
  const context = { clock: engine.host.clock, signal: AbortSignal.timeout(readyNowMs), logPath: "", logOffset: 0, startedAt: 0, directory: spec.directory, environment: {}, opened: (word: string) => word };
  return awaitProbe(ready, context).then(() => true, () => false);
}

/** What depends on it must not find it half up: the next start or resume begins it anew. */
async function endHalfStarted(engine: Engine, { spec }: UnitState, handle: LastingHandle, tracked: Tracked): Promise<void> {
  const { exit } = await killUnit(engine, { spec, handle, tracked });
  const message = `the start of ${spec.id} was interrupted when the daemon ended`;
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, exit, failure: { reason: "cancelled", message, hint: "bring it back with `envctl resume`" } });
}

/** A daemon that died between writing "starting" and the handle left processes only their mark can find. */
async function clearInterrupted(engine: Engine, units: readonly UnitState[]): Promise<void> {
  if (units.length === 0) return;
  const rows = await engine.snapshots.rows();
  for (const unit of units) {
    if (unit.spec.container !== undefined) await removeInterrupted(engine, unit);
    const left = markedProcesses(engine.table, rows, `${engine.scopeId}/${unit.spec.id}/`);
    for (const row of left) sendSignal(row.pid, "SIGKILL");
    const message = `the start of ${unit.spec.id} was interrupted when the daemon ended`;
    engine.store.dispatch({ type: "unit_failed", unitId: unit.spec.id, failure: { reason: "cancelled", message, hint: "bring it back with `envctl resume`" } });
  }
}

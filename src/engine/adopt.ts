/** A new daemon takes charge: living units are followed as they are, ended ones recorded, half-started ones cleared away. */
import { sendSignal } from "../host/signals.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { exitText, type Handle } from "../model/unit.ts";
import { followMishap, watchCrash } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import { watchLiveness } from "./liveness.ts";
import { logTail } from "./log-tail.ts";
import { markedProcesses } from "./ownership.ts";
import { awaitProbe } from "./readiness.ts";
import { exitStatusPath } from "./start-unit.ts";
import { killUnit } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

const readyNowMs = 200;

/** Runs once, before the first intent. Restarts nothing. */
export async function adoptRun(engine: Engine): Promise<void> {
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) return;
  engine.logs.adopt();
  for (const unit of Object.values(state.units)) {
    const handle = handleOf(unit.life);
    if (unit.life.status === "restarting") engine.restarts.schedule(unit.spec.id, Date.parse(unit.life.dueAt));
    if (handle !== undefined && (isUp(unit.life) || unit.life.status === "failed")) await adoptUnit(engine, state.runId, unit, handle);
  }
  await clearInterrupted(engine, Object.values(state.units).filter((unit) => unit.life.status === "starting" || unit.life.status === "preparing" || unit.life.status === "planned"));
}

async function adoptUnit(engine: Engine, runId: string, unit: UnitState, handle: Handle): Promise<void> {
  const verdict = engine.judge(handle);
  if (verdict === "unknown") return;
  const tracked = engine.supervisor.track(unit.spec.id, handle, exitStatusPath(engine, runId, unit.spec.id, unit.starts));
  if (verdict === "alive") {
    // One whose stop was interrupted is ready again: nobody waits for its end, and what ends it now is told.
    if (unit.life.status === "started" && !(await isReadyNow(engine, unit))) return endHalfStarted(engine, unit, handle, tracked);
    if (unit.life.status === "started" || unit.life.status === "stopping") {
      const ready = { handle, startupMs: 0, evidence: "it lived when a new daemon took charge" };
      engine.store.dispatch({ type: "unit_ready", unitId: unit.spec.id, ...ready });
    }
    engine.store.dispatch({ type: "unit_adopted", unitId: unit.spec.id, handle });
    watchCrash(engine, tracked);
    watchLiveness(engine, tracked);
    return;
  }
  engine.supervisor.sweep();
  const exit = await tracked.ended;
  const tail = unit.logPath === undefined ? [] : logTail(unit.logPath);
  const message = `${unit.spec.id} ended with ${exitText(exit)} while no daemon was watching`;
  followMishap(engine, unit, { kind: "ended", exit, logTail: tail, failure: { reason: "process_exited", message, hint: "bring it back with `envctl resume`", logTail: tail } });
  // After a boot the numbers of its group and session may be anybody's.
  if (handle.bootId === engine.host.machine.bootId) await killUnit(engine, { spec: unit.spec, handle, tracked });
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
async function endHalfStarted(engine: Engine, { spec }: UnitState, handle: Handle, tracked: Tracked): Promise<void> {
  const { exit } = await killUnit(engine, { spec, handle, tracked });
  const message = `the start of ${spec.id} was interrupted when the daemon ended`;
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, exit, failure: { reason: "cancelled", message, hint: "bring it back with `envctl resume`" } });
}

/** A daemon that died between writing "starting" and the handle left processes only their mark can find. */
async function clearInterrupted(engine: Engine, units: readonly UnitState[]): Promise<void> {
  if (units.length === 0) return;
  const rows = await engine.snapshots.rows();
  for (const unit of units) {
    const left = markedProcesses(engine.table, rows, `${engine.scopeId}/${unit.spec.id}/`);
    for (const row of left) sendSignal(row.pid, "SIGKILL");
    const message = `the start of ${unit.spec.id} was interrupted when the daemon ended`;
    engine.store.dispatch({ type: "unit_failed", unitId: unit.spec.id, failure: { reason: "cancelled", message, hint: "bring it back with `envctl resume`" } });
  }
}

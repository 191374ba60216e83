/** A new daemon takes charge: living units are followed as they are, ended ones recorded, half-started ones cleared away. */
import { judgeTogether } from "../host/process-table.ts";
import { sendSignal } from "../host/signals.ts";
import type { Failure } from "../model/failure.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { exitText, type Exit, type Handle } from "../model/unit.ts";
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

/** Runs once, before the first intent. Restarts nothing. All units at once: none waits for another's probe or end. */
export async function adoptRun(engine: Engine): Promise<void> {
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) return;
  const units = Object.values(state.units);
  for (const { spec, life } of units) if (life.status === "restarting") engine.restarts.schedule(spec.id, Date.parse(life.dueAt));
  const judge = judgeTogether(engine.table, engine.host.machine);
  const found = units.flatMap((unit) => foundUnit(engine, state.runId, unit, judge) ?? []);
  const settled = found.map((one) => (one.isAlive ? takeOver(engine, one) : recordUnseenEnd(engine, one)));
  // Those whose front shell could tell nothing any more.
  engine.supervisor.sweep();
  await Promise.all(settled);
  await clearInterrupted(engine, units.filter(({ life }) => life.status === "starting" || life.status === "preparing" || life.status === "planned"));
}

interface Found {
  readonly unit: UnitState;
  readonly handle: Handle;
  readonly tracked: Tracked;
  readonly isAlive: boolean;
}

/** Followed from here on; undefined for units without a process, and for those of another pid namespace. */
function foundUnit(engine: Engine, runId: string, unit: UnitState, judge: Engine["judge"]): Found | undefined {
  const handle = handleOf(unit.life);
  if (handle === undefined || !(isUp(unit.life) || unit.life.status === "failed")) return undefined;
  const verdict = judge(handle);
  if (verdict === "unknown") return undefined;
  return { unit, handle, isAlive: verdict === "alive", tracked: engine.supervisor.track(unit.spec.id, handle, exitStatusPath(engine, runId, unit.spec.id, unit.starts)) };
}

async function takeOver(engine: Engine, { unit, handle, tracked }: Found): Promise<void> {
  // One whose stop was interrupted is ready again: nobody waits for its end, and what ends it now is told.
  if (unit.life.status === "started" && !(await isReadyNow(engine, unit))) return endHalfStarted(engine, unit, handle, tracked);
  if (unit.life.status === "started" || unit.life.status === "stopping") {
    const ready = { handle, startupMs: 0, evidence: "it lived when a new daemon took charge" };
    engine.store.dispatch({ type: "unit_ready", unitId: unit.spec.id, ...ready });
  }
  engine.store.dispatch({ type: "unit_adopted", unitId: unit.spec.id, handle });
  watchCrash(engine, tracked);
  watchLiveness(engine, tracked);
}

async function recordUnseenEnd(engine: Engine, { unit, handle, tracked }: Found): Promise<void> {
  const exit = await tracked.ended;
  if (unit.life.status === "failed" && unit.life.failure.reason === "stop_failed") return recordLateEnd(engine, unit, exit);
  const tail = unit.logPath === undefined ? [] : logTail(unit.logPath);
  if (handle.bootId !== engine.host.machine.bootId) return recordBoot(engine, unit, exit, tail);
  const message = `${unit.spec.id} ended with ${exitText(exit)} while no daemon was watching`;
  followMishap(engine, unit, { kind: "ended", exit, logTail: tail, failure: { reason: "process_exited", message, hint: "bring it back with `envctl resume`", logTail: tail } });
  await killUnit(engine, { spec: unit.spec, handle, tracked });
}

/** The numbers of its group and session may be anybody's now, and nobody has asked for anything since. */
function recordBoot(engine: Engine, unit: UnitState, exit: Exit, tail: readonly string[]): void {
  const failure: Failure = { reason: "process_exited", message: `${unit.spec.id} ended when this machine was shut down or restarted`, hint: "bring everything back with `envctl resume`", logTail: tail };
  followMishap(engine, unit, { kind: "put_down", exit, failure, mayRestart: false });
}

/** It was to end, could not be ended, and has ended since. */
function recordLateEnd(engine: Engine, { spec }: UnitState, exit: Exit): void {
  engine.store.dispatch({ type: "unit_stopped", unitId: spec.id, exit, killed: [] });
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

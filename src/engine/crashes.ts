/** Ready units that end by themselves: recorded with their cause, and what is left of them ended too. */
import type { Failure } from "../model/failure.ts";
import { handleOf, isStuck, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { isSameHandle, type Exit, type UnitId } from "../model/unit.ts";
import { decide, type Mishap } from "./decide.ts";
import type { Engine } from "./engine.ts";
import { endCompanions } from "./end-companions.ts";
import { logTail } from "./log-tail.ts";
import { killMarkedBefore } from "./stop-processes.ts";
import { isWithinReach, killUnit, settleStuck } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

/** Follows a unit from the moment it is ready; one that has ended meanwhile counts too. */
export function watchCrash(engine: Engine, tracked: Tracked): void {
  void tracked.ended.then((exit) => crashed(engine, tracked, exit));
}

/** Before planning: units whose first process is gone are noticed now, and what is left of them is ended before their port is looked at. */
export async function settleDead(engine: Engine): Promise<void> {
  const units = Object.values(engine.store.state()?.units ?? {});
  const dead = units.flatMap(({ spec, life }) => {
    const handle = handleOf(life);
    return handle !== undefined && isWithinReach(engine, handle) && engine.judge(handle) === "dead" ? [{ spec, handle, life }] : [];
  });
  if (dead.length === 0) return;
  engine.supervisor.sweep();
  await Promise.all(dead.map(({ spec, handle, life }) => (isStuck(life) ? settleStuck(engine, spec, handle) : killUnit(engine, { spec, handle }))));
}

/** Long enough for a restart without delay to be under way: what ran off into a session of its own can wait. */
const escapedAfterMs = 100;

/** An end that was asked for, or of an earlier start, is none of a crash. */
function crashed(engine: Engine, tracked: Tracked, exit: Exit): void {
  const unit = engine.store.state()?.units[tracked.unitId];
  if (unit === undefined || !isUp(unit.life) || unit.life.status === "stopping") return;
  const handle = handleOf(unit.life);
  if (handle === undefined || !isSameHandle(handle, tracked.handle)) return;
  const endedAt = engine.host.clock.monotonic();
  const clearing = killUnit(engine, { spec: unit.spec, handle: tracked.handle, tracked, isUrgent: true });
  clearAway(engine, unit.spec.id, clearing);
  void clearing.then(() => engine.host.clock.sleep(escapedAfterMs)).then(() => killMarkedBefore(engine, unit.spec.id, endedAt)).catch(() => undefined);
  const tail = unit.logPath === undefined ? [] : logTail(unit.logPath);
  const told = tracked.told?.();
  followMishap(engine, unit, { kind: "ended", exit, logTail: tail, ...(told === undefined ? {} : { failure: { ...told, logTail: tail } }) });
}

/** A new start of the unit waits for this work, or it would be ended too. */
export function clearAway(engine: Engine, unitId: UnitId, work: Promise<unknown>): void {
  const clearing = work.catch(() => undefined).finally(() => {
    if (engine.clearings.get(unitId) === clearing) engine.clearings.delete(unitId);
  });
  engine.clearings.set(unitId, clearing);
}

/** Records that a unit went down with the machine: nobody has asked for it since, so nothing follows. */
export function followBoot(engine: Engine, unit: UnitState, exit: Exit): void {
  const message = `${unit.spec.id} ended when this machine was shut down or restarted`;
  const failure: Failure = { reason: "process_exited", message, hint: "bring everything back with `envctl resume`", logTail: unit.logPath === undefined ? [] : logTail(unit.logPath) };
  followMishap(engine, unit, { kind: "put_down", exit, failure, mayRestart: false });
}

/** Records a mishap and what follows from it: nothing, a restart, or giving up. */
export function followMishap(engine: Engine, unit: UnitState, mishap: Mishap): void {
  const decision = decide(unit, mishap, engine.host.clock.now(), Math.random());
  engine.store.dispatchAll(decision.events);
  const group = decision.events.find((event) => event.type === "group_failed");
  if (group !== undefined && decision.ending.length > 0) void endCompanions(engine, decision.ending, group.failure);
  if (decision.restartAtMs !== undefined) engine.restarts.schedule(unit.spec.id, decision.restartAtMs);
}

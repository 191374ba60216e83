/** Ends a unit through the executor that can: the one its handle names, whatever its specification says by now. */
import type { Failure } from "../model/failure.ts";
import { handleOf } from "../model/lifecycle.ts";
import { executorOf, isSameHandle, type Handle } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import type { StopResult, StopTarget } from "./executors/executor.ts";

/** After a boot the numbers of a process, its group and its session may be anybody's; a container is known by more. */
export function isWithinReach({ host }: Pick<Engine, "host">, handle: Handle): boolean {
  return handle.inside === "container" || handle.bootId === host.machine.bootId;
}

/** Asks, waits, ends by force. What holds out is recorded as failed: its result is `stuck`. */
export async function stopUnit(engine: Engine, target: StopTarget): Promise<StopResult> {
  const result = await engine.executors[executorOf(target.handle)].stop(target);
  if (result.stuck !== undefined) recordStuck(engine, target, result, result.stuck.failure);
  return result;
}

/** Ends by force and records nothing. */
export function killUnit(engine: Engine, target: StopTarget): Promise<StopResult> {
  return engine.executors[executorOf(target.handle)].kill(target);
}

/** Something of the unit lives on: it has failed for the reason given, until it ends after all. */
export function recordStuck(engine: Engine, { spec, handle }: StopTarget, { stuck }: StopResult, failure: Failure): void {
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure, handle });
  void stuck?.gone.then((exit) => {
    const life = engine.store.state()?.units[spec.id]?.life;
    const left = life?.status === "failed" ? handleOf(life) : undefined;
    if (left !== undefined && isSameHandle(left, handle)) engine.store.dispatch({ type: "unit_stopped", unitId: spec.id, exit, killed: [] });
  });
}

/** Ends a unit through the executor that can, the one its handle names, and records it where that does not succeed. */
import type { Failure } from "../model/failure.ts";
import { isStuck } from "../model/lifecycle.ts";
import { executorOf, isSameHandle, type Exit, type Handle, type UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import type { StopResult, StopTarget, Stuck } from "./executors/executor.ts";

/** After a boot the numbers of a process, its group and its session may be anybody's; a container is known by more. */
export function isWithinReach({ host }: Pick<Engine, "host">, handle: Handle): boolean {
  return handle.inside === "container" || handle.bootId === host.machine.bootId;
}

/** Asks, waits, ends by force. What holds out is recorded as failed: its result is `stuck`. */
export async function stopUnit(engine: Engine, target: StopTarget): Promise<StopResult> {
  const result = await engine.executors[executorOf(target.handle)].stop(target);
  if (result.stuck !== undefined) recordStuck(engine, target.spec, result.stuck);
  return result;
}

/** Ends by force and records nothing. */
export function killUnit(engine: Engine, target: StopTarget): Promise<StopResult> {
  return engine.executors[executorOf(target.handle)].kill(target);
}

/** Ends by force one that did not come up, and records why; the answer tells too what could not be ended of it. */
export async function failUnit(engine: Engine, target: StopTarget & { readonly spec: UnitSpec }, failure: Failure): Promise<Failure> {
  const { exit, stuck } = await killUnit(engine, target);
  if (stuck !== undefined) return recordStuck(engine, target.spec, { ...stuck, failure: { ...stuck.failure, cause: failure } });
  engine.store.dispatch({ type: "unit_failed", unitId: target.spec.id, failure, exit });
  return failure;
}

/** Its ports stay reserved, and a later stop tries again. */
function recordStuck(engine: Engine, spec: Ported, { failure, handle, gone }: Stuck): Failure {
  engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure, handle });
  awaitLateEnd(engine, spec, handle, gone);
  return failure;
}

type Ported = Pick<UnitSpec, "id" | "ports">;

/** What held out has gone as far as is known: what else there is of the unit is tried once more. */
export async function settleStuck(engine: Engine, spec: UnitSpec, handle: Handle): Promise<void> {
  const { exit, stuck } = await killUnit(engine, { spec, handle });
  if (stuck === undefined) recordLateEnd(engine, spec, handle, exit);
  else recordStuck(engine, spec, stuck);
}

/** One that could not be ended counts as stopped once it is gone. */
export function awaitLateEnd(engine: Engine, spec: Ported, handle: Handle, gone: Promise<Exit>): void {
  void gone.then((exit) => recordLateEnd(engine, spec, handle, exit));
}

/** Nothing, if somebody has decided otherwise meanwhile. */
export function recordLateEnd(engine: Engine, spec: Ported, handle: Handle, exit: Exit): void {
  const life = engine.store.state()?.units[spec.id]?.life;
  if (life !== undefined && isStuck(life) && isSameHandle(life.handle, handle)) recordStop(engine, spec, { exit, killed: [] });
}

/** It has ended and is not to run: its ports are free again. */
export function recordStop(engine: Engine, { id, ports }: Ported, { exit, killed }: Pick<StopResult, "exit" | "killed">): void {
  engine.store.dispatch({ type: "unit_stopped", unitId: id, exit, killed });
  if (ports.length > 0) engine.reservations.release(ports.map(({ port }) => port));
}

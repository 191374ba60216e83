/** Ends units that nobody asked to end: the unhealthy, and those over a limit. */
import { isServing } from "../model/lifecycle.ts";
import type { Failure } from "../model/failure.ts";
import { isSameHandle } from "../model/unit.ts";
import { followMishap } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import { stopUnit } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

/** Ends a serving unit and lets its policy decide what follows. Does nothing when somebody else decides about it meanwhile. */
export async function putDown(engine: Engine, tracked: Tracked, failure: Failure, mayRestart: boolean): Promise<void> {
  const unit = engine.store.state()?.units[tracked.unitId];
  if (unit === undefined || !isServing(unit.life) || !isSameHandle(unit.life.handle, tracked.handle)) return;
  engine.store.dispatch({ type: "unit_stopping", unitId: tracked.unitId, because: failure.message });
  const { exit, stuck } = await stopUnit(engine, { spec: unit.spec, handle: tracked.handle, tracked });
  if (stuck !== undefined) return;
  const after = engine.store.state()?.units[tracked.unitId];
  const isOurs = after?.life.status === "stopping" && isSameHandle(after.life.handle, tracked.handle);
  if (isOurs) followMishap(engine, after, { kind: "put_down", exit, failure, mayRestart });
}

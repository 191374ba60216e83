/** Ends units that nobody asked to end: the unhealthy, and those over a limit. */
import { isServing } from "../model/lifecycle.ts";
import type { Failure } from "../model/failure.ts";
import { followMishap } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import { recordHoldout } from "./holdouts.ts";
import { stopUnit } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

/** Ends a serving unit and lets its policy decide what follows. Does nothing when somebody else decides about it meanwhile. */
export async function putDown(engine: Engine, tracked: Tracked, failure: Failure, mayRestart: boolean): Promise<void> {
  const unit = engine.store.state()?.units[tracked.unitId];
  if (unit === undefined || !isServing(unit.life) || unit.life.handle.pid !== tracked.handle.pid) return;
  engine.store.dispatch({ type: "unit_stopping", unitId: tracked.unitId, because: failure.message });
  const { exit, left } = await stopUnit(engine, { spec: unit.spec, handle: tracked.handle, tracked });
  const after = engine.store.state()?.units[tracked.unitId];
  const isOurs = after?.life.status === "stopping" && after.life.handle.pid === tracked.handle.pid;
  if (isOurs && left.length > 0) recordHoldout(engine, unit.spec, tracked.handle, left);
  else if (isOurs) followMishap(engine, after, { kind: "put_down", exit, failure, mayRestart });
}

/** A unit that uses more than it may: told, and ended where its limits say so. */
import type { Failure } from "../model/failure.ts";
import { excessText, type Excess } from "../model/limits.ts";
import type { UnitState } from "../model/run-state.ts";
import type { LimitAction } from "../model/supervision.ts";
import type { Engine } from "./engine.ts";
import { logTail } from "./log-tail.ts";
import { putDown } from "./put-down.ts";
import type { Tracked } from "./supervise.ts";

/** Records the excess and does what the unit's limits say. */
export function actOnLimit(engine: Engine, unit: UnitState, tracked: Tracked, excess: Excess): void {
  const action = unit.spec.limits?.onLimit ?? "warn";
  engine.store.dispatch({ type: "unit_limit", unitId: unit.spec.id, ...excess, action });
  if (action !== "warn") void putDown(engine, tracked, limitFailure(unit, excess, action), action === "restart");
}

function limitFailure({ spec, logPath }: UnitState, excess: Excess, action: LimitAction): Failure {
  const again = action === "restart" && spec.restart === undefined ? `; services.${spec.name}.restart has it started again` : "";
  return {
    reason: "limit_exceeded",
    message: `${spec.id} used ${excessText(excess)} and was ended`,
    hint: `if that is what it needs, raise services.${spec.name}.limits.${excess.limit}${again}`,
    logTail: logPath === undefined ? [] : logTail(logPath),
  };
}

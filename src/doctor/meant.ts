/** Which units are meant to run now. */
import { isUp } from "../model/lifecycle.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";

/** As the latest run has it: one that is about to start is. */
export function isMeant(state: RunState | undefined, unitId: UnitId): boolean {
  const life = state?.units[unitId]?.life;
  return life !== undefined && (isUp(life) || life.status === "starting" || life.status === "preparing");
}

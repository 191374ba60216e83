/** Ends what does not work without a unit that is given up. */
import type { Failure } from "../model/failure.ts";
import { handleOf } from "../model/lifecycle.ts";
import type { UnitId } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { stopUnit } from "./stop-unit.ts";

/** Members of a restart group, last first. They stay wanted: a resume brings them back. */
export async function endCompanions(engine: Engine, unitIds: readonly UnitId[], failure: Failure): Promise<void> {
  for (const unitId of unitIds.toReversed()) {
    engine.restarts.forget(unitId);
    await engine.flights.cancel(unitId);
    const unit = engine.store.state()?.units[unitId];
    if (unit === undefined || !unit.isWanted) continue;
    const handle = handleOf(unit.life);
    if (handle !== undefined) {
      const tracked = engine.supervisor.tracked(unitId);
      engine.store.dispatch({ type: "unit_stopping", unitId, because: failure.message });
      const { stuck } = await stopUnit(engine, { spec: unit.spec, handle, ...(tracked === undefined ? {} : { tracked }) });
      if (stuck !== undefined) continue;
    }
    // Whoever asked for its end meanwhile has the last word.
    if (engine.store.state()?.units[unitId]?.isWanted === true) engine.store.dispatch({ type: "unit_blocked", unitId, failure });
  }
}

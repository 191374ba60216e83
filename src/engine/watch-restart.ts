/** The restart of a unit for its changed files. No crash: nothing is counted, and one that does not come up waits for the next change. */
import { errorText } from "../host/files.ts";
import type { UnitState } from "../model/run-state.ts";
import type { Engine } from "./engine.ts";
import { intentFor, type RestartWays } from "./restart-unit.ts";

/** Restarts the unit alone, with the configuration there is now. False when somebody else decided about it meanwhile. */
export async function restartForFiles(engine: Engine, unit: UnitState, because: string, ways: RestartWays): Promise<boolean> {
  const { id } = unit.spec;
  try {
    const intent = { ...intentFor(engine, unit, []), kind: "restart" } as const;
    const planning = await ways.plan(intent);
    const nodes = planning.plan.nodes.filter(({ unitId, action }) => unitId === id && (action === "start" || action === "restart")).map((node) => ({ ...node, because }));
    const now = engine.store.state()?.units[id];
    if (now?.isWanted !== true || now.life !== unit.life) return false;
    if (nodes.length > 0) await ways.start(planning, { ...planning.plan, nodes }, intent);
  } catch (error) {
    engine.store.dispatch({ type: "warning", code: "watch_restart_failed", unitId: id, message: `${because}, but ${id} was not restarted: ${errorText(error)}` });
  }
  return true;
}

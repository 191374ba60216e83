/** Ready units that end by themselves: recorded with their cause, and what is left of them ended too. */
import { handleOf, isUp } from "../model/lifecycle.ts";
import { exitText, type Exit } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { logTail } from "./log-tail.ts";
import { killUnit } from "./stop-unit.ts";
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
    return handle !== undefined && handle.bootId === engine.host.machine.bootId && engine.judge(handle) === "dead" ? [{ spec, handle }] : [];
  });
  if (dead.length === 0) return;
  engine.supervisor.sweep();
  await Promise.all(dead.map((target) => killUnit(engine, target)));
}

/** An end that was asked for, or of an earlier start, is none of a crash. */
async function crashed(engine: Engine, tracked: Tracked, exit: Exit): Promise<void> {
  const unit = engine.store.state()?.units[tracked.unitId];
  if (unit === undefined || !isUp(unit.life) || unit.life.status === "stopping") return;
  if (!("handle" in unit.life) || unit.life.handle?.pid !== tracked.handle.pid) return;
  const { spec } = unit;
  engine.store.dispatch({
    type: "unit_crashed",
    unitId: spec.id,
    exit,
    failure: {
      reason: "process_exited",
      message: `${spec.id} ended by itself with ${exitText(exit)}`,
      hint: `bring it back with \`envctl resume\`; its log: \`envctl logs --project ${spec.project} --service ${spec.name}\``,
      logTail: unit.logPath === undefined ? [] : logTail(unit.logPath),
    },
  });
  await killUnit(engine, { spec, handle: tracked.handle, tracked });
}

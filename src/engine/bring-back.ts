/** Units that ran inside an earlier daemon: they are gone with it, through no fault of theirs, and start again at once. */
import { join } from "node:path";
import { isoTime } from "../host/clock.ts";
import type { Failure } from "../model/failure.ts";
import { handleOf, isUp } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import { isResident } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { takeLoopNote } from "./executors/loop-note.ts";
import { loopNoteName } from "./executors/table.ts";
import { killUnit } from "./stop-unit.ts";

/** A project's units come back together, in the order of what they depend on. */
export async function bringBackResidents(engine: Engine, units: readonly UnitState[]): Promise<void> {
  const left = units.filter(({ life }) => isGoneResident(engine, life));
  for (const { spec, life } of left) {
    const handle = handleOf(life);
    // Processes it has started do not go with the daemon.
    if (handle !== undefined) await killUnit(engine, { spec, handle });
    // What could not be ended before has ended now.
    if (life.status === "failed") engine.store.dispatch({ type: "unit_failed", unitId: spec.id, failure: life.failure });
  }
  const wanted = left.filter(({ life }) => isUp(life));
  for (const project of new Set(wanted.map(({ spec }) => spec.project))) {
    const [leader, ...others] = wanted.filter(({ spec }) => spec.project === project);
    if (leader === undefined) continue;
    for (const unit of others) dispatchRestart(engine, unit, []);
    dispatchRestart(engine, leader, others);
    engine.restarts.schedule(leader.spec.id, engine.host.clock.now());
  }
}

/** The daemon before left word that its loop was blocked by one of these: none of them may do so again unasked. */
export function failBlocking(engine: Engine): void {
  const note = takeLoopNote(join(engine.scope.root, loopNoteName));
  for (const unitId of note?.units ?? []) {
    const unit = engine.store.state()?.units[unitId];
    if (note === undefined || unit === undefined || !unit.isWanted) continue;
    const others = note.units.length === 1 ? "" : `, or one of the others in it did (${note.units.filter((one) => one !== unitId).join(", ")})`;
    const message = `${unitId} blocked the daemon's loop for ${Math.round(note.blockedMs / 1000)} s${others}, so the daemon ended itself at ${note.at}`;
    const hint = `run it apart from the loop with services.${unit.spec.name}.executor: thread, then \`envctl start\``;
    engine.store.dispatch({ type: "unit_failed", unitId, failure: { reason: "loop_blocked", message, hint } });
  }
}

function isGoneResident(engine: Engine, life: UnitState["life"]): boolean {
  const handle = handleOf(life);
  return handle !== undefined && isResident(handle) && engine.judge(handle) === "dead";
}

function dispatchRestart(engine: Engine, { spec }: UnitState, alongside: readonly UnitState[]): void {
  const because: Failure = { reason: "process_exited", message: `${spec.id} ended with the daemon it ran in, and is started again` };
  engine.store.dispatch({ type: "unit_restarting", unitId: spec.id, attempt: 0, delayMs: 0, dueAt: isoTime(engine.host.clock), because, alongside: alongside.map((one) => one.spec.id) });
}

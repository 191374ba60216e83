/** Units that ran inside an earlier daemon: they are gone with it, through no fault of theirs, and start again at once, unless the machine went down too. */
import { isoTime } from "../host/clock.ts";
import type { Failure } from "../model/failure.ts";
import { handleOf, isStuck, isUp } from "../model/lifecycle.ts";
import { loopFailures } from "../model/loop-note.ts";
import type { UnitState } from "../model/run-state.ts";
import { isResident } from "../model/unit.ts";
import { followBoot } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import { takeLoopNote } from "./executors/loop-note.ts";
import { killUnit, settleStuck } from "./stop-unit.ts";

/** A project's units come back together, in the order of what they depend on. */
export async function bringBackResidents(engine: Engine, units: readonly UnitState[]): Promise<void> {
  const left = units.filter(({ life }) => isGoneResident(engine, life));
  for (const { spec, life } of left) {
    const handle = handleOf(life);
    // Processes it has started do not go with the daemon.
    if (handle !== undefined) await (isStuck(life) ? settleStuck(engine, spec, handle) : killUnit(engine, { spec, handle }));
  }
  const up = left.filter(({ life }) => isUp(life));
  const wanted = up.filter(({ life }) => handleOf(life)?.bootId === engine.host.machine.bootId);
  for (const unit of up) if (!wanted.includes(unit)) followBoot(engine, unit, { kind: "unknown" });
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
  const note = takeLoopNote(engine.scope.loopNote);
  const failures = note === undefined ? [] : loopFailures(note, engine.store.state() ?? { units: {} });
  for (const { unitId, failure } of failures) engine.store.dispatch({ type: "unit_failed", unitId, failure });
}

function isGoneResident(engine: Engine, life: UnitState["life"]): boolean {
  const handle = handleOf(life);
  return handle !== undefined && isResident(handle) && engine.judge(handle) === "dead";
}

function dispatchRestart(engine: Engine, { spec }: UnitState, alongside: readonly UnitState[]): void {
  const because: Failure = { reason: "process_exited", message: `${spec.id} ended with the daemon it ran in, and is started again` };
  engine.store.dispatch({ type: "unit_restarting", unitId: spec.id, attempt: 0, delayMs: 0, dueAt: isoTime(engine.host.clock), because, alongside: alongside.map((one) => one.spec.id) });
}

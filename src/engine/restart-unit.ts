/** An automatic restart: planned like any intent, so that ports and configuration are right, beside whatever intent is under way. */
import { errorText } from "../host/files.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { UnitState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { isStuck } from "../model/lifecycle.ts";
import { followMishap } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import type { Planning } from "./planning.ts";
import { layersOf, starterOf } from "./starters.ts";

export interface RestartWays {
  readonly plan: (intent: Intent) => Promise<Planning>;
  /** Carries out a plan; the failures of units that did not get ready. */
  readonly start: (planning: Planning, plan: Plan, intent: Intent) => Promise<Readonly<Record<UnitId, Failure>>>;
}

/** Does nothing when somebody else has decided about the unit meanwhile. */
export async function restartUnit(engine: Engine, unitId: UnitId, ways: RestartWays): Promise<void> {
  const unit = engine.store.state()?.units[unitId];
  if (unit === undefined || unit.life.status !== "restarting" || !isRestarting(engine, unitId)) return;
  const failures = await attempt(engine, unit, unit.life.alongside, ways);
  for (const [failedId, failure] of Object.entries(failures)) {
    const after = engine.store.state()?.units[failedId];
    const isOurs = after !== undefined && after.isWanted && !isStuck(after.life) && (after.life.status === "failed" || after.life.status === "blocked" || after.life.status === "restarting");
    // One that waits for the unit itself comes back with it.
    const isBlocked = failedId !== unitId && failure.reason === "dependency_failed";
    if (isOurs && !isBlocked && failure.reason !== "cancelled") followMishap(engine, after, { kind: "restart_failed", failure });
  }
}

function isRestarting(engine: Engine, unitId: UnitId): boolean {
  const unit = engine.store.state()?.units[unitId];
  return unit?.isWanted === true && unit.life.status === "restarting";
}

async function attempt(engine: Engine, unit: UnitState, alongside: readonly UnitId[], ways: RestartWays): Promise<Readonly<Record<UnitId, Failure>>> {
  const units = engine.store.state()?.units ?? {};
  const companions = alongside.flatMap((id) => (units[id]?.isWanted === true ? units[id] : []));
  const intent = intentFor(engine, unit, companions);
  try {
    const planning = await ways.plan(intent);
    if (!isRestarting(engine, unit.spec.id)) return {};
    const meant = new Set([unit, ...companions].map(({ spec }) => spec.id));
    const nodes = planning.plan.nodes.filter(({ unitId }) => meant.has(unitId) && engine.store.state()?.units[unitId]?.isWanted === true);
    if (nodes.find((node) => node.unitId === unit.spec.id)?.action !== "start") return {};
    return await ways.start(planning, { ...planning.plan, nodes }, intent);
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return { [unit.spec.id]: error.failures[0] };
    return { [unit.spec.id]: { reason: "internal", message: `the restart of ${unit.spec.id} failed: ${errorText(error)}` } };
  }
}

/** As if the one who started it last asked again. */
export function intentFor(engine: Engine, unit: UnitState, companions: readonly UnitState[]): Intent {
  const starter = starterOf(engine, unit);
  return {
    kind: companions.length === 0 ? "start" : "restart",
    selection: { projects: [unit.spec.project], services: [unit, ...companions].map(({ spec }) => spec.name) },
    caller: { directory: unit.spec.directory, environment: starter.environment },
    ...layersOf(starter.asked),
  };
}

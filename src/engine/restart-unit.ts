/** An automatic restart: planned like any start, so that ports and configuration are right, beside whatever intent is under way. */
import { errorText } from "../host/files.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { UnitState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { followMishap } from "./crashes.ts";
import type { Engine } from "./engine.ts";
import type { Planning } from "./planning.ts";

export interface RestartWays {
  readonly plan: (intent: Intent) => Promise<Planning>;
  /** Carries out a plan of one unit; the failure when it did not get ready. */
  readonly start: (planning: Planning, plan: Plan, intent: Intent, unitId: UnitId) => Promise<Failure | undefined>;
}

/** Does nothing when somebody else has decided about the unit meanwhile. */
export async function restartUnit(engine: Engine, unitId: UnitId, ways: RestartWays): Promise<void> {
  const unit = engine.store.state()?.units[unitId];
  if (unit === undefined || unit.life.status !== "restarting" || !unit.isWanted) return;
  const failure = await attempt(engine, unit, ways);
  const after = engine.store.state()?.units[unitId];
  const isOurs = after !== undefined && after.isWanted && (after.life.status === "failed" || after.life.status === "blocked" || after.life.status === "restarting");
  if (failure !== undefined && isOurs && failure.reason !== "cancelled") followMishap(engine, after, { kind: "restart_failed", failure });
}

async function attempt(engine: Engine, unit: UnitState, ways: RestartWays): Promise<Failure | undefined> {
  const intent = intentFor(engine, unit);
  try {
    const planning = await ways.plan(intent);
    const node = planning.plan.nodes.find((one) => one.unitId === unit.spec.id);
    if (node?.action !== "start") return undefined;
    return await ways.start(planning, { ...planning.plan, nodes: [node] }, intent, unit.spec.id);
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return error.failures[0];
    return { reason: "internal", message: `the restart of ${unit.spec.id} failed: ${errorText(error)}` };
  }
}

/** As if the one who started it last asked again. */
function intentFor(engine: Engine, unit: UnitState): Intent {
  const runId = engine.store.state()?.runId ?? "";
  const kept = unit.environmentId === undefined ? undefined : engine.environments.recall(runId, unit.environmentId);
  const own = Object.entries(engine.host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return {
    kind: "start",
    selection: { projects: [unit.spec.project], services: [unit.spec.name] },
    caller: { directory: unit.spec.directory, environment: kept ?? Object.fromEntries(own) },
  };
}

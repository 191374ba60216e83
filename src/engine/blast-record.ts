/** Writes down what a blast did, where a state can be read and nobody else writes it. */
import { handleOf } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import type { Exit } from "../model/unit.ts";
import type { Victim } from "./blast-choice.ts";
import type { ContainerSight } from "./blast-containers.ts";
import { endingKey, type Endings } from "./blast-ending.ts";
import type { BlastParts, BlastScope } from "./blast-scopes.ts";
import { holdoutRecord } from "./holdouts.ts";
import { createStore, type Store } from "./store.ts";

/** Every unit that was meant is now stopped on purpose or holds out; when all of them are down, so is the run. */
export function recordBlast(parts: BlastParts, scope: BlastScope, outcome: BlastOutcome): void {
  if (scope.state === undefined || scope.state.runId === "" || scope.state.stoppedAt !== undefined) return;
  const store = createStore(scope.repository, parts.host.clock, scope.state);
  try {
    for (const unit of scope.units) recordUnit(parts, store, unit, scope, outcome);
    const units = Object.values(store.state()?.units ?? {});
    if (units.every((unit) => !unit.isWanted && handleOf(unit.life) === undefined)) store.dispatch({ type: "run_stopped" });
  } finally {
    store.close();
  }
}

/** What a blast has to tell of units. */
export interface BlastOutcome {
  readonly left: readonly Victim[];
  readonly endings: Endings;
  /** The last look into the engines. */
  readonly sight: ContainerSight;
  /** `<scope>/<unit id>` → how its container ended. */
  readonly exits: ReadonlyMap<string, Exit>;
}

function recordUnit(parts: BlastParts, store: Store, { spec, life, isWanted }: UnitState, scope: BlastScope, { left, endings, sight, exits }: BlastOutcome): void {
  const handle = handleOf(life);
  const key = endingKey(scope.id, spec.id);
  const isLost = handle?.inside === "container" && (sight.failures.length > 0 || sight.containers.some((one) => one.scope === scope.id && one.unitId === spec.id));
  const remains = left.filter((one) => one.scope === scope.id && one.unitId === spec.id).map(({ row }) => row);
  const stuck = holdoutRecord(parts, spec, handle, remains);
  if (stuck !== undefined) return store.dispatch({ type: "unit_failed", unitId: spec.id, ...stuck });
  // One of another pid namespace can be neither judged nor ended from here.
  if (isLost || (handle !== undefined && handle.inside !== "container" && parts.judge(handle) === "unknown")) return;
  const ending = endings.get(key);
  const exit = exits.get(key) ?? ending?.exit ?? ("exit" in life && life.exit !== undefined ? life.exit : { kind: "unknown" as const });
  if (isWanted || handle !== undefined) store.dispatch({ type: "unit_stopped", unitId: spec.id, exit, killed: ending?.killed ?? [] });
}

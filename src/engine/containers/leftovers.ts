/** Containers and networks of this repository that nobody needs, found by their labels. What lacks them is never touched. */
import { containerLabels, type ContainerEngine, type Labels } from "../../host/container-engine.ts";
import { ownerLabels } from "../../host/docker-spec.ts";
import { errorText } from "../../host/files.ts";
import type { UnitState } from "../../model/run-state.ts";
import { unitIdOf, type UnitId } from "../../model/unit.ts";
import { starterOf } from "../starters.ts";
import { ownerOf } from "./container-spec.ts";
import { removeIdleNetworks } from "./networks.ts";
import { placeOf } from "./place.ts";
import type { Engine } from "../engine.ts";

/** The daemon before died between the start of a container and writing that down. */
export async function removeInterrupted(engine: Engine, unit: UnitState): Promise<void> {
  await quietly(engine, async () => removeAll(await engine.containers.engineFor(placeOf(unit.spec, starterOf(engine, unit).environment)), ownerLabels(ownerOf(engine.containers.scope(), unit.spec)), () => true));
}

/** Removes the containers of units that `isWanted` does not spare, in every engine that was used. */
export async function sweepContainers(engine: Engine, isWanted: (unitId: UnitId) => boolean): Promise<void> {
  for (const docker of await engine.containers.engines()) {
    await quietly(engine, () => removeAll(docker, { [containerLabels.scope]: engine.containers.scope() }, (unitId) => !isWanted(unitId)));
  }
}

/** Nothing of the run is left that needs them. */
export async function removeNetworks(engine: Engine): Promise<void> {
  for (const docker of await engine.containers.engines()) await quietly(engine, () => removeIdleNetworks(docker, engine.containers.scope()));
}

async function removeAll({ containers }: ContainerEngine, labels: Labels, isLeft: (unitId: UnitId) => boolean): Promise<void> {
  for (const facts of await containers.list(labels)) {
    const unitId = unitIdOf(facts.labels[containerLabels.project] ?? "", facts.labels[containerLabels.unit] ?? "");
    if (isLeft(unitId)) await containers.remove(facts.id);
  }
}

/** What is not removed now is found again at the next stop. */
async function quietly(engine: Engine, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => engine.store.dispatch({ type: "warning", code: "container_left", message: `containers that nobody needs may be left: ${errorText(error)}` }));
}

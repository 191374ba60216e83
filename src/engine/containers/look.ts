/** Asks engines about the containers of a run once and follows none: for a plan that is only shown, and before a stop. */
import { handleOf } from "../../model/lifecycle.ts";
import type { ContainerHandle } from "../../model/unit.ts";
import type { Engine } from "../engine.ts";
import { starterOf } from "../starters.ts";
import type { ContainerTruth } from "./follow.ts";
import { placeOf, type EnginePlace } from "./place.ts";

/** Afterwards the engine judges them by what was seen. */
export async function lookAtContainers(engine: Engine, isWanted: (handle: ContainerHandle) => boolean = () => true): Promise<void> {
  await Promise.all(
    Object.values(engine.store.state()?.units ?? {}).map(async (unit) => {
      const handle = handleOf(unit.life);
      if (handle?.inside === "container" && isWanted(handle)) engine.containers.note(handle, await truthOf(engine, handle, placeOf(unit.spec, starterOf(engine, unit).environment)));
    }),
  );
}

async function truthOf(engine: Engine, handle: ContainerHandle, place: EnginePlace): Promise<ContainerTruth> {
  try {
    const facts = await (await engine.containers.engineOf(handle, place)).containers.inspect(handle.containerId);
    return facts?.isRunning === true && facts.startedAt === handle.startedAt ? "alive" : "dead";
  } catch {
    return "unknown";
  }
}

/** All volumes of a project, found by their labels: what a deleted worktree leaves in container engines. */
import { containerLabels, type ContainerEngine } from "../../host/container-engine.ts";
import { knownInstallation } from "../../host/installation.ts";
import { UserError, type Failure } from "../../model/failure.ts";
import type { RunState } from "../../model/run-state.ts";
import { createEngines, type Engines, type EnginesParts } from "./engines.ts";
import { placeOf, type EnginePlace } from "./place.ts";

export interface VolumesAsked extends EnginesParts {
  readonly project: string;
  readonly state: RunState | undefined;
  /** Deletes them, too. */
  readonly remove: boolean;
}

export interface ProjectVolumes {
  readonly volumes: readonly { readonly name: string; readonly bytes: number }[];
  /** Why they could not be looked for, or deleted. */
  readonly failure?: Failure;
}

/** In the engine whoever asks means and in those that units of the latest run are in; one that is not there is a failure where data of the project were in it. Asks none where nothing ever ran in a container. */
export async function projectVolumes(asked: VolumesAsked): Promise<ProjectVolumes> {
  if (knownInstallation(asked.host.paths.stateRoot) === undefined) return { volumes: [] };
  const engines = createEngines(asked);
  const labels = { [containerLabels.scope]: engines.scope(), [containerLabels.project]: asked.project };
  let volumes: ProjectVolumes["volumes"] = [];
  try {
    for (const docker of await reachable(asked, engines)) {
      const sizes = Object.entries(await docker.volumes.sizes(labels)).sort();
      volumes = [...volumes, ...sizes.map(([name, bytes]) => ({ name, bytes }))];
      if (asked.remove) for (const [name] of sizes) await docker.volumes.remove(name);
    }
    return { volumes };
  } catch (error) {
    const failure = error instanceof UserError ? error.failures[0] : undefined;
    if (failure === undefined) throw error;
    return { volumes, failure };
  } finally {
    engines.closeEngines();
  }
}

/** Throws a UserError when one does not answer that a unit is in. */
async function reachable({ host, state, project }: VolumesAsked, engines: Engines): Promise<ReadonlySet<ContainerEngine>> {
  const contained = Object.values(state?.units ?? {}).filter(({ spec }) => spec.container !== undefined);
  const recorded: readonly EnginePlace[] = contained.map(({ spec }) => placeOf(spec, host.environment));
  const isNeeded = contained.some(({ spec }, at) => spec.project === project && (spec.container?.volumes.length ?? 0) > 0 && recorded[at]?.named === undefined);
  const meant = await engines.engineFor({ environment: host.environment }).catch((error: unknown) => {
    if (isNeeded) throw error;
    return undefined;
  });
  const others = await Promise.all(recorded.filter(({ named }) => named !== undefined).map((place) => engines.engineFor(place)));
  return new Set([...(meant === undefined ? [] : [meant]), ...others]);
}

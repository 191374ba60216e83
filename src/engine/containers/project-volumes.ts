/** All volumes of a project, found by their labels: what a deleted worktree leaves in container engines. */
import { containerLabels, type ContainerEngine } from "../../host/container-engine.ts";
import { knownInstallation } from "../../host/installation.ts";
import { UserError, type Failure } from "../../model/failure.ts";
import type { RunState, UnitState } from "../../model/run-state.ts";
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

/** In the engine whoever asks means and in those that units of the latest run are in. One that is not there stops none of the others; it is a failure where data of the project were in it. Asks none where nothing ever ran in a container. */
export async function projectVolumes(asked: VolumesAsked): Promise<ProjectVolumes> {
  if (knownInstallation(asked.host.paths.stateRoot) === undefined) return { volumes: [] };
  const engines = createEngines(asked);
  const labels = { [containerLabels.scope]: engines.scope(), [containerLabels.project]: asked.project };
  const volumes: { readonly name: string; readonly bytes: number }[] = [];
  const trouble = (error: unknown): Failure => {
    const failure = error instanceof UserError ? error.failures[0] : undefined;
    if (failure === undefined) throw error;
    return failure;
  };
  try {
    const { answering, silent } = await reached(asked, engines, trouble);
    const failures = [...silent];
    for (const docker of answering) {
      try {
        const sizes = Object.entries(await docker.volumes.sizes(labels)).sort();
        volumes.push(...sizes.map(([name, bytes]) => ({ name, bytes })));
        if (asked.remove) for (const [name] of sizes) await docker.volumes.remove(name);
      } catch (error) {
        failures.push(trouble(error));
      }
    }
    const [failure] = failures;
    return { volumes, ...(failure === undefined ? {} : { failure }) };
  } finally {
    engines.closeEngines();
  }
}

interface Reached {
  readonly answering: ReadonlySet<ContainerEngine>;
  /** Why those do not answer in which the project has volumes. */
  readonly silent: readonly Failure[];
}

async function reached({ host, state, project }: VolumesAsked, engines: Engines, trouble: (error: unknown) => Failure): Promise<Reached> {
  const units = Object.values(state?.units ?? {}).filter(({ spec }) => spec.container !== undefined);
  const hasData = ({ spec }: UnitState): boolean => spec.project === project && (spec.container?.volumes.length ?? 0) > 0;
  const places = units.map((unit): Meant => ({ place: placeOf(unit.spec, host.environment), isNeeded: hasData(unit) }));
  const asked = await Promise.all([{ place: { environment: host.environment }, isNeeded: false }, ...places].map(async ({ place, isNeeded }) => {
    try {
      return { docker: await engines.engineFor(place) };
    } catch (error) {
      const failure = trouble(error);
      return isNeeded ? { failure: ofEngine(failure, place, project) } : {};
    }
  }));
  return { answering: new Set(asked.flatMap(({ docker }) => docker ?? [])), silent: asked.flatMap(({ failure }) => failure ?? []) };
}

interface Meant {
  readonly place: EnginePlace;
  readonly isNeeded: boolean;
}

function ofEngine(failure: Failure, { named }: EnginePlace, project: string): Failure {
  const engine = named === undefined ? "" : `the engine ${named.name}, in which ${project} has volumes, does not answer: `;
  return { ...failure, message: `${engine}${failure.message}`, hint: [failure.hint, "everything else was done; say it again when the engine answers"].filter((one) => one !== undefined).join("; ") };
}

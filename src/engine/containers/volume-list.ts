/** What data there are, and how large, in directories and in volumes. */
import { join } from "node:path";
import type { RunState, UnitState } from "../../model/run-state.ts";
import { listData, snapshotsIn, type ListedData } from "../../state/data-directories.ts";
import { containerLabels } from "../../host/container-engine.ts";
import { volumeName } from "./container-spec.ts";
import { createEngines, type Engines, type EnginesParts } from "./engines.ts";
import { placeOf } from "./place.ts";

export interface DataAsked extends EnginesParts {
  readonly projects: readonly string[];
  readonly dataRoot: string;
  readonly state: RunState | undefined;
}

/** Volumes are those of requirements that last ran in containers. An engine that does not answer is left out; snapshots are known without it. */
export async function allData(asked: DataAsked): Promise<readonly ListedData[]> {
  const listed = listData(asked.dataRoot, asked.projects);
  const units = Object.values(asked.state?.units ?? {}).filter(({ spec }) => asked.projects.includes(spec.project) && spec.requirement !== undefined && spec.container !== undefined && spec.container.volumes.length > 0);
  if (units.length === 0) return listed;
  const engines = createEngines(asked);
  try {
    const found = (await Promise.allSettled(units.map((unit) => volumeOf(unit, engines, asked)))).flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    const others = listed.filter(({ project, requirement }) => !found.some((one) => one.project === project && one.requirement === requirement));
    const rows = [...others, ...found];
    return asked.projects.flatMap((name) => rows.filter(({ project }) => project === name).sort((one, other) => (one.requirement < other.requirement ? -1 : 1)));
  } finally {
    engines.closeEngines();
  }
}

async function volumeOf({ spec }: UnitState, engines: Engines, { host, dataRoot }: DataAsked): Promise<readonly ListedData[]> {
  const docker = await engines.engineFor(placeOf(spec, host.environment));
  const { project, name: requirement } = spec;
  const volumes = (spec.container?.volumes ?? []).map(({ name }) => volumeName(engines.scope(), project, name));
  const sizes = await docker.volumes.sizes({ [containerLabels.scope]: engines.scope(), [containerLabels.project]: project });
  const there = volumes.filter((volume) => sizes[volume] !== undefined);
  if (there.length === 0) return [];
  return [{ project, requirement, directory: there.join(", "), bytes: there.reduce((sum, volume) => sum + (sizes[volume] ?? 0), 0), snapshots: snapshotsIn(join(dataRoot, project, requirement)) }];
}

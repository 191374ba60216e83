/** Who started the units of the live run, so that what follows by itself sees the same variables and layers. */
import type { ProjectFact } from "../model/facts.ts";
import type { Intent, Layers } from "../model/intent.ts";
import type { UnitState } from "../model/run-state.ts";
import type { Engine, ProjectConfigRequest } from "./engine.ts";
import type { Starter } from "./environments.ts";

/** Units of a project with the same starter. */
export interface StarterGroup {
  readonly starter: Starter;
  readonly units: readonly UnitState[];
}

/** The one who started a unit last; the daemon itself where that is not known. */
export function starterOf(engine: Engine, { environmentId }: Pick<UnitState, "environmentId">): Starter {
  const runId = engine.store.state()?.runId ?? "";
  const own = Object.entries(engine.host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const environment = environmentId === undefined ? undefined : engine.environments.recall(runId, environmentId);
  const asked = environmentId === undefined ? { isWhole: true } : engine.environments.askedWith(runId, environmentId);
  return { environment: environment ?? Object.fromEntries(own), asked };
}

/** Nothing but the layers of an intent, or of what was asked for. */
export function layersOf({ profile, overrides }: Layers): Layers {
  return { ...(profile === undefined ? {} : { profile }), ...(overrides === undefined ? {} : { overrides }) };
}

/** Asks anew what a starter asked; layers of `intent` win. */
export function asStarter(intent: Intent, starter: Starter): Intent {
  return { ...layersOf(starter.asked), ...intent, caller: { ...intent.caller, environment: starter.environment } };
}

/**
 * Starters of a project that has a unit which is wanted; whoever asked for everything comes first, the latest before
 * earlier ones. Empty when the project does not take part in a live run.
 */
export function starterGroups(engine: Engine, project: string): readonly StarterGroup[] {
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) return [];
  const units = Object.values(state.units).filter(({ spec }) => spec.project === project);
  if (!units.some((unit) => unit.isWanted)) return [];
  const ids = [...new Set(units.map(({ environmentId }) => environmentId))];
  const groups = ids.map((environmentId): StarterGroup => ({
    starter: starterOf(engine, environmentId === undefined ? {} : { environmentId }),
    units: units.filter((unit) => unit.environmentId === environmentId),
  }));
  return groups.sort((one, other) => rank(other) - rank(one) || (latest(one) < latest(other) ? 1 : -1));
}

/** What is read to plan a reload of the live run. */
export function configRequests(engine: Engine, projects: readonly ProjectFact[]): readonly ProjectConfigRequest[] {
  return projects.flatMap(({ name, root }) => starterGroups(engine, name).map(({ starter }) => ({ projectRoot: root, environment: starter.environment, ...layersOf(starter.asked) })));
}

function rank({ starter, units }: StarterGroup): number {
  return starter.asked.isWhole && units.some((unit) => unit.isWanted) ? 1 : 0;
}

function latest({ units }: StarterGroup): string {
  return units.map(({ life }) => life.at).sort().at(-1) ?? "";
}

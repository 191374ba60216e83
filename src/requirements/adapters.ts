/** Every adapter by name: the built-in ones, files of their own, and those of plug-ins. */
import type { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { Requirement } from "./adapter.ts";
import { adapted } from "./foreign-adapter.ts";
import type { ForeignRequirement } from "./foreign-contract.ts";
import { foreignNames, loadForeign, type ForeignPlace } from "./foreign.ts";
import { requirementAdapters } from "./registry.ts";

export interface Adapters {
  /** The adapter of a requirement, or why there is none. Runs code of the repository, if it is trusted. */
  find(name: string): Promise<Requirement | Failure>;
  /** Adapters that are part of envctl. */
  readonly builtIn: readonly Requirement[];
}

/** Who may have one that is neither built in nor a file of its own. */
export interface PluginRequirements {
  requirement(id: string): Promise<{ readonly row: ForeignRequirement; readonly path: string } | undefined>;
}

export interface AdaptersPlace extends ForeignPlace {
  readonly plugins?: PluginRequirements;
}

/** One that somebody wrote stands before the built-in one of its name, and says so. */
export function createAdapters(place: AdaptersPlace, builtIn: readonly Requirement[] = requirementAdapters): Adapters {
  const known = (): readonly string[] => [...builtIn.map(({ id }) => id), ...foreignNames(place)];
  return {
    builtIn,
    find: async (name) => {
      const own = builtIn.find(({ id }) => id === name);
      const other = (await loadForeign(name, place)) ?? (await ofPlugin(name, place));
      if (other === undefined) return own ?? unknownRequirement(name, known());
      return own === undefined || "reason" in other ? other : withNotice(other);
    },
  };
}

async function ofPlugin(name: string, { plugins, run }: AdaptersPlace): Promise<Requirement | undefined> {
  const found = await plugins?.requirement(name);
  return found === undefined ? undefined : adapted(found.row, found.path, run);
}

function withNotice(requirement: Requirement): Requirement {
  const notes = (): readonly string[] => [`${requirement.title}, of a plug-in or a file of its own, stands in for envctl's own ${requirement.id}`];
  const { embedded, docker, external } = requirement.engines;
  return {
    ...requirement,
    engines: { ...(external === undefined ? {} : { external }), ...(embedded === undefined ? {} : { embedded: { ...embedded, notes } }), ...(docker === undefined ? {} : { docker: { ...docker, notes } }) },
  };
}

function unknownRequirement(name: string, known: readonly string[]): Failure {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known requirements: ${known.join(", ")}; one of your own is a file .envctl.d/requirements/${name}.mjs, or belongs to a plug-in: \`envctl plugins\`` : `did you mean \`${nearest}\`?`;
  return { reason: "configuration_invalid", message: `no requirement is named "${name}"`, hint };
}

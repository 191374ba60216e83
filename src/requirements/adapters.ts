/** Every adapter by name: the built-in ones, and those the repository brings along. */
import type { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { Requirement } from "./adapter.ts";
import { foreignNames, loadForeign, type ForeignPlace } from "./foreign.ts";
import { requirementAdapters } from "./registry.ts";

export interface Adapters {
  /** The adapter of a requirement, or why there is none. Runs code of the repository, if it is trusted. */
  find(name: string): Promise<Requirement | Failure>;
  /** Adapters that are part of envctl. */
  readonly builtIn: readonly Requirement[];
}

/** Built-in names win: a repository cannot put its own code in the place of ours. */
export function createAdapters(place: ForeignPlace, builtIn: readonly Requirement[] = requirementAdapters): Adapters {
  return {
    builtIn,
    find: async (name) => builtIn.find((one) => one.id === name) ?? (await loadForeign(name, place)) ?? unknownRequirement(name, [...builtIn.map((one) => one.id), ...foreignNames(place)]),
  };
}

function unknownRequirement(name: string, known: readonly string[]): Failure {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known requirements: ${known.join(", ")}; one of your own is a file .envctl.d/requirements/${name}.mjs` : `did you mean \`${nearest}\`?`;
  return { reason: "configuration_invalid", message: `no requirement is named "${name}"`, hint };
}

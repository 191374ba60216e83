/** Which engine containers run on, and what of it they cannot reach. */
import type { Config } from "../model/config.ts";
import type { EngineConfig } from "../model/container.ts";
import type { Failure } from "../model/failure.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { ProjectInput, RequirementDraft } from "./desired.ts";

/** The engine the unit or the project names; undefined for the one whoever starts it has. */
export function engineNamed({ engines, onEngine, services, requirements }: Config, unitName: string): EngineConfig | undefined {
  const own = Object.hasOwn(services, unitName) ? services[unitName]?.container?.onEngine : Object.hasOwn(requirements, unitName) ? requirements[unitName]?.onEngine : undefined;
  const name = own ?? onEngine;
  return name === undefined ? undefined : engines?.[name];
}

/** The same for a requirement: its parts run where it does. */
export function engineOfRequirement(config: Config, { name, partOf }: Pick<RequirementDraft, "name" | "partOf">): EngineConfig | undefined {
  return engineNamed(config, partOf ?? name);
}

/** A directory of this machine is not there on another one. */
export function unmountable({ config, fact }: ProjectInput, requirement: RequirementDraft, { container }: Pick<UnitDraft, "container">): readonly Failure[] {
  const engine = engineOfRequirement(config, requirement);
  const [mount] = container?.mounts ?? [];
  if (engine === undefined || mount === undefined || /^(?:unix:\/\/)?\//.test(engine.host)) return [];
  const message = `requirements.${requirement.partOf ?? requirement.name} of ${fact.name} runs on ${engine.name}, and ${requirement.name} reads ${mount.from} of this machine`;
  return [{ reason: "configuration_invalid", message, hint: `switch ${requirement.name} off, or run it on this machine` }];
}

/** Where a unit is for a container: on an engine, by its name, or on this machine. */
type Whereabout = { readonly engine: string | undefined } | "machine" | "anywhere";

/** What a container depends on and cannot reach, since it runs elsewhere: another engine's network is not its own. */
export function unreachable(input: ProjectInput, name: string, dependsOn: readonly string[]): readonly Failure[] {
  const mine = whereabout(input, name);
  if (typeof mine === "string") return [];
  const key = Object.hasOwn(input.requirements, name) ? `requirements.${name}` : `services.${name}`;
  return dependsOn.flatMap((other): readonly Failure[] => {
    const theirs = whereabout(input, other);
    if (theirs === "anywhere" || (theirs === "machine" ? mine.engine === undefined : theirs.engine === mine.engine)) return [];
    const [here, there] = [words(mine), words(theirs)];
    return [{
      reason: "configuration_invalid",
      message: `${key} of ${input.fact.name} runs in a container ${here} and depends on ${other}, which runs ${there}: no container ${here} reaches it`,
      hint: `run both on the same engine, or ${key} on this machine`,
    }];
  });
}

function whereabout({ config, requirements }: ProjectInput, name: string): Whereabout {
  const requirement = Object.hasOwn(requirements, name) ? requirements[name] : undefined;
  if (requirement?.engine === "external") return "anywhere";
  const isContained = requirement === undefined ? config.services[name]?.container !== undefined : requirement.engine === "docker";
  if (!isContained) return "machine";
  return { engine: (requirement === undefined ? engineNamed(config, name) : engineOfRequirement(config, requirement))?.name };
}

function words(place: Exclude<Whereabout, "anywhere">): string {
  if (place === "machine") return "as a process of this machine";
  return place.engine === undefined ? "on this machine's engine" : `on ${place.engine}`;
}

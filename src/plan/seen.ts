/** The other units of a project as somebody sees them: values for templates, and variables requirements give. */
import type { Config } from "../model/config.ts";
import { callerSecretReference } from "../model/secrets.ts";
import type { UnitPort } from "../model/unit.ts";
import type { Whereabouts } from "./contained.ts";
import type { ProjectInput, RequirementDraft } from "./desired.ts";

/** As they are seen from one place. */
export interface Seen {
  readonly values: (name: string) => string | undefined;
  /** Variables a requirement gives to what depends on it. */
  readonly given: (requirement: RequirementDraft) => Readonly<Record<string, string>>;
}

/** `environment` is the caller's, for `${env.NAME}`. */
export function seenFrom(input: ProjectInput, from: Whereabouts, environment: Readonly<Record<string, string>>): Seen {
  // Adapters speak of the loopback address.
  const moved = (name: string, texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const host = from.host(name);
    return host === undefined ? texts : Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text.replaceAll("127.0.0.1", host)]));
  };
  return {
    values: templateValues(input, from, (requirement) => moved(requirement.name, requirement.values(portRecord(from.of(requirement.name)))), environment),
    given: (requirement) => moved(requirement.name, requirement.env(portRecord(from.of(requirement.name)))),
  };
}

function templateValues(input: ProjectInput, from: Whereabouts, valuesOf: (requirement: RequirementDraft) => Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>): (name: string) => string | undefined {
  const { publicHost } = input.config;
  const fromServices = Object.keys(input.config.services).flatMap((name) => {
    const host = from.host(name) ?? publicHost;
    const ports = from.of(name);
    const port = ports[0]?.port;
    if (port === undefined) return [];
    const named = ports.map((one) => [`services.${name}.ports.${one.name}`, String(one.port)] as const);
    const local = `http://${publicHost}:${from.published(name)[0]?.port}`;
    return [[`services.${name}.url`, `http://${host}:${port}`] as const, [`services.${name}.local_url`, local] as const, [`services.${name}.host`, host] as const, [`services.${name}.port`, String(port)] as const, ...named];
  });
  const fromRequirements = Object.values(input.requirements).flatMap((requirement) => {
    const isUnassigned = from.of(requirement.name).length === 0 && Object.keys(requirement.ports).length > 0;
    return isUnassigned ? [] : Object.entries(valuesOf(requirement)).map(([key, value]) => [`${requirement.partOf ?? requirement.name}.${key}`, value] as const);
  });
  const known = new Map<string, string>([...fromServices, ...fromRequirements]);
  const project: Readonly<Record<string, string | undefined>> = { "project.name": input.fact.name, "project.root": input.fact.root, "project.slot": String(input.fact.slot), "project.branch": input.fact.branch };
  return (name) => known.get(name) ?? project[name] ?? (name.startsWith("env.") ? callerValue(input.config, name.slice("env.".length), environment) : undefined);
}

/** What `secrets:` lists never stands in a plan, only a reference to it. */
function callerValue(config: Config, variable: string, environment: Readonly<Record<string, string>>): string | undefined {
  const value = environment[variable];
  return value !== undefined && config.secrets?.includes(variable) === true ? callerSecretReference(variable) : value;
}

/** Numbers by name. */
export function portRecord(ports: readonly UnitPort[]): Readonly<Record<string, number>> {
  return Object.fromEntries(ports.map((port) => [port.name, port.port]));
}

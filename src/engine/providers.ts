/** Finds out what requirements provide, so that the capabilities services require can be met. */
import type { Config, RequirementConfig } from "../model/config.ts";
import type { Facts, ProjectFact } from "../model/facts.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { unitIdOf } from "../model/unit.ts";
import { meetCapabilities, type MetCapabilities, type Provider } from "../plan/capabilities.ts";
import type { Requirement } from "../requirements/adapter.ts";
import type { Engine } from "./engine.ts";

/** A project's configuration with its capabilities met. Adapters are looked at only where a service requires something. */
export async function withProviders(engine: Pick<Engine, "requirements">, written: Config, fact: ProjectFact, facts: Pick<Facts, "known">): Promise<MetCapabilities> {
  const config = withUses(engine, written);
  if (!Object.values(config.services).some(({ enabled, requires = [] }) => enabled && requires.length > 0)) return { config, notes: {}, unmet: {} };
  const names = [...new Set([...Object.keys(config.requirements), ...engine.requirements.builtIn.map(({ id }) => id)])];
  const adapters = await Promise.all(names.map((name) => engine.requirements.find(name)));
  const usable = adapters.filter((one): one is Requirement => !("reason" in one));
  const isRunning = (name: string): boolean => {
    const known = facts.known[unitIdOf(fact.name, name)];
    return known?.isWanted === true && known.truth.state === "alive";
  };
  const providers = usable.map(({ id, provides, priority = 0 }): Provider => ({ name: id, provides, priority, isRunning: isRunning(id) }));
  const met = meetCapabilities(config, fact.isMain ? "main" : "trees", providers);
  const enabled = Object.values(config.requirements).filter((one) => one.enabled).map(({ name }) => name);
  const unusable = adapters.filter((one, index): one is Failure => "reason" in one && enabled.includes(names[index] ?? ""));
  return unusable.length === 0 ? met : { ...met, unmet: withCause(met.unmet, unusable) };
}

/** Requirements with the requirements that they use; only built-in ones do. */
function withUses({ requirements: { builtIn } }: Pick<Engine, "requirements">, config: Config): Config {
  const usesOf = (raw: RequirementConfig): readonly string[] => builtIn.find(({ id }) => id === raw.name)?.uses?.(raw) ?? [];
  if (!Object.values(config.requirements).some((raw) => usesOf(raw).length > 0)) return config;
  return { ...config, requirements: Object.fromEntries(Object.entries(config.requirements).map(([name, raw]) => [name, { ...raw, dependsOn: usesOf(raw) }])) };
}

/** What an adapter that cannot be used provides is not known: it may be just what is missing. */
function withCause(unmet: MetCapabilities["unmet"], unusable: readonly Failure[]): MetCapabilities["unmet"] {
  return Object.fromEntries(Object.entries(unmet).map(([service, failures]) => [service, failures.length === 0 ? failures : unusable]));
}

/** What of it concerns the units that take part. Throws a UserError for what nobody provides to them. */
export function notesFor({ notes, unmet }: MetCapabilities, fact: ProjectFact, units: readonly string[]): readonly string[] {
  const failures = units.flatMap((name) => unmet[name] ?? []);
  if (failures.length > 0) throw new UserError(failures);
  return units.flatMap((name) => notes[name] ?? []).map((note) => `${fact.name}: ${note}`);
}

/** Names of a project that its units may require besides what units provide. */
import type { Config } from "../model/config.ts";
import type { GraphUnit } from "./unit.ts";

/** A requirement of some kind, and the capabilities it provides. */
export interface Provider {
  readonly id: string;
  readonly provides: readonly string[];
}

/** Services, requirements, and what these provide, which is only looked at where somebody asks for more. */
export async function configuredNames(units: readonly GraphUnit[], config: Config, providers: () => Promise<readonly Provider[]>): Promise<readonly string[]> {
  const requirements = Object.values(config.requirements).filter(({ enabled }) => enabled).map(({ name }) => name);
  const names = [...Object.keys(config.services), ...requirements];
  const known = new Set([...names, ...units.flatMap(({ id, provides }) => [id, ...provides])]);
  if (units.every(({ requires }) => requires.every((name) => known.has(name)))) return names;
  const provided = (await providers()).filter(({ id }) => requirements.includes(id)).flatMap(({ provides }) => provides);
  const asked = Object.values(config.services).flatMap(({ requires = [] }) => requires);
  return [...new Set([...names, ...provided, ...asked, ...Object.keys(config.providers ?? {})])];
}

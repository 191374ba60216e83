/** Units that a requirement consists of besides its own server. Pure. */
import type { Facts } from "../model/facts.ts";
import { unitIdOf } from "../model/unit.ts";
import type { RequirementDraft } from "./desired.ts";

type Ports = Readonly<Record<string, number>>;

/** The names, a part's replaced by the requirement's it is a part of: those the configuration has. Parts are known once they have run. */
export function wholesOf(names: readonly string[], project: string, known: Facts["known"]): readonly string[] {
  return [...new Set(names.map((name) => known[unitIdOf(project, name)]?.spec.requirement?.adapter ?? name))];
}

/** Ports of a unit, its own first, then those of the requirement's other units: their names differ. */
export function portsAround(name: string, requirements: Readonly<Record<string, Pick<RequirementDraft, "name" | "partOf">>>, portsOf: (unitName: string) => Ports): Ports {
  const whole = requirements[name]?.partOf ?? name;
  const others = withParts([whole], requirements).filter((other) => other !== name);
  return Object.assign({ ...portsOf(name) }, ...others.map(portsOf)) as Ports;
}

/** The names, each followed by those of its parts. */
export function withParts(names: readonly string[], requirements: Readonly<Record<string, Pick<RequirementDraft, "name" | "partOf">>>): readonly string[] {
  const drafts = Object.values(requirements);
  return names.flatMap((name) => [name, ...drafts.filter(({ partOf }) => partOf === name).map((part) => part.name)]);
}

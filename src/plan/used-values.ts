/** Requirements that use others of the same project: their environment is templates of what those are. Pure. */
import type { Failure } from "../model/failure.ts";
import { expandTemplate } from "../model/template.ts";
import type { UnitDraft, UnitPort } from "../model/unit.ts";
import type { ProjectInput, RequirementDraft } from "./desired.ts";
import type { Seen } from "./seen.ts";

/** A requirement to be specified. */
export interface UsingRequirement {
  readonly input: ProjectInput;
  readonly requirement: RequirementDraft;
  readonly ports: readonly UnitPort[];
  /** The other units as they are seen from this machine, and from a container. */
  readonly outside: Pick<Seen, "values">;
  readonly inside: Pick<Seen, "values">;
  /** Where what is wrong is added. */
  readonly failures: Failure[];
}

/** The environment of a draft with the values of the used requirements put in; a failure for each of them that takes no part. */
export function withUsedValues(used: readonly string[], { env, container }: Pick<UnitDraft, "env" | "container">, { input, requirement: { name }, outside, inside, failures }: UsingRequirement): Readonly<Record<string, string>> {
  const absent = used.filter((one) => !input.units.includes(one));
  failures.push(...absent.map((one): Failure => ({ reason: "configuration_invalid", message: `${name} of ${input.fact.name} uses ${one}, which takes no part`, hint: `add requirements.${one}, and name it wherever a mode lists its requirements` })));
  const { values } = container === undefined ? outside : inside;
  return absent.length > 0 ? env : Object.fromEntries(Object.entries(env).map(([key, text]) => [key, expandTemplate(text, values).text]));
}

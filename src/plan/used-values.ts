/** Requirements that use others of the same project: their environment is templates of what those are. Pure. */
import type { Failure } from "../model/failure.ts";
import { expandTemplate } from "../model/template.ts";
import type { UnitPort } from "../model/unit.ts";
import type { ProjectInput, RequirementDraft } from "./desired.ts";

/** A requirement to be specified. */
export interface UsingRequirement {
  readonly input: ProjectInput;
  readonly requirement: RequirementDraft;
  readonly ports: readonly UnitPort[];
  readonly values: (name: string) => string | undefined;
  /** Where what is wrong is added. */
  readonly failures: Failure[];
}

/** The environment with the values of the used requirements put in; a failure for each of them that takes no part. */
export function withUsedValues(used: readonly string[], env: Readonly<Record<string, string>>, { input, requirement: { name }, values, failures }: UsingRequirement): Readonly<Record<string, string>> {
  const absent = used.filter((one) => !input.units.includes(one));
  failures.push(...absent.map((one): Failure => ({ reason: "configuration_invalid", message: `${name} of ${input.fact.name} uses ${one}, which takes no part`, hint: `add requirements.${one}, and name it wherever a mode lists its requirements` })));
  return absent.length > 0 ? env : Object.fromEntries(Object.entries(env).map(([key, text]) => [key, expandTemplate(text, values).text]));
}

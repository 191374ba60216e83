/** Which servers of Main a plan needs because worktrees use them, and whether they fit. */
import type { Config } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { ProjectInput } from "../plan/desired.ts";
import { mainProject } from "./own-server.ts";
import type { BoundRequirement } from "./requirement-drafts.ts";

type Input = ProjectInput & { readonly requirements: Readonly<Record<string, BoundRequirement>> };

export interface LenderSources {
  readonly projects: readonly ProjectFact[];
  configOf(fact: ProjectFact): Promise<Config>;
  bound(fact: ProjectFact, config: Config, units: readonly string[]): Promise<Readonly<Record<string, BoundRequirement>>>;
}

/** Main with the servers that `inputs` use and do not contain. Throws a UserError when Main has none, or another version. */
export async function lenderInputs(inputs: readonly Input[], { projects, configOf, bound }: LenderSources): Promise<readonly Input[]> {
  const borrowed = inputs.flatMap((input) => input.units.flatMap((name) => (input.requirements[name]?.server === undefined ? [] : [{ borrower: input.fact.name, requirement: input.requirements[name] }])));
  const fact = projects.find(({ name }) => name === mainProject);
  if (borrowed.length === 0 || fact === undefined) return [];
  const config = await configOf(fact);
  const names = [...new Set(borrowed.map(({ requirement }) => requirement.name))];
  const missing = borrowed.filter(({ requirement: { name } }) => config.requirements[name]?.enabled !== true);
  if (missing.length > 0) throw new UserError(missing.map(({ borrower, requirement }) => noServer(borrower, requirement.name)));
  const requirements = await bound(fact, config, names);
  const unfit = borrowed.flatMap(({ borrower, requirement }) => unfitFailure(borrower, requirement, requirements[requirement.name]));
  if (unfit.length > 0) throw new UserError(unfit);
  const own = new Set(inputs.filter((input) => input.fact.name === mainProject).flatMap(({ units }) => units));
  const units = names.filter((name) => !own.has(name));
  return units.length === 0 ? [] : [{ fact, config, requirements, units, lendsTo: [...new Set(borrowed.map(({ borrower }) => borrower))] }];
}

function noServer(borrower: string, name: string): Failure {
  return {
    reason: "configuration_invalid",
    message: `${borrower} uses the ${name} of ${mainProject} (requirements.${name}.isolation), but ${mainProject} has no such requirement`,
    hint: `add requirements.${name} to the .envctl of ${mainProject}, or set its isolation to isolated for ${borrower}`,
  };
}

function unfitFailure(borrower: string, wanted: BoundRequirement, found: BoundRequirement | undefined): readonly Failure[] {
  if (found === undefined) return [];
  if (found.engine !== wanted.engine) {
    const engines = `${borrower} uses ${wanted.name} with engine ${wanted.engine}, but the server of ${mainProject} that it uses has engine ${found.engine}`;
    return [{ reason: "configuration_invalid", message: engines, hint: `choose the same engine in both, or set requirements.${wanted.name}.isolation to isolated for ${borrower}` }];
  }
  // Of an image whose tag says no version nothing is known.
  if (major(found) === "" || major(wanted) === "" || major(found) === major(wanted)) return [];
  const message = `${borrower} asks for ${wanted.name} ${major(wanted)}, but the server of ${mainProject} that it uses is ${major(found)}`;
  return [{ reason: "configuration_invalid", message, hint: `ask for the same version in both, or set requirements.${wanted.name}.isolation to isolated for ${borrower}` }];
}

function major({ version }: BoundRequirement): string {
  return version.split(".")[0] ?? "";
}

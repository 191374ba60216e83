/** In which projects a job is to run. */
import type { CommandInput } from "../cli/command.ts";
import type { ProjectFact } from "../model/facts.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { EngineRuntime } from "../runtime.ts";
import { unknownProject } from "../ui/words.ts";
import { listFlag } from "./targets.ts";

/** All with `--all`, those named, or the one the caller stands in. Throws a UserError for a name that is not there. */
export async function jobProjects(input: Pick<CommandInput, "flags">, runtime: Pick<EngineRuntime, "checkout" | "discoverProjects">): Promise<readonly ProjectFact[]> {
  const projects = await runtime.discoverProjects();
  const named = listFlag(input.flags, "project");
  if (input.flags["all"] === true) {
    if (named.length > 0) throw new UserError({ reason: "usage_invalid", message: "--all and --project exclude each other", hint: "leave one of them out" });
    return projects;
  }
  if (named.length === 0) return [projects.find(({ root }) => root === runtime.checkout.projectRoot) ?? projects[0]].filter((one) => one !== undefined);
  const names = projects.map(({ name }) => name);
  return named.map((word) => {
    const found = projects.find(({ name }) => name.toLowerCase() === word.toLowerCase());
    if (found === undefined) throw new UserError(unknownProject(word, names, nearestName(word, names)), exitCodes.interrupted);
    return found;
  });
}

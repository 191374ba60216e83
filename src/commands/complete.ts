/** Hidden `__complete projects|units|requirements`: names for the completion scripts. No daemon and no other program is asked, so that it is over before a person notices. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody } from "../cli/command.ts";
import { quickNames } from "./quick-names.ts";
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";

export const body: CommandBody<readonly string[]> = {
  run: async (input, runtime) => (await namesOf(input.args[0], runtime)).filter((name) => isPlain.test(name)),
  text: (names) => names,
};

/** Worktrees are named by directories, and a shell may carry out what it gets to complete: `compgen -W` of bash does. */
const isPlain = /^[\p{L}\p{N}_./@%+=-]+$/u;

async function namesOf(what: string | undefined, runtime: EngineRuntime): Promise<readonly string[]> {
  if (what === "projects") return (await runtime.discoverProjects()).map(({ name }) => name);
  const state = runtime.repository.latest()?.state;
  if (state === undefined) return configuredNames(runtime, what === "requirements");
  const units = Object.values(state.units).filter(({ spec }) => what === "units" || spec.kind === "requirement");
  return [...new Set([...units.map(({ spec }) => spec.name), ...(what === "units" ? units.map(({ spec }) => spec.id) : [])])];
}

/** Before anything ran, the configuration tells: a look at its lines, else all of it, which takes three times as long. */
async function configuredNames(runtime: Pick<EngineRuntime, "resolveConfig" | "checkout">, isAboutRequirements: boolean): Promise<readonly string[]> {
  const quick = namesAtALook(runtime.checkout, isAboutRequirements ? ["requirements"] : ["services", "requirements"]);
  if (quick !== undefined) return quick;
  try {
    const { config } = await runtime.resolveConfig({});
    return [...(isAboutRequirements ? [] : Object.keys(config.services)), ...Object.keys(config.requirements)];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Undefined where that may not be everything. */
function namesAtALook({ projectRoot, repository }: EngineRuntime["checkout"], sections: readonly string[]): readonly string[] | undefined {
  const texts = [textOf(join(projectRoot, ".envctl")) ?? textOf(join(repository, ".envctl")), textOf(join(projectRoot, ".envctl.local")) ?? ""];
  const found = texts.flatMap((text) => sections.map((section) => (text === undefined ? undefined : quickNames(text, section))));
  const names = found.flatMap((part) => part ?? []);
  return found.includes(undefined) || names.length === 0 ? undefined : [...new Set(names)];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

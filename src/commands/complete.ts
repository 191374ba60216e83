/** Hidden `__complete projects|units|requirements`: names for the completion scripts. No daemon and no other program is asked, so that it is over before a person notices. */
import type { CommandBody } from "../cli/command.ts";
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";

export const body: CommandBody<readonly string[]> = {
  run: async (input, runtime) => {
    const [what] = input.args;
    if (what === "projects") return (await runtime.discoverProjects()).map(({ name }) => name);
    const state = runtime.repository.latest()?.state;
    if (state === undefined) return configuredNames(runtime, what === "requirements");
    const units = Object.values(state.units).filter(({ spec }) => what === "units" || spec.kind === "requirement");
    return [...new Set([...units.map(({ spec }) => spec.name), ...(what === "units" ? units.map(({ spec }) => spec.id) : [])])];
  },
  text: (names) => names,
};

/** Before anything ran, the configuration tells; reading it takes longer than reading a state. */
async function configuredNames(runtime: Pick<EngineRuntime, "resolveConfig">, isAboutRequirements: boolean): Promise<readonly string[]> {
  try {
    const { config } = await runtime.resolveConfig({});
    return [...(isAboutRequirements ? [] : Object.keys(config.services)), ...Object.keys(config.requirements)];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Hidden `__complete projects|units`: names for the completion scripts, from the latest run alone. */
import type { CommandBody } from "../cli/command.ts";

export const body: CommandBody<readonly string[]> = {
  run: async (input, runtime) => {
    const state = runtime.repository.latest()?.state;
    if (state === undefined) return [];
    if (input.args[0] === "projects") return Object.keys(state.projects);
    const units = Object.values(state.units);
    return [...new Set([...units.map((unit) => unit.spec.name), ...units.map((unit) => unit.spec.id)])];
  },
  text: (names) => names,
};

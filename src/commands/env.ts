/** `env UNIT`: the variables a unit runs with. */
import type { CommandBody } from "../cli/command.ts";
import type { EnvReport } from "../contracts/reports.ts";
import { requireRunView } from "./run-view.ts";
import { askedUnit } from "./targets.ts";
import { maskedValues } from "./mask.ts";
import { secretNames } from "./secret-names.ts";
import { inheritedValues, revealedValues } from "./unit-values.ts";

export const body: CommandBody<EnvReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const { spec } = await askedUnit(view.state, input.args[0] ?? "", input, view.cwdProject);
    const isRevealed = input.flags["reveal"] === true;
    const inherited = inheritedValues(runtime);
    const own = isRevealed ? await revealedValues(spec, runtime) : spec.env;
    const hidden = await secretNames(runtime, [view.state.projects[spec.project]?.root ?? ""]);
    const env = input.flags["all"] === true ? { ...inherited, ...own } : own;
    return {
      unit_id: spec.id,
      directory: spec.directory,
      is_revealed: isRevealed,
      inherited: Object.keys(inherited).length,
      env: { ...sorted(isRevealed ? env : maskedValues(env, hidden)) },
    };
  },
  text: (report) => Object.entries(report.env).map(([name, value]) => `${name}=${shellQuoted(value)}`),
};

function sorted(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** So that the lines can be read back by a shell. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

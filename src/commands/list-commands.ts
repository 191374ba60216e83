/** `list-commands`: the table of commands as data. */
import type { CommandBody, CommandSpec, FlagSpec } from "../cli/command.ts";
import { globalFlags } from "../cli/global-flags.ts";
import type { ListCommandsReport } from "../contracts/reports.ts";
import { table } from "../ui/table.ts";

/** Made over the table, so that the table need not be imported by what it lists. */
export function listCommandsBody(commands: readonly CommandSpec[]): CommandBody<ListCommandsReport> {
  return {
    run: async (input) => commandList([...commands, ...(await input.pluginCommands())]),
    text: (report) => table([], report.details.map((row) => [row.name, row.about])),
  };
}

/** Also the content of `contracts/commands.json`. */
export function commandList(commands: readonly CommandSpec[]): ListCommandsReport {
  const shown = commands.filter((row) => row.isHidden !== true);
  return {
    commands: shown.map((row) => row.name),
    details: shown.map((row) => ({
      name: row.name,
      aliases: [...(row.aliases ?? [])],
      family: row.family,
      about: row.about,
      needs: row.needs,
      streams: row.streams === true,
      takes_passthrough: row.takesPassthrough === true,
      args: (row.args ?? []).map((argument) => ({ name: argument.name, about: argument.about, required: argument.isRequired === true, many: argument.many === true, choices: [...(argument.choices ?? [])] })),
      flags: row.flags.map(flagRecord),
      examples: [...(row.examples ?? [])],
    })),
    global_flags: globalFlags.map(flagRecord),
  };
}

function flagRecord(flag: FlagSpec): ListCommandsReport["global_flags"][number] {
  return {
    name: flag.name,
    short: flag.short ?? null,
    value: flag.value ?? null,
    many: flag.many === true,
    choices: [...(flag.choices ?? [])],
    aliases: [...(flag.aliases ?? [])],
    about: flag.about,
  };
}

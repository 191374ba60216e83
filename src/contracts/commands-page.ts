/** docs/reference/commands.md, made from the table of commands. */
import type { CommandSpec, FlagSpec } from "../cli/command.ts";
import { globalFlags } from "../cli/global-flags.ts";
import { argumentAbout, exitCodeRows, familyRows, flagAbout, flagUsage, usageLine } from "../commands/help-text.ts";

export function commandsPage(commands: readonly CommandSpec[]): string {
  return [
    "# Commands",
    "",
    "Made from the table of commands (`src/commands/table.ts`) by `npm run generate`; `envctl help COMMAND` says the same.",
    "Options may stand before or after the command; without a command, `start` is meant. Every command answers in JSON with `--json`; the schemas are in `contracts/`.",
    "",
    "## Options of every command",
    "",
    ...flagTable(globalFlags),
    "",
    "## Exit codes",
    "",
    ...tableLines(["Code", "Meaning"], exitCodeRows),
    ...familyRows(commands).flatMap(([title, rows]) => ["", `## ${title}`, ...rows.flatMap(section)]),
    "",
  ].join("\n");
}

function section(row: CommandSpec): readonly string[] {
  const aliases = (row.aliases ?? []).map((alias) => `\`${alias}\``).join(", ");
  return [
    "",
    `### ${row.name}`,
    "",
    row.about,
    "",
    "```",
    usageLine(row).replace(/^Usage: /, ""),
    "```",
    ...(aliases === "" ? [] : ["", `Also: ${aliases}.`]),
    ...((row.args ?? []).length === 0 ? [] : ["", ...tableLines(["Word", "Meaning"], (row.args ?? []).map((argument) => [`\`${argument.name}\``, argumentAbout(argument)]))]),
    ...(row.flags.length === 0 ? [] : ["", ...flagTable(row.flags)]),
    ...((row.examples ?? []).length === 0 ? [] : ["", "```sh", ...(row.examples ?? []), "```"]),
  ];
}

function flagTable(flags: readonly FlagSpec[]): readonly string[] {
  return tableLines(["Option", "Meaning"], flags.map((flag) => [`\`${flagUsage(flag)}\``, flagAbout(flag)]));
}

function tableLines(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heading), `|${"---|".repeat(heading.length)}`, ...rows.map(line)];
}

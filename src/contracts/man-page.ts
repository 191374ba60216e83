/** envctl(1), made from the tables of commands and topics. Source of the form: man(7). */
import type { CommandSpec, FlagSpec } from "../cli/command.ts";
import { globalFlags } from "../cli/global-flags.ts";
import { argumentAbout, familyRows, flagAbout, flagUsage, usageLine } from "../commands/help-text.ts";
import { topics } from "../commands/topics.ts";

/** The page as roff. */
export function manPage(commands: readonly CommandSpec[]): string {
  return `${[
    ".TH ENVCTL 1",
    ".SH NAME",
    roff("envctl - every app of every checkout of a repository, side by side"),
    ".SH SYNOPSIS",
    ".B envctl",
    roff("[COMMAND] [OPTIONS]; without a command: start"),
    ".SH OPTIONS OF EVERY COMMAND",
    ...globalFlags.flatMap(flagLines),
    ...familyRows(commands).flatMap(([title, rows]) => [`.SH ${roff(title).toUpperCase()}`, ...rows.flatMap(commandLines)]),
    ...topics.flatMap(({ name, about, lines }) => [`.SH ${roff(name).toUpperCase()}`, roff(about), ".PP", ".nf", ...lines.map(roff), ".fi"]),
  ].join("\n")}\n`;
}

function commandLines(row: CommandSpec): readonly string[] {
  const aliases = (row.aliases ?? []).length === 0 ? [] : [".PP", roff(`Also: ${(row.aliases ?? []).join(", ")}.`)];
  const examples = (row.examples ?? []).length === 0 ? [] : [".PP", ".nf", ...(row.examples ?? []).map(roff), ".fi"];
  return [
    `.SS ${roff(usageLine(row).replace(/^Usage: /, ""))}`,
    roff(row.about),
    ...aliases,
    ...(row.args ?? []).flatMap((argument) => [".TP", `.B ${roff(argument.name)}`, roff(argumentAbout(argument))]),
    ...row.flags.flatMap(flagLines),
    ...examples,
  ];
}

function flagLines(flag: FlagSpec): readonly string[] {
  return [".TP", `.B ${roff(flagUsage(flag))}`, roff(flagAbout(flag))];
}

/** Backslashes and dashes have meanings of their own, and so has a dot or a quote at the beginning of a line. */
function roff(text: string): string {
  return text.replaceAll("\\", String.raw`\e`).replaceAll("-", String.raw`\-`).replace(/^[.']/, String.raw`\&$&`);
}

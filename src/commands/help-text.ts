/** Help, made from the rows of the table. Pure. */
import type { ArgumentSpec, CommandFamily, CommandSpec, FlagSpec } from "../cli/command.ts";
import { globalFlags } from "../cli/global-flags.ts";
import { table } from "../ui/table.ts";

export const familyTitles: Readonly<Record<CommandFamily, string>> = {
  lifecycle: "Start and stop",
  worktrees: "Worktrees",
  inspect: "Look",
  logs: "Logs",
  configure: "Configure",
  action: "Work on projects",
  jobs: "Jobs",
  daemon: "Daemon",
  other: "More",
};

export const exitCodeRows: readonly (readonly [string, string])[] = [
  ["0", "done"],
  ["1", "it failed, or the words were wrong"],
  ["2", "interrupted; or, for a look-up, not found"],
  ["3", "conflict: something else is being carried out, or the file exists"],
  ["124", "it took too long"],
];

/** The overview: every command in one line. */
export function overviewLines(commands: readonly CommandSpec[]): readonly string[] {
  return [
    "envctl: every app of every checkout, side by side.",
    "",
    "Usage: envctl [COMMAND] [OPTIONS]        without a command: start",
    ...familyRows(commands).flatMap(([title, rows]) => ["", `${title}:`, ...indented(rows.map((row) => [signature(row), row.about]))]),
    "",
    "Options of every command:",
    ...indented(globalFlags.map(flagCells)),
    "",
    "Exit codes:",
    ...indented(exitCodeRows),
    "",
    "`envctl help COMMAND` explains one of them.",
  ];
}

/** One command in full. */
export function commandLines(row: CommandSpec): readonly string[] {
  return [
    row.about,
    "",
    usageLine(row),
    ...((row.aliases ?? []).length === 0 ? [] : [`Also:  ${(row.aliases ?? []).join(", ")}`]),
    ...((row.args ?? []).length === 0 ? [] : ["", "Words:", ...indented((row.args ?? []).map((argument) => [argument.name, argumentAbout(argument)]))]),
    ...(row.flags.length === 0 ? [] : ["", "Options:", ...indented(row.flags.map(flagCells))]),
    "",
    "Options of every command:",
    ...indented(globalFlags.map(flagCells)),
    ...((row.examples ?? []).length === 0 ? [] : ["", "Examples:", ...(row.examples ?? []).map((example) => `  ${example}`)]),
  ];
}

export function usageLine(row: CommandSpec): string {
  return `Usage: envctl ${signature(row)}${row.flags.length > 0 ? " [OPTIONS]" : ""}${row.takesPassthrough === true ? " -- COMMAND" : ""}`;
}

/** Families in the order of the titles, with the rows people should see. */
export function familyRows(commands: readonly CommandSpec[]): readonly (readonly [string, readonly CommandSpec[]])[] {
  return Object.entries(familyTitles)
    .map(([family, title]) => [title, commands.filter((row) => row.family === family && row.isHidden !== true)] as const)
    .filter(([, rows]) => rows.length > 0);
}

/** `-f, --follow`, `--tail N`. */
export function flagUsage(flag: FlagSpec): string {
  return `${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}`;
}

export function flagAbout(flag: FlagSpec): string {
  const also = flag.aliases === undefined ? "" : ` Also ${flag.aliases.map((alias) => `--${alias}`).join(", ")}.`;
  return `${flag.about}${flag.choices === undefined ? "" : ` One of ${flag.choices.join(", ")}.`}${also}`;
}

export function argumentAbout(argument: ArgumentSpec): string {
  return `${argument.about}${argument.choices === undefined ? "" : ` One of ${argument.choices.join(", ")}.`}`;
}

function signature(row: CommandSpec): string {
  const words = (row.args ?? []).map((argument) => {
    const word = argument.many === true ? `${argument.name}...` : argument.name;
    return argument.isRequired === true ? word : `[${word}]`;
  });
  return [row.name, ...words].join(" ");
}

function flagCells(flag: FlagSpec): readonly string[] {
  return [flagUsage(flag), flagAbout(flag)];
}

function indented(rows: readonly (readonly string[])[]): readonly string[] {
  return table([], rows).map((line) => `  ${line}`);
}

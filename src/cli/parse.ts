/** argv → a command and its input, or the trouble with it. Never rejects, whatever the words. */
import { nearestName } from "../model/nearest.ts";
import type { UsageTrouble } from "../model/usage.ts";
import type { CommandSpec, FlagSpec, FlagValue, ReadWords } from "./command.ts";
import { exclusiveFlags, globalFlags } from "./global-flags.ts";
import { flagNamed, scanArguments } from "./scan.ts";

export interface ParsedCommand {
  readonly ok: true;
  readonly spec: CommandSpec;
  /** False when `start` was understood without being written. */
  readonly hasWord: boolean;
  readonly args: readonly string[];
  readonly passthrough: readonly string[];
  readonly flags: Readonly<Record<string, FlagValue>>;
}

export type ParseResult = ParsedCommand | { readonly ok: false; readonly trouble: UsageTrouble; readonly wantsJson: boolean };

/** Only the command that matches is given to commander, so the length of the table costs nothing. */
export async function parseArguments(argv: readonly string[], table: readonly CommandSpec[]): Promise<ParseResult> {
  const scan = scanArguments(argv, [...globalFlags, ...table.flatMap((row) => row.flags)]);
  const wantsJson = scan.rest.includes("--json");
  const trouble = (found: UsageTrouble): ParseResult => ({ ok: false, trouble: found, wantsJson });
  const word = scan.commandWord ?? "start";
  const spec = commandNamed(word, table);
  if (spec === undefined) return trouble({ kind: "unknown_command", word, ...nearestIn(word, wordsOf(table)) });
  const flags = flagsOf(spec);
  const dangling = scan.dangling[0];
  if (dangling !== undefined && flags.includes(dangling.flag)) {
    return trouble({ kind: "missing_value", option: dangling.typed, value: dangling.flag.value ?? "VALUE", command: spec.name });
  }
  const read = await readOptions(scan.rest, spec, flags);
  if ("trouble" in read) return trouble(read.trouble);
  const wrong = checkFlags(read.flags, spec, flags) ?? checkWords(read.words, scan.passthrough, spec, read.flags);
  if (wrong !== undefined) return trouble(wrong);
  return { ok: true, spec, hasWord: scan.commandWord !== undefined, args: read.words, passthrough: scan.passthrough ?? [], flags: read.flags };
}

/** The row with this name or alias. */
export function commandNamed(word: string, table: readonly CommandSpec[]): CommandSpec | undefined {
  return table.find((row) => row.name === word || (row.aliases ?? []).includes(word));
}

/** Every flag a command understands. */
export function flagsOf(spec: Pick<CommandSpec, "flags">): readonly FlagSpec[] {
  return [...spec.flags, ...globalFlags];
}

/** Commander reads everything but plain switches; loading it costs as much as half of Node's own start. */
async function readOptions(tokens: readonly string[], spec: CommandSpec, flags: readonly FlagSpec[]): Promise<ReadWords | { readonly trouble: UsageTrouble }> {
  return readSwitches(tokens, flags) ?? (await import("./read-options.ts")).readWithCommander(tokens, spec, flags);
}

/** The words and flags when every token is a word, or a long switch without a value; else undefined. */
export function readSwitches(tokens: readonly string[], flags: readonly FlagSpec[]): ReadWords | undefined {
  const given: Record<string, true> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (!token.startsWith("-")) {
      words.push(token);
      continue;
    }
    const flag = token.startsWith("--") ? flagNamed(token.slice(2), flags) : undefined;
    if (flag === undefined || flag.value !== undefined) return undefined;
    given[flag.name] = true;
  }
  return { words, flags: given };
}

function checkFlags(given: Readonly<Record<string, FlagValue>>, spec: CommandSpec, flags: readonly FlagSpec[]): UsageTrouble | undefined {
  for (const flag of flags) {
    const value = given[flag.name];
    if (value === undefined || typeof value === "boolean") continue;
    if (value.length === 0) return { kind: "missing_value", option: `--${flag.name}`, value: flag.value ?? "VALUE", command: spec.name };
    const wrong = [value].flat().find((one) => flag.choices !== undefined && !flag.choices.includes(one));
    if (wrong !== undefined) return { kind: "bad_choice", option: `--${flag.name}`, given: wrong, choices: flag.choices ?? [], ...nearestIn(wrong, flag.choices ?? []) };
  }
  const pair = exclusiveFlags.find((names) => names.every((name) => given[name] === true));
  return pair === undefined ? undefined : { kind: "exclusive_options", options: pair.map((name) => `--${name}`), command: spec.name };
}

function checkWords(words: readonly string[], passthrough: readonly string[] | undefined, spec: CommandSpec, given: Readonly<Record<string, FlagValue>>): UsageTrouble | undefined {
  if (given["help"] === true || given["version"] === true) return undefined;
  const takes = spec.args ?? [];
  const choices = takes.flatMap((argument) => argument.choices ?? []);
  const stray = takes.some((argument) => argument.many) ? undefined : words[takes.length];
  if (stray !== undefined) return strayWord(stray, spec, []);
  if (passthrough !== undefined && spec.takesPassthrough !== true) return strayWord(["--", ...passthrough].join(" "), spec, []);
  const missing = takes.find((argument, index) => argument.isRequired === true && words[index] === undefined);
  if (missing !== undefined) return { kind: "missing_argument", argument: missing.name, command: spec.name };
  const unlisted = takes.flatMap((argument, index) => (argument.choices === undefined ? [] : words.slice(index, index + 1).filter((word) => !argument.choices?.includes(word))))[0];
  return unlisted === undefined ? undefined : strayWord(unlisted, spec, choices);
}

function strayWord(word: string, spec: CommandSpec, choices: readonly string[]): UsageTrouble {
  return { kind: "stray_word", word, command: spec.name, takes: choices.length > 0 ? choices : spec.flags.filter((flag) => flag.value !== undefined).map((flag) => `--${flag.name}`), ...nearestIn(word, choices) };
}

function wordsOf(table: readonly CommandSpec[]): readonly string[] {
  return table.filter((row) => row.isHidden !== true).flatMap((row) => [row.name, ...(row.aliases ?? [])]);
}

function nearestIn(word: string, candidates: readonly string[]): { readonly nearest?: string } {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? {} : { nearest };
}

/** Options read by commander, from the rows of one command. */
import { Command, CommanderError, Option } from "commander";
import { nearestName } from "../model/nearest.ts";
import type { UsageTrouble } from "../model/usage.ts";
import type { CommandSpec, FlagSpec, FlagValue, ReadWords } from "./command.ts";
import { flagNamed } from "./scan.ts";

/** Reads options the way commander does: `--x=1`, `-abc`, `-n5`, repeated options, words in between. */
export function readWithCommander(tokens: readonly string[], spec: CommandSpec, flags: readonly FlagSpec[]): ReadWords | { readonly trouble: UsageTrouble } {
  const given = new Map<string, FlagValue>();
  const command = commanderCommand(spec, flags, given);
  try {
    command.parse([...tokens], { from: "user" });
    return { words: command.args, flags: Object.fromEntries(given) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { trouble: optionTrouble(error, spec, flags) };
  }
}

function commanderCommand(spec: CommandSpec, flags: readonly FlagSpec[], given: Map<string, FlagValue>): Command {
  const command = new Command(spec.name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false)
    .allowExcessArguments(true)
    .argument("[words...]");
  for (const flag of flags) {
    for (const name of [flag.name, ...(flag.aliases ?? [])]) {
      const short = name === flag.name && flag.short !== undefined ? `-${flag.short}, ` : "";
      command.addOption(new Option(`${short}--${name}${flag.value === undefined ? "" : ` <${flag.value}>`}`));
      // The event, not the stored value: commander would store `--no-color` as the absence of `color`.
      command.on(`option:${name}`, (value: unknown) => remember(given, flag, value));
    }
  }
  return command;
}

function remember(given: Map<string, FlagValue>, flag: FlagSpec, value: unknown): void {
  if (flag.value === undefined || typeof value !== "string") given.set(flag.name, true);
  else if (flag.many === true) given.set(flag.name, [...listOf(given.get(flag.name)), ...partsOf(flag, value)]);
  else given.set(flag.name, value);
}

function listOf(value: FlagValue | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function partsOf(flag: FlagSpec, value: string): readonly string[] {
  if (flag.keepsCommas === true) return [value];
  return value.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Commander names the option only inside its message: `error: unknown option '--x'`. */
function optionTrouble(error: CommanderError, spec: CommandSpec, flags: readonly FlagSpec[]): UsageTrouble {
  const option = /'(.*?)'/s.exec(error.message)?.[1] ?? "";
  const name = (option.split("=")[0] ?? "").replace(/^-+/, "");
  const known = option.startsWith("--") ? flagNamed(name, flags) : flags.find((flag) => flag.short === name[0]);
  if (known !== undefined && option.includes("=")) return { kind: "unexpected_value", option: `--${name}`, command: spec.name };
  if (error.code === "commander.optionMissingArgument") return { kind: "missing_value", option, value: known?.value ?? "VALUE", command: spec.name };
  const near = nearestName(name, flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]));
  return { kind: "unknown_option", option: option.split("=")[0] ?? option, command: spec.name, ...(near === undefined ? {} : { nearest: `--${near}` }) };
}

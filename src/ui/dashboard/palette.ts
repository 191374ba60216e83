/** What the palette offers for what was typed: every command of the table, every target, everything a key does. Pure. */
import { splitWords } from "../../model/template.ts";
import { fuzzyScore } from "./fuzzy.ts";
import { keyRows, keyText, type ActionName } from "./keys.ts";
import type { Call, Place, Targets } from "./place.ts";
import { targetsOf, targetsText, targetUnits } from "./tree.ts";
import { unitsOf, type CommandEntry, type World } from "./world.ts";

export type PaletteChoice =
  | { readonly kind: "call"; readonly call: Call }
  /** More has to be typed. */
  | { readonly kind: "type"; readonly text: string }
  | { readonly kind: "go"; readonly key: string }
  | { readonly kind: "action"; readonly action: ActionName };

export interface PaletteEntry {
  readonly label: string;
  readonly about: string;
  /** The key that does the same. */
  readonly key: string;
  readonly choice: PaletteChoice;
}

interface Ranked {
  readonly entry: PaletteEntry;
  readonly score: number;
}

const mostEntries = 200;

/** Best first. */
export function paletteEntries(world: World, place: Place, text: string): readonly PaletteEntry[] {
  const typed = text.trimStart();
  const ranked = [...commandMatches(world, place, typed), ...targetedMatches(world, typed), ...goMatches(world, typed), ...actionMatches(typed)];
  const sorted = ranked.toSorted((one, other) => other.score - one.score).map(({ entry }) => entry);
  const asTyped = typedCall(world, typed);
  const whole = asTyped === undefined || sorted.some((entry) => entry.label === asTyped.label) ? sorted : [...sorted, asTyped];
  return [...wantedWord(world, typed), ...whole].slice(0, mostEntries);
}

/** A command for what is chosen. */
function commandMatches(world: World, place: Place, typed: string): readonly Ranked[] {
  const targets = targetsOf(world, place);
  return world.commands.flatMap((command) => {
    const score = commandScore(command, typed);
    if (score === undefined) return [];
    const choice = choiceFor(command, targets, world);
    const whom = choice.kind === "call" ? callWords(choice.call) : "";
    return [{ score: score + 20, entry: { label: [command.name, whom].filter((part) => part !== "").join(" "), about: command.about, key: keyOfCommand(command), choice } }];
  });
}

function commandScore(command: CommandEntry, typed: string): number | undefined {
  const byName = [command.name, ...command.aliases].map((name) => fuzzyScore(name, typed)).filter((score) => score !== undefined);
  // What has a key is called most.
  if (byName.length > 0) return Math.max(...byName) + (command.name === typed ? 100 : 0) + (keyOfCommand(command) === "" ? 0 : 20);
  const byAbout = typed.length < 3 ? -1 : command.about.toLowerCase().indexOf(typed.toLowerCase());
  return byAbout < 0 ? undefined : 10 - byAbout / 100;
}

/** Whom a command is called for, or that more has to be typed first. */
export function choiceFor(command: CommandEntry, targets: Targets, world: Pick<World, "report">): PaletteChoice {
  const word = argumentOf(command, targets, world);
  if (command.needsPassthrough === true) return { kind: "type", text: [command.name, ...(word === undefined ? [] : [word]), "-- "].join(" ") };
  if (command.takesTargets && !command.needsArgument) return { kind: "call", call: { command: command.name, words: [], targets: command.isAboutProjects === true ? wholeProjects(targets, world) : targets } };
  if (command.needsSeveral === true) return { kind: "type", text: [command.name, ...(word === undefined ? [] : [word]), ""].join(" ") };
  if (word === undefined && command.needsArgument) return { kind: "type", text: `${command.name} ` };
  return { kind: "call", call: { command: command.name, words: word === undefined ? [] : [word], targets: { projects: [], units: [] } } };
}

/** The projects of units, and those that are meant as a whole. */
function wholeProjects(targets: Targets, world: Pick<World, "report">): Targets {
  return { projects: [...new Set([...targets.projects, ...targetUnits(world, targets).map(({ project }) => project)])], units: [] };
}

/** The chosen unit or project, where the command takes one. */
function argumentOf(command: CommandEntry, targets: Targets, world: Pick<World, "report">): string | undefined {
  const [unit] = targetUnits(world, targets);
  if (command.argument?.includes("UNIT")) return unit?.unit_id;
  return command.argument?.includes("PROJECT") ? (targets.projects[0] ?? unit?.project) : undefined;
}

/** `restart web`: each pair of a command and a target that fits. */
function targetedMatches(world: World, typed: string): readonly Ranked[] {
  const [word = "", ...rest] = typed.split(/\s+/);
  if (rest.length === 0) return [];
  const wanted = rest.join(" ");
  const commands = world.commands.filter((command) => command.takesTargets || command.argument?.includes("UNIT")).flatMap((command) => {
    const score = commandScore(command, word);
    return score === undefined ? [] : [{ command, score }];
  }).toSorted((one, other) => other.score - one.score).slice(0, 4);
  return commands.flatMap(({ command, score }) => targetNames(world, command.isAboutProjects).flatMap(({ name, spellings, targets }) => {
    const fits = spellings.map((spelling) => fuzzyScore(spelling, wanted)).filter((fit) => fit !== undefined);
    const choice = choiceFor(command, targets, world);
    return fits.length === 0 || choice.kind !== "call" ? [] : [{ score: score + Math.max(...fits), entry: { label: `${command.name} ${name}`, about: command.about, key: "", choice } }];
  }));
}

interface TargetName {
  readonly name: string;
  /** A project is also found by its units where it alone can be meant. */
  readonly spellings: readonly string[];
  readonly targets: Targets;
}

function targetNames(world: World, isAboutProjects = false): readonly TargetName[] {
  const projects = world.report.projects.map(({ name, units }) => ({ name, spellings: [name, ...(isAboutProjects ? units.map((unit) => unit.unit_id) : [])], targets: { projects: [name], units: [] } }));
  return isAboutProjects ? projects : [...unitsOf(world).map((unit) => ({ name: unit.unit_id, spellings: [unit.unit_id], targets: { projects: [], units: [unit.unit_id] } })), ...projects];
}

function goMatches(world: World, typed: string): readonly Ranked[] {
  return targetNames(world).flatMap(({ name }) => {
    const score = fuzzyScore(name, typed);
    return score === undefined ? [] : [{ score: score - 30, entry: { label: name, about: "go there", key: "", choice: { kind: "go" as const, key: name } } }];
  });
}

/** Movements are for keys alone. */
function actionMatches(typed: string): readonly Ranked[] {
  return keyRows.flatMap((row) => {
    if (!("action" in row) || row.group === "Move" || row.action === "palette") return [];
    const score = fuzzyScore(`${row.action}: ${row.about}`, typed);
    return score === undefined ? [] : [{ score: score - 60, entry: { label: row.action, about: row.about, key: keyText(row.keys[0] ?? ""), choice: { kind: "action" as const, action: row.action } } }];
  });
}

/** What a command cannot do without, until it is typed; units are offered by their names. */
function wantedWord(world: World, typed: string): readonly PaletteEntry[] {
  const command = world.commands.find(({ name }) => /^\S+\s+$/.test(typed) && name === typed.trim());
  if (command?.argument === undefined || !command.needsArgument || command.argument.includes("UNIT")) return [];
  return [{ label: `${command.name} ${command.argument}`, about: command.argumentAbout ?? command.about, key: "", choice: { kind: "type", text: typed } }];
}

/** Whatever else a command takes, as on a command line. */
function typedCall(world: World, typed: string): PaletteEntry | undefined {
  const [word = "", ...words] = splitWords(typed);
  const command = world.commands.find((one) => one.name === word || one.aliases.includes(word));
  if (command === undefined || words.length === 0) return undefined;
  const call: Call = { command: command.name, words, targets: { projects: [], units: [] } };
  return { label: `${command.name} ${words.join(" ")}`, about: "as typed", key: "", choice: { kind: "call", call } };
}

function keyOfCommand({ name }: CommandEntry): string {
  const row = keyRows.find((one) => "command" in one && one.command === name);
  return keyText(row?.keys[0] ?? "");
}

/** What stands behind the command, in words. */
export function callWords({ words, targets }: Pick<Call, "words" | "targets">): string {
  if (words.length > 0) return words.join(" ");
  return targets.projects.length + targets.units.length === 0 ? "" : targetsText(targets);
}

/** The words of the command line that does the same. */
export function callArguments({ command, words, targets }: Call): readonly string[] {
  return [command, ...words, ...(targets.projects.length === 0 ? [] : ["--project", targets.projects.join(",")]), ...(targets.units.length === 0 ? [] : ["--service", targets.units.join(",")])];
}

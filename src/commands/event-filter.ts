/** Which events a person wants: by what happened, and to whom. Pure. */
import type { CommandInput } from "../cli/command.ts";
import { eventTypes, type Event } from "../model/events.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { hookEvents, transitionNames } from "../model/supervision.ts";
import { unknownFilter } from "../ui/words.ts";
import { listFlag, textFlag } from "./targets.ts";

/** What can be named; undefined where nothing has run yet, so that any name may come. */
export interface KnownNames {
  /** `Main/backend`. */
  readonly unitIds: readonly string[];
  readonly projects: readonly string[];
}

type Test = (event: Event) => boolean;

/**
 * `--filter` and the flags of selection together. Words for what happened are alternatives, so are names, and an event must
 * pass both. Throws a UserError for a word that is neither.
 */
export function eventFilter(flags: CommandInput["flags"], known: KnownNames | undefined): Test {
  const words = (textFlag(flags, "filter") ?? "").split(",").map((word) => word.trim()).filter((word) => word !== "");
  const types = words.flatMap(typesOf);
  const names = words.filter((word) => typesOf(word).length === 0);
  const tests = [
    ...(types.length === 0 ? [] : [(event: Event) => types.includes(event.type)]),
    ...[names, listFlag(flags, "service"), listFlag(flags, "project")].flatMap((wanted) => (wanted.length === 0 ? [] : [aboutOne(wanted, known)])),
    ...modeTests(flags),
  ];
  return (event) => tests.every((test) => test(event));
}

/** `crashed` and `unit_crashed` are the same. */
function typesOf(word: string): readonly string[] {
  const hook = transitionNames.find((name) => name === word);
  return hook === undefined ? eventTypes.filter((type) => type === word) : [hookEvents[hook]];
}

function aboutOne(wanted: readonly string[], known: KnownNames | undefined): Test {
  if (known !== undefined) for (const word of wanted) assertKnown(word, known);
  return (event) => wanted.some((word) => isCalled(event, word.toLowerCase()));
}

function isCalled(event: Event, word: string): boolean {
  const unitId = unitOf(event);
  const names = unitId === undefined ? [projectOf(event) ?? ""] : namesOf(unitId);
  return names.some((name) => name.toLowerCase() === word);
}

function unitOf(event: Event): string | undefined {
  return "unitId" in event ? event.unitId : undefined;
}

/** Undefined for what is about no project in particular. */
function projectOf(event: Event): string | undefined {
  return event.type === "project_joined" ? event.project.name : unitOf(event)?.replace(/\/[^/]*$/, "");
}

function assertKnown(word: string, known: KnownNames): void {
  const names = [...known.projects, ...known.unitIds.flatMap(namesOf)];
  if (names.some((name) => name.toLowerCase() === word.toLowerCase())) return;
  throw new UserError(unknownFilter(word, nearestName(word, [...transitionNames, ...eventTypes, ...names])), exitCodes.interrupted);
}

/** The unit, its project, and its name in whatever project. */
function namesOf(unitId: string): readonly string[] {
  const at = unitId.lastIndexOf("/");
  return [unitId, unitId.slice(0, at), unitId.slice(at + 1)];
}

function modeTests(flags: CommandInput["flags"]): readonly Test[] {
  const isOfMode = (event: Event): boolean => projectOf(event) !== undefined && (projectOf(event) === "Main") === (flags["main"] === true);
  return flags["main"] === true || flags["trees"] === true ? [isOfMode] : [];
}

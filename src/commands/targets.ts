/** Which units of a run a command is about. */
import type { CommandInput, FlagValue } from "../cli/command.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { namesMeant } from "../model/glob.ts";
import { nearestName } from "../model/nearest.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { ambiguousUnit, projectNotRunning, unknownUnit } from "../ui/words.ts";

type Flags = Readonly<Record<string, FlagValue>>;

/** The values of a flag that may be repeated. */
export function listFlag(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return value === undefined || typeof value === "boolean" ? [] : [value].flat();
}

export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** Units of the projects and names asked for, in the run's order; all of them when nothing was asked. Throws a UserError for a name that is not there. */
export function selectedUnits(state: RunState, input: Pick<CommandInput, "flags">): readonly UnitState[] {
  const projects = selectedProjects(state, input);
  const inside = Object.values(state.units).filter((unit) => projects.includes(unit.spec.project));
  const names = listFlag(input.flags, "service");
  for (const name of names) if (!inside.some((unit) => isCalled(unit, name))) throw unitUnknown(name, inside);
  return names.length === 0 ? inside : inside.filter((unit) => names.some((name) => isCalled(unit, name)));
}

/** Names of the projects asked for, by name or pattern. Throws a UserError for one that is not in the run. */
export function selectedProjects(state: RunState, input: Pick<CommandInput, "flags">): readonly string[] {
  const known = Object.values(state.projects).filter((project) => {
    if (input.flags["main"] === true) return project.slot === 0;
    return input.flags["trees"] === true ? project.slot !== 0 : true;
  }).map((project) => project.name);
  const wanted = listFlag(input.flags, "project");
  if (wanted.length === 0) return known;
  const meant = wanted.flatMap((word) => {
    const names = namesMeant(word, known);
    if (names.length === 0) throw new UserError(projectNotRunning(word, known, nearestName(word, known)));
    return names;
  });
  return [...new Set(meant)];
}

/** The one unit a word means: an id, or a name in the named project, the caller's own, or the only one that has it. Throws a UserError otherwise. */
export function oneUnit(state: RunState, word: string, input: Pick<CommandInput, "flags">, cwdProject: string | undefined): UnitState {
  const found = unitsMeant(state, word, input, cwdProject);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new UserError(ambiguousUnit(word, found.map((unit) => unit.spec.id)), exitCodes.interrupted);
  return only;
}

/** The same; where several are meant, a person at a terminal chooses one. */
export async function askedUnit(state: RunState, word: string, input: CommandInput, cwdProject: string | undefined): Promise<UnitState> {
  const found = unitsMeant(state, word, input, cwdProject);
  if (found.length === 1 || !input.isInteractive || input.wantsJson) return oneUnit(state, word, input, cwdProject);
  const { pick } = await import("../cli/picker-screen.tsx");
  const [id] = await pick(`"${word}" runs in ${found.length} projects`, found.map(({ spec }) => ({ name: spec.id, detail: "" })), { signal: input.signal, isSingle: true });
  return id === undefined ? oneUnit(state, word, input, cwdProject) : oneUnit(state, id, input, cwdProject);
}

/** One or more. Throws a UserError for a name that is not there. */
function unitsMeant(state: RunState, word: string, input: Pick<CommandInput, "flags">, cwdProject: string | undefined): readonly UnitState[] {
  const projects = selectedProjects(state, input);
  const inside = Object.values(state.units).filter((unit) => projects.includes(unit.spec.project));
  const found = inside.filter((unit) => isCalled(unit, word));
  if (found.length === 0) throw unitUnknown(word, inside);
  const here = found.find((unit) => unit.spec.project === cwdProject);
  return here === undefined ? found : [here];
}

function isCalled(unit: UnitState, word: string): boolean {
  return unit.spec.name === word || unit.spec.id.toLowerCase() === word.toLowerCase();
}

function unitUnknown(word: string, inside: readonly UnitState[]): UserError {
  const names = [...new Set(inside.map((unit) => unit.spec.name))];
  const nearest = nearestName(word, [...names, ...inside.map((unit) => unit.spec.id)]);
  return new UserError(unknownUnit(word, names, nearest), exitCodes.interrupted);
}

/** `--pick`: a person chooses projects and units from lists instead of naming them; what was chosen last is marked. Loaded only when it is asked for. */
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { PickerItem } from "../ui/picker-view.ts";
import type { CommandInput, CommandSpec } from "./command.ts";
import { pick } from "./picker-screen.tsx";
import { rememberChoice, rememberedChoice } from "./remembered-choice.ts";

/** The input as if what was chosen had been named; undefined when the person left. What is named already is not asked for. */
export async function withPicked(input: CommandInput, spec: Pick<CommandSpec, "family">, runtime: EngineRuntime): Promise<CommandInput | undefined> {
  const projects = await pickedFor("project", "Projects", () => projectItems(runtime), input, runtime);
  if (projects === undefined) return undefined;
  const inside = [input.flags["project"] ?? projects].flat();
  // Actions are about projects as a whole.
  const units = spec.family === "action" ? [] : await pickedFor("service", inside.length === 0 ? "Units" : `Units of ${inside.join(", ")}`, () => unitItems(inside.map(String), runtime), input, runtime);
  if (units === undefined) return undefined;
  return { ...input, flags: { ...input.flags, ...(projects.length === 0 ? {} : { project: projects }), ...(units.length === 0 ? {} : { service: units }) } };
}

/** Empty where there is nothing to choose between, or everything was chosen; undefined when the person left. */
async function pickedFor(flag: "project" | "service", title: string, itemsOf: () => Promise<readonly PickerItem[]>, input: CommandInput, runtime: EngineRuntime): Promise<readonly string[] | undefined> {
  const isNamed = input.flags[flag] !== undefined || (flag === "project" && (input.args.length > 0 || ["main", "trees", "all"].some((mode) => input.flags[mode] === true)));
  const items = isNamed ? [] : await itemsOf();
  if (items.length < 2) return [];
  const names = await pick(title, items, { signal: input.signal, remembered: rememberedChoice(flag, runtime) });
  if (names.length === 0) return undefined;
  rememberChoice(flag, names, runtime);
  return flag === "service" && names.length === items.length ? [] : names;
}

/** Every checkout, with how much of it the latest run has. */
async function projectItems(runtime: EngineRuntime): Promise<readonly PickerItem[]> {
  const units = Object.values(runtime.repository.latest()?.state.units ?? {});
  return (await runtime.discoverProjects()).map(({ name, branch }) => {
    const count = units.filter(({ spec, life }) => spec.project === name && life.status !== "stopped").length;
    return { name, detail: [branch ?? "", count === 0 ? "" : `${count} ${count === 1 ? "unit" : "units"} started`].filter((part) => part !== "").join(" · ") };
  });
}

/** Names of units, those of the latest run and those that are configured; where they run beside them. */
async function unitItems(projects: readonly string[], runtime: EngineRuntime): Promise<readonly PickerItem[]> {
  const specs = Object.values(runtime.repository.latest()?.state.units ?? {}).map(({ spec }) => spec);
  const places = (name: string): string => specs.filter((spec) => spec.name === name && (projects.length === 0 || projects.includes(spec.project))).map(({ project }) => project).join(", ");
  const names = new Set([...await configuredNames(runtime), ...specs.map(({ name }) => name)]);
  return [...names].map((name) => ({ name, detail: places(name) }));
}

/** A configuration that cannot be read is told by the command itself. */
async function configuredNames(runtime: Pick<EngineRuntime, "resolveConfig">): Promise<readonly string[]> {
  try {
    const { config } = await runtime.resolveConfig({});
    return [...Object.values(config.requirements), ...Object.values(config.services)].filter(({ enabled }) => enabled).map(({ name }) => name);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

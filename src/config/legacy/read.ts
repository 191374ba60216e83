/** Turns the Python engine's form into entries of the same paths as the YAML form's. */
import type { Origin } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { Tree } from "../detect/tree.ts";
import { dotted, invalid, placeOf } from "../entry.ts";
import type { Entry, Reading } from "../entry.ts";
import { rowAt } from "../key-tree.ts";
import { nearestName } from "../../model/nearest.ts";
import { checkText, checkValue, shown } from "../value.ts";
import { directKeys, isUsedKey } from "./known.ts";
import { launchEnv } from "./launch-env.ts";
import type { LegacyFile, LegacyValue } from "./lines.ts";
import { legacyRequirementNames, legacyRequirements } from "./requirements.ts";
import type { LegacyRequirement } from "./requirements.ts";
import { legacyServices } from "./services.ts";
import type { LegacyService, Setting } from "./services.ts";
import { translateTemplate } from "./sources.ts";
import type { SourceNames } from "./sources.ts";

interface Result {
  readonly entries: Entry[];
  readonly failures: Failure[];
}

/** The values of a file, possibly overlaid with stronger ones; the origin of each says which. */
interface LegacyInput extends LegacyFile {
  readonly tree: Tree;
}

/** Reads the whole configuration: services, requirements, modes and launch environments. */
export function readLegacy(input: LegacyInput): Reading {
  const { values, tree, file } = input;
  const fileOrigin: Origin = { layer: "repository", file };
  const found = legacyServices(values, tree, fileOrigin);
  const names = sourceNames(found.services, values);
  const launch = launchEnv(input.sections, values, names);
  const requirements = legacyRequirements(values, launch.uses, fileOrigin);
  const result: Result = { entries: [...launch.entries], failures: [...input.failures, ...found.failures, ...launch.failures] };
  for (const service of found.services) addService(result, service, requirements, names, launch.usesOf(service.name));
  for (const requirement of requirements) addNamed(result, ["requirements", requirement.name], requirement.origin, requirement.settings);
  addModes(result, found.services, requirements, fileOrigin);
  addDirect(result, values);
  return { entries: result.entries, failures: result.failures, warnings: [...input.warnings, ...found.warnings, ...unusedKeys(values, names)] };
}

/** Database inputs mean Supabase's own database where that is on and PostgreSQL is not. */
function sourceNames(services: readonly LegacyService[], values: ReadonlyMap<string, LegacyValue>): SourceNames {
  const on = (name: string): boolean => legacyRequirements(values, { main: new Set(), trees: new Set() }, { layer: "repository" }).some((one) => one.name === name);
  const urls = services.flatMap(({ name, settings }) => settings.filter(({ key }) => key.endsWith("_url")).map(({ key, value }) => [`${name}.${key}`, String(value)] as const));
  return { services: services.map(({ name }) => name), urls: new Map(urls), database: on("supabase") && !on("postgres") ? "supabase" : "postgres" };
}

function addService(result: Result, service: LegacyService, requirements: readonly LegacyRequirement[], names: SourceNames, uses: ReadonlySet<string>): void {
  const settings = service.settings.map((setting) => (typeof setting.value === "string" ? { ...setting, value: translateTemplate(setting.value, names, new Map()).template } : setting));
  addNamed(result, ["services", service.name], service.origin, settings);
  const wanted = requirements.map(({ name }) => name).filter((name) => service.name !== "frontend" || !names.services.includes("backend") || uses.has(name));
  const own = settings.find(({ key }) => key === "depends_on")?.value;
  const all = new Set([...wanted, ...(Array.isArray(own) ? own.map(String) : [])].filter((name) => isKnownDependency(name, names, requirements)));
  const unknown = Array.isArray(own) ? own.map(String).filter((name) => !isKnownDependency(name, names, requirements) && !legacyRequirementNames.includes(name)) : [];
  if (all.size > 0 || unknown.length > 0) addSetting(result, ["services", service.name], { key: "depends_on", value: [...all, ...unknown], origin: settings.find(({ key }) => key === "depends_on")?.origin ?? service.origin });
}

/** A dependency that is switched off is no dependency: naming it in DEPENDS_ON does not switch it on. */
function isKnownDependency(name: string, names: SourceNames, requirements: readonly LegacyRequirement[]): boolean {
  return names.services.includes(name) || requirements.some((one) => one.name === name);
}

function addNamed(result: Result, path: readonly string[], origin: Origin, settings: readonly Setting[]): void {
  result.entries.push({ path, value: {}, origin });
  for (const setting of settings) if (setting.key !== "depends_on") addSetting(result, path, setting);
}

function addModes(result: Result, services: readonly LegacyService[], requirements: readonly LegacyRequirement[], origin: Origin): void {
  for (const mode of ["main", "trees"] as const) {
    const started = services.filter((service) => service[mode]).map(({ name }) => name);
    const needed = requirements.filter((requirement) => requirement[mode]).map(({ name }) => name);
    addSetting(result, ["modes", mode], { key: "services", value: started, origin });
    addSetting(result, ["modes", mode], { key: "requirements", value: needed, origin });
  }
}

/** Keys that set one key of ours, where no service or requirement was built from them already. */
function addDirect(result: Result, values: ReadonlyMap<string, LegacyValue>): void {
  for (const [key, path] of directKeys) {
    const value = values.get(key);
    if (value === undefined || value.text === "" || /^(?:services|requirements)\./.test(path)) continue;
    addSetting(result, path.split(".").slice(0, -1), { key: path.split(".").at(-1) ?? "", value: value.text.trim(), origin: value.origin });
  }
  const host = values.get("ENVCTL_UI_VISUAL_HOST");
  if (host !== undefined && host.text !== "" && !values.has("ENVCTL_PUBLIC_HOST")) addSetting(result, [], { key: "public_host", value: host.text, origin: host.origin });
}

function addSetting(result: Result, base: readonly string[], setting: Setting): void {
  const path = [...base, ...setting.key.split(".")];
  const row = rowAt(path);
  if (row === undefined) {
    result.entries.push({ path, value: setting.value, origin: setting.origin });
    return;
  }
  const checked = typeof setting.value === "string" ? checkText(row, setting.value) : checkValue(row, setting.value);
  if (checked.ok) result.entries.push({ path, value: checked.value, origin: setting.origin });
  else result.failures.push(invalid(`\`${setting.origin.name ?? dotted(path)}\` is ${shown(setting.value)}, but must be ${checked.must}`, checked.hint, placeOf(setting.origin)));
}

function unusedKeys(values: ReadonlyMap<string, LegacyValue>, names: SourceNames): readonly Failure[] {
  const hasExternal = [...values.keys()].some((key) => key.startsWith("ENVCTL_EXTERNAL_DEPENDENCIES") || key.startsWith("ENVCTL_DEPENDENCY_"));
  return [...values].filter(([key, { origin }]) => origin.layer !== "environment" && !isUsedKey(key, names.services, hasExternal)).map(([key, { origin }]) => {
    const nearest = nearestName(key, [...directKeys.keys()]);
    return invalid(`\`${key}\` is not used`, nearest === undefined ? "nothing here reads this key" : `did you mean ${nearest}?`, placeOf(origin));
  });
}

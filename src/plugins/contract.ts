/** What is wrong with a definition as a module exports it. Pure. */
import { types } from "node:util";
import { isInRange } from "../model/version-range.ts";

/** All problems of a requirement; see requirements/foreign-contract.ts. */
export type RequirementProblems = (exported: unknown, id: string) => readonly string[];

type Value = Readonly<Record<string, unknown>>;

interface Rule {
  readonly key: string;
  /** Words that end "must be". */
  readonly must: string;
  readonly isMet: (value: unknown) => boolean;
  readonly isOptional?: boolean;
}

const namePattern = /^[a-z0-9][a-z0-9_-]*$/i;
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
/** In a table, and on a terminal, which obeys what is between the letters. */
const isLine = (value: unknown): boolean => typeof value === "string" && value !== "" && !/\p{Cc}/u.test(value);
const isName = (value: unknown): boolean => typeof value === "string" && namePattern.test(value);
const isFunction = (value: unknown): boolean => typeof value === "function";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const described = (value: unknown): boolean => Array.isArray(value) && value.every((one) => isRecord(one) && isText(one["name"]) && isLine(one["about"]));
/** Names and letters every command has already; tests/plugins/contract.test.ts holds them against cli/global-flags.ts. */
export const takenFlags = ["repo", "json", "headless", "no-interactive", "non-interactive", "batch", "interactive", "no-color", "logs-no-color", "debug", "help", "h", "version", "V"] as const;
/** Each has names of its own. */
const flagsDiffer = (value: unknown): boolean => {
  if (!described(value) || !Array.isArray(value)) return true;
  const names = [...takenFlags, ...value.flatMap((one: Value) => [one["name"], one["short"] ?? []].flat())];
  return new Set(names).size === names.length;
};

const name: Rule = { key: "name", must: "a name of letters, digits, - and _", isMet: isName };
const id: Rule = { ...name, key: "id" };
const about: Rule = { key: "about", must: "a text of one line", isMet: isLine };
const texts = (key: string): Rule => ({ key, must: "a list of texts", isMet: isTexts });
const aFunction = (key: string): Rule => ({ key, must: "a function", isMet: isFunction });
const optional = (rule: Rule): Rule => ({ ...rule, isOptional: true });

/** Rules for each member of a list. */
const listRules: Readonly<Record<string, readonly Rule[]>> = {
  requirements: [id],
  checks: [id, { key: "title", must: "a text", isMet: isText }, aFunction("run"), optional({ key: "gates", must: '["ship"] or absent', isMet: (value) => Array.isArray(value) && value.every((one) => one === "ship") })],
  commands: [
    name, about, aFunction("run"), optional(aFunction("text")), optional(aFunction("exit")), optional(texts("aliases")), optional(texts("examples")),
    ...["args", "flags"].map((key) => optional({ key, must: "a list of { name, about, … }", isMet: described })),
    optional({ key: "flags", must: `of names and letters that differ, and are not of those every command has: ${takenFlags.join(", ")}`, isMet: flagsDiffer }),
  ],
  services: [name, { key: "module", must: "the absolute path of a module", isMet: (value) => typeof value === "string" && value.startsWith("/") }, optional({ ...about, key: "type" }), optional(texts("capabilities"))],
  detectors: [id, texts("files"), aFunction("detect")],
};
const plainRules: readonly Rule[] = [optional({ ...about, key: "envctl" }), optional({ ...about, key: "version" }), optional(about)];
const known = [...plainRules.map(({ key }) => key), ...Object.keys(listRules), "executors"];

/** As parts of a sentence; none when it keeps the contract. `version` is that of this envctl. */
export function pluginProblems(exported: unknown, version: string, requirementProblems: RequirementProblems): readonly string[] {
  if (!isRecord(exported)) return ["it exports no object `plugin`: write `export const plugin = definePlugin({ … })`"];
  const unknown = Object.keys(exported).filter((key) => !known.includes(key)).map((key) => `\`plugin.${key}\` is nothing there is; known: ${known.join(", ")}`);
  return [...unknown, ...rangeProblems(exported["envctl"], version), ...broken(plainRules, exported, "plugin"), ...Object.keys(listRules).flatMap((key) => listProblems(key, exported[key], requirementProblems)), ...executorProblems(exported["executors"])];
}

function rangeProblems(range: unknown, version: string): readonly string[] {
  const isFitting = typeof range === "string" ? isInRange(version, range) : true;
  if (isFitting === true) return [];
  return [isFitting === false ? `it is for envctl ${String(range)}, and this is ${version}` : `\`plugin.envctl\` is no range of versions: ${String(range)}`];
}

function listProblems(key: string, list: unknown, requirementProblems: RequirementProblems): readonly string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [`\`plugin.${key}\` must be a list`];
  return list.flatMap((one: unknown, index) => {
    const path = `plugin.${key}[${index}]`;
    if (!isRecord(one)) return [`\`${path}\` must be an object`];
    if (!isPlain(one)) return [`\`${path}\` must hold values, no getters, and be no Proxy`];
    const wrong = broken(listRules[key] ?? [], one, path);
    return key === "requirements" && wrong.length === 0 ? requirementProblems(one, String(one["id"])).map((problem) => problem.replaceAll("`requirement.", `\`${path}.`)) : wrong;
  });
}

function executorProblems(executors: unknown): readonly string[] {
  if (executors === undefined) return [];
  if (!isRecord(executors) || !isPlain(executors)) return ["`plugin.executors` must be an object, name → executor"];
  return Object.entries(executors).flatMap(([key, one]) => (isName(key) && isRecord(one) && isPlain(one) ? broken([aFunction("command")], one, `plugin.executors.${key}`) : [`\`plugin.executors.${key}\` must be an object under a name of letters, digits, - and _`]));
}

function broken(rules: readonly Rule[], value: Value, path: string): readonly string[] {
  const wrong = rules.filter(({ key, isMet, isOptional }) => !(isOptional === true && value[key] === undefined) && !isMet(value[key]));
  return wrong.map(({ key, must }) => `\`${path}.${key}\` must be ${must}`);
}

/** What is judged now must be what is used later. */
function isPlain(value: Value): boolean {
  return !types.isProxy(value) && Object.values(Object.getOwnPropertyDescriptors(value)).every((property) => "value" in property);
}

function isRecord(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

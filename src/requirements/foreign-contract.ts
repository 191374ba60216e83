/** What a requirement of a repository exports, version 1, and what is wrong with one that does not. Pure. */
import type { RequirementConfig } from "../model/config.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { Host } from "../host/host.ts";
import type { DockerDraft, DraftInput, EffectInput, ExternalEngine, PrepareInput, Runtime } from "./adapter.ts";

/** The embedded engine of one: only what to run has to be said. */
export interface ForeignEmbedded {
  locate?(settings: unknown, host: Host): Promise<Runtime | undefined>;
  draft(input: DraftInput<unknown>): Pick<UnitDraft, "command"> & Partial<UnitDraft>;
  prepare?(input: PrepareInput<unknown>, host: Host): Promise<void>;
  bootstrap?(input: PrepareInput<unknown>, host: Host): Promise<void>;
}

/** The docker engine of one: the image, and the number its main port has inside. */
export interface ForeignDocker {
  readonly image: string;
  draft(input: DraftInput<unknown>): Pick<DockerDraft, "port"> & Partial<DockerDraft>;
  bootstrap?(input: EffectInput<unknown>, host: Host): Promise<void>;
}

/** `export const requirement = { apiVersion: 1, … }`. */
export interface ForeignRequirement {
  readonly apiVersion: 1;
  readonly id: string;
  readonly title: string;
  readonly provides: readonly string[];
  readonly priority?: number;
  readonly ports?: Readonly<Record<string, number>>;
  readonly secrets?: readonly string[];
  settings?(raw: RequirementConfig): unknown;
  readonly engines: { readonly embedded?: ForeignEmbedded; readonly docker?: ForeignDocker; readonly external?: ExternalEngine };
  values?(input: DraftInput<unknown>): Readonly<Record<string, string>>;
  env?(input: DraftInput<unknown>): Readonly<Record<string, string>>;
}

interface Rule {
  readonly path: string;
  /** Words that end "must be". */
  readonly must: string;
  readonly isMet: (value: unknown) => boolean;
  readonly isOptional?: boolean;
}

const aFunction = { must: "a function", isMet: (value: unknown): boolean => typeof value === "function" };
const optionalFunction = { ...aFunction, isOptional: true };
const texts = { must: "a list of texts", isMet: (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === "string") };
const portNumber = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;

const rules: readonly Rule[] = [
  { path: "apiVersion", must: "1, the version of the contract", isMet: (value) => value === 1 },
  { path: "title", must: "a text", isMet: (value) => typeof value === "string" && value !== "" },
  { path: "provides", ...texts },
  { path: "priority", must: "a number", isMet: (value) => typeof value === "number", isOptional: true },
  { path: "ports", must: "an object of port numbers by name", isMet: (value) => isObject(value) && Object.values(value).every(portNumber), isOptional: true },
  { path: "secrets", ...texts, isOptional: true },
  { path: "settings", ...optionalFunction },
  { path: "values", ...optionalFunction },
  { path: "env", ...optionalFunction },
  { path: "engines", must: "an object with one or more of embedded, docker and external", isMet: (value) => isObject(value) && Object.keys(engineRules).some((engine) => engine in value) },
];

const engineRules: Readonly<Record<string, readonly Rule[]>> = {
  embedded: [
    { path: "draft", ...aFunction },
    { path: "locate", ...optionalFunction },
    { path: "prepare", ...optionalFunction },
    { path: "bootstrap", ...optionalFunction },
  ],
  docker: [
    { path: "image", must: "the name of an image with a tag that does not move", isMet: isPinned },
    { path: "draft", ...aFunction },
    { path: "bootstrap", ...optionalFunction },
  ],
  external: [
    { path: "schemes", ...texts },
    { path: "port", must: "a port number", isMet: portNumber },
    { path: "variables", ...texts },
    ...["values", "env", "probe", "check"].map((path): Rule => ({ path, ...aFunction })),
  ],
};

/** All problems at once, as parts of a sentence; none when it keeps the contract. */
export function foreignProblems(exported: unknown, name: string): readonly string[] {
  if (!isObject(exported)) return ["it exports no object `requirement`: write `export const requirement = { apiVersion: 1, … }`"];
  const id = exported["id"] === name ? [] : [`\`requirement.id\` must be "${name}", as the file is called`];
  const engines = exported["engines"];
  const inEngines = isObject(engines) ? Object.entries(engines).flatMap(([engine, value]) => engineProblems(engine, value)) : [];
  return [...id, ...broken(rules, exported, "requirement"), ...inEngines];
}

function engineProblems(engine: string, value: unknown): readonly string[] {
  const known = Object.hasOwn(engineRules, engine) ? engineRules[engine] : undefined;
  if (known === undefined) return [`\`requirement.engines.${engine}\` is no engine there is; known: ${Object.keys(engineRules).join(", ")}`];
  return isObject(value) ? broken(known, value, `requirement.engines.${engine}`) : [`\`requirement.engines.${engine}\` must be an object`];
}

function broken(all: readonly Rule[], object: Readonly<Record<string, unknown>>, base: string): readonly string[] {
  const wrong = all.filter(({ path, isMet, isOptional }) => !(isOptional === true && object[path] === undefined) && !isMet(object[path]));
  return wrong.map(({ path, must }) => `\`${base}.${path}\` must be ${must}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A colon before the last slash is that of a registry's port. */
function isPinned(image: unknown): boolean {
  return typeof image === "string" && /^\S+[:@][^/\s]+$/.test(image) && !image.endsWith(":latest");
}

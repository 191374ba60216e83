/** Service modules, found by their names: `svc_NAME/index.mjs` in the repository and in directories of the user. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { isServiceName, type ServiceManifest } from "../model/service.ts";
import { contentHashOf, filesBelow, type AdapterFile } from "./adapter-files.ts";
import { errorText } from "./files.ts";

/** One of them as it lies on the disk. Nothing of it runs. */
export interface ServiceFile {
  readonly name: string;
  readonly origin: "repository" | "external";
  /** Of its module; absolute. */
  readonly path: string;
  readonly manifest: ServiceManifest;
  /** Why it cannot be used. */
  readonly problem?: string;
}

const directory = ".envctl.d/services";
const prefix = "svc_";
const moduleName = "index.mjs";
const manifestName = "service.json";
/** A variable with directories to look in, apart as in PATH. */
export const externalServicesVariable = "ENVCTL_EXTERNAL_SERVICES_PATH";

/** The directories the variable names; relative ones are nobody's. */
export function externalServicePaths(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (environment[externalServicesVariable] ?? "").split(delimiter).filter(isAbsolute);
}

/** By name; of one name the external one counts, and of these the first. */
export function serviceFiles(repository: string, search: readonly string[]): readonly ServiceFile[] {
  const found = [...search.flatMap((root) => filesIn(root, "external")), ...filesIn(join(repository, directory), "repository")];
  const byName = new Map(found.toReversed().map((file) => [file.name, file]));
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What is trusted of a service: its whole folder, by content. */
export function trustableService({ name, path }: Pick<ServiceFile, "name" | "path">): AdapterFile {
  const folder = path.slice(0, -moduleName.length);
  return { name, path, contentHash: contentHashOf(folder, filesBelow(folder)) };
}

function filesIn(root: string, origin: ServiceFile["origin"]): readonly ServiceFile[] {
  return foldersIn(root).flatMap((folder) => {
    const name = folder.slice(prefix.length);
    if (!folder.startsWith(prefix) || !isServiceName(name)) return [];
    const path = join(root, folder, moduleName);
    const { manifest, problem } = manifestIn(join(root, folder));
    const missing = existsSync(path) ? problem : `${path} is missing`;
    return [{ name, origin, path, manifest, ...(missing === undefined ? {} : { problem: missing }) }];
  });
}

function foldersIn(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

interface ReadManifest {
  readonly manifest: ServiceManifest;
  readonly problem?: string;
}

const nothingSaid: ServiceManifest = { about: "", capabilities: [] };

function manifestIn(folder: string): ReadManifest {
  const path = join(folder, manifestName);
  if (!existsSync(path)) return { manifest: nothingSaid };
  try {
    return readManifest(JSON.parse(readFileSync(path, "utf8")), path);
  } catch (error) {
    return { manifest: nothingSaid, problem: `${path} cannot be read: ${errorText(error)}` };
  }
}

/** Member → what it has to be, for `service.json`. */
const members: Readonly<Record<keyof ServiceManifest, readonly [(value: unknown) => boolean, string]>> = {
  about: [isText, "a text"],
  version: [isText, "a text"],
  type: [isText, "a text"],
  capabilities: [(value) => Array.isArray(value) && value.every(isText), "a list of texts"],
  capacity: [(value) => Number.isInteger(value) && Number(value) > 0, "a whole number above 0"],
};

function readManifest(value: unknown, path: string): ReadManifest {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { manifest: nothingSaid, problem: `${path} is no object` };
  for (const [key, member] of Object.entries(value)) {
    const rule = Object.hasOwn(members, key) ? members[key as keyof ServiceManifest] : undefined;
    if (rule === undefined) return { manifest: nothingSaid, problem: `${path}: there is no "${key}"; it may say ${Object.keys(members).join(", ")}` };
    if (!rule[0](member)) return { manifest: nothingSaid, problem: `${path}: ${key} has to be ${rule[1]}` };
  }
  return { manifest: { ...nothingSaid, ...value } };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

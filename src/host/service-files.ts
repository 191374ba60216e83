/** Service modules, found by their names: `svc_NAME/index.mjs` in the repository and in directories of the user. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { namedDirectories } from "../model/extension-variables.ts";
import { UserError } from "../model/failure.ts";
import { isServiceName, type ServiceListing, type ServiceManifest } from "../model/service.ts";
import { codeHash } from "./code-hash.ts";
import { isDirectory, isFile, isInside, namesIn, statsAt } from "./extension-places.ts";
import { errorText } from "./files.ts";
import type { Trust, TrustableFile } from "./trust.ts";

/** One of them as it lies on the disk. Nothing of it runs. */
export interface ServiceFile {
  readonly name: string;
  readonly origin: ServiceListing["origin"];
  /** Of its module; absolute. */
  readonly path: string;
  readonly manifest: ServiceManifest;
  /** It is the repository's code; else it is that of the user, whose environment names it. */
  readonly needsTrust: boolean;
  /** Why it cannot be used. */
  readonly problem?: string;
}

const directory = ".envctl.d/services";
const prefix = "svc_";
const moduleName = "index.mjs";
const manifestName = "service.json";
/** The directories of the user. */
export function externalServicePaths(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return namedDirectories(environment, "ENVCTL_EXTERNAL_SERVICES_PATH");
}

/** By name; of one name the external one counts, and of these the first. */
export function serviceFiles(repository: string, search: readonly string[]): readonly ServiceFile[] {
  const found = [...search.flatMap((root) => filesIn(root, "external", repository)), ...filesIn(join(repository, directory), "repository", repository)];
  const byName = new Map(found.toReversed().map((file) => [file.name, file]));
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Those of the disk, then those of plug-ins whose names nobody else has. */
export function withPluginServices(files: readonly ServiceFile[], more: readonly ServiceFile[]): readonly ServiceFile[] {
  return [...files, ...more.filter((one) => !files.some(({ name }) => name === one.name))];
}

/** What is trusted of a service: its whole folder, by content, and what that imports from elsewhere. Throws a UserError for one that cannot be read. */
export function trustableService({ name, path }: Pick<ServiceFile, "name" | "path">): TrustableFile & { readonly name: string } {
  try {
    return { name, path, contentHash: codeHash(dirname(path)) };
  } catch (error) {
    throw new UserError({ reason: "adapter_invalid", message: `service ${name} cannot be read: ${errorText(error)}`, hint: "what lies in its folder, links as well, has to be readable" });
  }
}

/** Whether it may run as it is now, or why it never can: one that cannot be read keeps no other from being listed. */
export function judgedService(file: ServiceFile, trust: Pick<Trust, "isTrusted">): Pick<ServiceListing, "isTrusted" | "problem"> {
  if (file.problem !== undefined) return { isTrusted: false, problem: file.problem };
  try {
    return { isTrusted: !file.needsTrust || trust.isTrusted(trustableService(file)) };
  } catch (error) {
    return { isTrusted: false, problem: errorText(error).replaceAll(controls, " ") };
  }
}

function filesIn(root: string, origin: ServiceFile["origin"], repository: string): readonly ServiceFile[] {
  return namesIn(root).flatMap((folder) => {
    const name = folder.slice(prefix.length);
    if (!folder.startsWith(prefix) || !isServiceName(name) || !isDirectory(join(root, folder))) return [];
    const path = join(root, folder, moduleName);
    const { manifest, problem } = manifestIn(join(root, folder));
    const needsTrust = origin === "repository" || [root, join(root, folder)].some((one) => isInside(one, repository));
    const missing = isFile(path) ? problem : `${path} is missing`;
    return [{ name, origin, path, manifest, needsTrust, ...(missing === undefined ? {} : { problem: missing.replaceAll(controls, " ") }) }];
  });
}

interface ReadManifest {
  readonly manifest: ServiceManifest;
  readonly problem?: string;
}

const controls = /\p{Cc}/gu;
const longestManifest = 64 * 1024;
const nothingSaid: ServiceManifest = { about: "", capabilities: [] };

function manifestIn(folder: string): ReadManifest {
  const path = join(folder, manifestName);
  const found = statsAt(path);
  if (found === undefined) return { manifest: nothingSaid };
  // A pipe would keep whoever reads it waiting for ever.
  if (!found.isFile() || found.size > longestManifest) return { manifest: nothingSaid, problem: `${path} has to be a file of ${longestManifest} bytes at most` };
  try {
    return readManifest(JSON.parse(readFileSync(path, "utf8")), path);
  } catch (error) {
    return { manifest: nothingSaid, problem: `${path} cannot be read: ${errorText(error)}` };
  }
}

/** Member → what it has to be, for `service.json`. */
const members: Readonly<Record<keyof ServiceManifest, readonly [(value: unknown) => boolean, string]>> = {
  about: [isText, "a text of one line"],
  version: [isText, "a text of one line"],
  type: [isText, "a text of one line"],
  capabilities: [(value) => Array.isArray(value) && value.every(isText), "a list of texts of one line"],
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

/** It is shown before anybody has trusted it, and a terminal obeys what is between the letters. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !/\p{Cc}/u.test(value);
}

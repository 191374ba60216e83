/** Plug-ins as they lie on the disk. Nothing of them is run. */
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { namedDirectories } from "../model/extension-variables.ts";
import { isInRange } from "../model/version-range.ts";
import { codeHash } from "./code-hash.ts";
import { isDirectory, isFile, isInside, namesIn } from "./extension-places.ts";
import { errorText, readJson } from "./files.ts";

/** By whom a plug-in was named. */
export type PluginSource = "environment" | "configuration" | "folder" | "package";

export interface PluginFile {
  /** `kafka` of `envctl-plugin-kafka`, `kafka.mjs` or a directory `kafka`. */
  readonly name: string;
  readonly source: PluginSource;
  /** Relative to the repository; absolute for one of the user's environment. */
  readonly path: string;
  /** The directory, or for a single file that of its name, whose content is vouched for; absolute. */
  readonly root: string;
  /** As its package.json says. */
  readonly version?: string;
  /** The module to load, absolute; undefined where there is a problem. */
  readonly entry?: string;
  /** What keeps it from being loaded, as part of a sentence. */
  readonly problem?: string;
  /** Somebody has to allow it: true for all but those of the user's own environment. */
  readonly needsTrust: boolean;
  /** Of its code as it is now, with what that imports by name. Read on every call. */
  readonly contentHash: string;
}

export interface PluginPlaces {
  readonly repository: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Paths under `plugins:`, relative to the repository. */
  readonly configured: readonly string[];
  /** Version of this envctl. */
  readonly version: string;
}

interface Candidate {
  readonly name: string;
  readonly source: PluginSource;
  /** Absolute. */
  readonly path: string;
}

const prefix = "envctl-plugin-";
const namePattern = /^[a-z0-9][a-z0-9_-]*$/i;

/** Every one there is: those of the user's environment, then those of the configuration, of `.envctl.d/plugins`, and packages. */
export function pluginFiles(places: PluginPlaces): readonly PluginFile[] {
  return candidates(places).map((candidate) => pluginFile(candidate, places));
}

function candidates({ repository, environment, configured }: PluginPlaces): readonly Candidate[] {
  const inDirectory = (directory: string, source: PluginSource): readonly Candidate[] => namesIn(directory).map((file) => candidate(join(directory, file), source)).filter(({ path }) => isPlugin(path));
  const modules = join(repository, "node_modules");
  const scopes = namesIn(modules).filter((name) => name.startsWith("@")).map((name) => join(modules, name));
  return [
    ...namedDirectories(environment, "ENVCTL_EXTERNAL_PLUGINS_PATH").flatMap((directory) => inDirectory(directory, "environment")),
    ...configured.map((path) => candidate(resolve(repository, path), "configuration")),
    ...inDirectory(join(repository, ".envctl.d", "plugins"), "folder"),
    ...[modules, ...scopes].flatMap((directory) => inDirectory(directory, "package").filter(({ path }) => basename(path).startsWith(prefix))),
  ];
}

function candidate(path: string, source: PluginSource): Candidate {
  const file = basename(path).replace(/\.m?js$/, "");
  return { name: file.startsWith(prefix) ? file.slice(prefix.length) : file, source, path };
}

/** Beside plug-ins there may be notes, and the directories that single files keep their parts in. */
function isPlugin(path: string): boolean {
  if (!isDirectory(path)) return /\.m?js$/.test(path) && !basename(path).startsWith(".");
  const isPart = [".mjs", ".js"].some((ending) => isFile(`${path}${ending}`));
  return !isPart && ["package.json", "index.mjs", "index.js"].some((name) => isFile(join(path, name)));
}

function pluginFile({ name, source, path }: Candidate, { repository, version }: PluginPlaces): PluginFile {
  const needsTrust = source !== "environment" || isInside(path, repository);
  const found = { name, source, root: path.replace(/\.m?js$/, ""), path: needsTrust && !isAbsolute(relative(repository, path)) ? relative(repository, path) : path, needsTrust };
  try {
    const manifest = isDirectory(path) ? manifestOf(path) : {};
    const problem = problemOf(name, path, manifest, version);
    const entry = problem === undefined ? entryOf(path, manifest) : undefined;
    const written = manifest["version"];
    return {
      ...found,
      ...(typeof written === "string" ? { version: written } : {}),
      ...(entry === undefined ? { problem: problem ?? "it has no module to load: an `index.mjs`, or what `exports` or `main` of its package.json names, inside of it" } : { entry }),
      get contentHash() { return codeHash(path); },
    };
  } catch (error) {
    return { ...found, problem: errorText(error), contentHash: "" };
  }
}

type Manifest = Readonly<Record<string, unknown>>;

function manifestOf(directory: string): Manifest {
  const path = join(directory, "package.json");
  if (!isFile(path)) return {};
  const content = readJson(path);
  if (!isRecord(content)) throw new Error("its package.json is no JSON object");
  return content;
}

function problemOf(name: string, path: string, manifest: Manifest, version: string): string | undefined {
  if (!namePattern.test(name)) return `its name "${name}" is not made of letters, digits, - and _`;
  if (!isDirectory(path) && !isFile(path)) return `there is nothing at ${path}`;
  for (const key of ["engines", "peerDependencies"]) {
    const range = isRecord(manifest[key]) ? manifest[key]["envctl"] : undefined;
    if (range === undefined) continue;
    const isFitting = typeof range === "string" ? isInRange(version, range) : undefined;
    if (isFitting !== true) return isFitting === false ? `it is for envctl ${String(range)}, and this is ${version}` : `\`${key}.envctl\` of its package.json is no range of versions: ${JSON.stringify(range)}`;
  }
  return undefined;
}

/** Undefined when there is none, or it leads out of the directory whose content is vouched for. */
function entryOf(path: string, manifest: Manifest): string | undefined {
  if (!isDirectory(path)) return path;
  const exported = isRecord(manifest["exports"]) ? (manifest["exports"]["."] ?? manifest["exports"]) : manifest["exports"];
  const chosen = isRecord(exported) ? (exported["import"] ?? exported["default"]) : exported;
  const named = [chosen, manifest["main"]].find((one) => typeof one === "string");
  const entry = [...(typeof named === "string" ? [named] : []), "index.mjs", "index.js"].map((file) => join(path, file)).find(isFile);
  return entry !== undefined && isInside(entry, path) ? entry : undefined;
}

function isRecord(value: unknown): value is Manifest {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

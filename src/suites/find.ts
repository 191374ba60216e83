/** Where suites are: `.envctl.d/suites/NAME.yaml`, folders `suite_NAME` beside it, and the same below ENVCTL_EXTERNAL_SUITES_PATH. */
import { existsSync, readdirSync, type Dirent } from "node:fs";
import { basename, dirname, join, parse, relative, resolve } from "node:path";
import { isDirectory, isFile } from "../host/extension-places.ts";
import { namedDirectories } from "../model/extension-variables.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";

/** A suite as it lies on the disk; it has a file, a folder or both. */
export interface FoundSuite {
  readonly name: string;
  /** What says how it runs. */
  readonly file?: string;
  /** Where its scripts are. */
  readonly folder?: string;
  /** What `--list-configs` calls it. */
  readonly listed: string;
}

const configured = /\.ya?ml$/;
const folderPrefix = "suite_";
const scriptPrefix = "exp_";
/** In a folder: how it runs, and what of it is expected to fail. */
export const folderFile = "suite.yaml";
export const expectationsFile = "skip.yaml";

/** Directories that are searched; those from outside come first. */
export function suiteDirectories(projectRoot: string, environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...namedDirectories(environment, "ENVCTL_EXTERNAL_SUITES_PATH"), join(projectRoot, ".envctl.d", "suites")];
}

/** Sorted by name; of two with one name the first counts. */
export function findSuites(directories: readonly string[]): readonly FoundSuite[] {
  const found = new Map<string, FoundSuite>();
  for (const suite of directories.flatMap(suitesIn)) if (!found.has(suite.name)) found.set(suite.name, suite);
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function suitesIn(directory: string): readonly FoundSuite[] {
  const entries = entriesIn(directory);
  const files = entries.filter(({ name }) => configured.test(name) && name !== expectationsFile && isFile(join(directory, name)));
  const names = new Set(files.map(({ name }) => parse(name).name));
  const folders = entries.filter((entry) => isFolder(directory, entry) && entry.name.startsWith(folderPrefix) && !names.has(entry.name.slice(folderPrefix.length)));
  return [...files.map(({ name }) => suiteOfFile(join(directory, name))), ...folders.map(({ name }) => suiteOfFolder(join(directory, name)))];
}

function suiteOfFile(file: string): FoundSuite {
  const { name, base, dir } = parse(file);
  const folder = join(dir, `${folderPrefix}${name}`);
  return { name, file, listed: base, ...(existsSync(folder) ? { folder } : {}) };
}

function suiteOfFolder(folder: string): FoundSuite {
  const file = join(folder, folderFile);
  const base = basename(folder);
  const name = base.startsWith(folderPrefix) ? base.slice(folderPrefix.length) : base;
  return isFile(file) ? { name, folder, file, listed: join(base, folderFile) } : { name, folder, listed: base };
}

/** The suite a word means: its name, that of its file, or a path. Throws a UserError, exit 2, when there is none. */
export function suiteMeant(word: string, directories: readonly string[]): FoundSuite {
  const found = findSuites(directories);
  const named = found.find(({ name, listed }) => name === word || listed === word || listed === `${word}/${folderFile}`);
  if (named !== undefined) return named;
  const path = resolve(word);
  if (word.includes("/") && existsSync(path)) return suiteAt(path);
  const nearest = nearestName(word, found.map(({ name }) => name));
  const hint = found.length === 0 ? `there is none in ${directories.join(", ")}` : `known: ${found.map(({ name }) => name).join(", ")}`;
  throw new UserError({ reason: "unknown_target", message: `there is no suite "${word}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint }, exitCodes.interrupted);
}

/** A folder is the same suite whether it is named itself or by the file beside it. */
function suiteAt(path: string): FoundSuite {
  if (isDirectory(path)) return suitesIn(dirname(path)).find(({ folder }) => folder === path) ?? suiteOfFolder(path);
  return basename(path) === folderFile ? suiteOfFolder(dirname(path)) : suiteOfFile(path);
}

/** A script of a folder: `exp_login.sh` is `login`, `admin/exp_login.sh` is `admin/login`. */
export interface ScriptFile {
  readonly name: string;
  readonly path: string;
}

/** Every `exp_*` of a folder, sorted. Throws a UserError for two of one name. */
export function scriptsIn(folder: string): readonly ScriptFile[] {
  const files = walk(folder).filter((path) => basename(path).startsWith(scriptPrefix)).map((path): ScriptFile => {
    const inside = relative(folder, dirname(path));
    return { name: join(inside, parse(path).name.slice(scriptPrefix.length)), path };
  });
  const sorted = files.sort((one, other) => (one.name < other.name ? -1 : 1));
  const twice = sorted.find(({ name }, index) => sorted[index + 1]?.name === name);
  if (twice !== undefined) throw new UserError({ reason: "configuration_invalid", message: `two scripts in ${folder} are called ${twice.name}`, hint: "rename one of them" });
  return sorted;
}

const deepest = 6;

function walk(directory: string, depth = 0): readonly string[] {
  return entriesIn(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!isFolder(directory, entry)) return existsSync(path) ? [path] : [];
    return entry.name.startsWith(".") || entry.name === "node_modules" || depth >= deepest ? [] : walk(path, depth + 1);
  });
}

function isFolder(directory: string, entry: Dirent): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(join(directory, entry.name)));
}

function entriesIn(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

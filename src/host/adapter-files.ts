/** The requirements a repository brings along: code of its own, in `.envctl.d/requirements`. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** `.envctl.d/requirements/<name>.mjs` as it is now. */
export interface AdapterFile {
  /** Of the requirement. */
  readonly name: string;
  /** Relative to the repository. */
  readonly path: string;
  /** Of the file, and of everything in the directory of that name beside it. */
  readonly contentHash: string;
}

const directory = ".envctl.d/requirements";
const extension = ".mjs";

/** Every one of them, by name. */
export function adapterFiles(repository: string): readonly AdapterFile[] {
  return adapterNames(repository).flatMap((name) => adapterFile(repository, name) ?? []);
}

/** Names there is a file for; nothing is read. */
export function adapterNames(repository: string): readonly string[] {
  return namesIn(join(repository, directory)).filter((name) => name.endsWith(extension)).map((name) => name.slice(0, -extension.length)).sort();
}

/** The file of one requirement; undefined when there is none. */
export function adapterFile(repository: string, name: string): AdapterFile | undefined {
  if (!adapterNames(repository).includes(name)) return undefined;
  const path = `${directory}/${name}${extension}`;
  const beside = filesBelow(join(repository, directory, name)).map((file) => `${directory}/${name}/${file}`);
  return { name, path, contentHash: contentHashOf(repository, [path, ...beside]) };
}

/** Of the names and the content of files, relative to `root`. */
export function contentHashOf(root: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** Paths relative to `root`, in a fixed order. */
export function filesBelow(root: string): readonly string[] {
  const entries = entriesIn(root);
  return entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(join(root, entry.name)).map((file) => `${entry.name}/${file}`) : entry.isFile() ? [entry.name] : [])).sort();
}

function entriesIn(root: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(root);
  } catch {
    return [];
  }
}

function readEntries(root: string) {
  return readdirSync(root, { withFileTypes: true });
}

function namesIn(root: string): readonly string[] {
  return entriesIn(root).map(({ name }) => name);
}

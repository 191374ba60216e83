/**
 * Notices changes of files that match globs. Only directories on the way of a glob are watched, one watch each: Node's own
 * recursive watch takes one for every file on Linux, six times as many, and cannot leave out node_modules.
 */
import { lstatSync, readdirSync, watch, type Dirent, type FSWatcher, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { errorText } from "./files.ts";
import { isOnTheWay, skippedDirectories } from "./glob.ts";
import { globExpression } from "../model/glob.ts";

export interface TreeWatchOptions {
  /** Globs are relative to it. Symbolic links to directories are not followed. */
  readonly directory: string;
  readonly globs: readonly string[];
  /** Absolute directories nothing of which counts. */
  readonly ignored: readonly string[];
  /** So many directories are watched, and no more. */
  readonly limit: number;
  /** An absolute path that matches, or a directory that matching files may have been in. */
  readonly changed: (path: string) => void;
  /** Why something is not watched; told once each. */
  readonly trouble: (what: "limit" | "impossible", text: string) => void;
}

export interface TreeWatch {
  readonly close: () => void;
}

/** A glob below a directory of its own: `../shared/*.ts` begins one higher. */
interface Rooted {
  readonly root: string;
  readonly pattern: string;
  readonly expression: RegExp;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: number;
}

interface Tree {
  readonly options: TreeWatchOptions;
  readonly globs: readonly Rooted[];
  readonly watched: Map<string, Watched>;
  readonly told: Set<string>;
}

/** Watches until closed. Directories that come later are watched as well, and their files count as changed. */
export function watchTree(options: TreeWatchOptions): TreeWatch {
  const tree: Tree = { options, globs: options.globs.map((glob) => rooted(options.directory, glob)), watched: new Map(), told: new Set() };
  for (const { root } of tree.globs) {
    const stats = tree.watched.has(root) ? undefined : statsOf(root);
    if (stats !== undefined) add(tree, root, stats);
  }
  return { close: () => tree.watched.forEach(({ watcher }) => watcher.close()) };
}

function noticed(tree: Tree, directory: string, name: string): void {
  if (skippedDirectories.has(name)) return;
  const path = join(directory, name);
  const stats = statsOf(path);
  if (stats?.isDirectory() === true) {
    // One of this name that is another one now, after a rename for example, counts as new.
    if (tree.watched.get(path)?.inode !== stats.ino && isMeant(tree, path)) for (const file of add(tree, path, stats)) tree.options.changed(file);
    return;
  }
  const wasDirectory = drop(tree, path);
  if (wasDirectory || matches(tree, path)) tree.options.changed(path);
}

/** Watches a directory and what lies in it; the answer is the files that match. */
function add(tree: Tree, directory: string, stats: Stats): readonly string[] {
  const { options, watched } = tree;
  drop(tree, directory);
  if (watched.size >= options.limit) {
    trouble(tree, "limit", `more than ${options.limit} directories`);
    return [];
  }
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => name !== null && noticed(tree, directory, name));
    watcher.on("error", () => drop(tree, directory));
    watched.set(directory, { watcher, inode: stats.ino });
  } catch (error) {
    if (statsOf(directory) !== undefined) trouble(tree, "impossible", `${directory}: ${errorText(error)}`);
    return [];
  }
  return entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return matches(tree, path) ? [path] : [];
    const inner = skippedDirectories.has(entry.name) || !isMeant(tree, path) ? undefined : statsOf(path);
    return inner === undefined ? [] : add(tree, path, inner);
  });
}

/** True when it was watched. */
function drop({ watched }: Tree, directory: string): boolean {
  const wasWatched = watched.has(directory);
  for (const [path, { watcher }] of watched) {
    if (!isWithin(directory, path)) continue;
    watcher.close();
    watched.delete(path);
  }
  return wasWatched;
}

function trouble({ options, told }: Tree, what: "limit" | "impossible", text: string): void {
  if (!told.has(what)) options.trouble(what, text);
  told.add(what);
}

function isMeant({ options, globs }: Tree, directory: string): boolean {
  if (options.ignored.includes(directory)) return false;
  return globs.some(({ root, pattern }) => isWithin(root, directory) && isOnTheWay(pattern, relativeTo(root, directory)));
}

function matches({ globs }: Tree, path: string): boolean {
  return globs.some(({ root, expression }) => isWithin(root, path) && expression.test(relativeTo(root, path)));
}

function rooted(directory: string, glob: string): Rooted {
  const [, up = "", pattern = ""] = /^((?:\/|\.\.?\/)*)(.*)$/s.exec(glob) ?? [];
  return { root: resolve(directory, up), pattern, expression: globExpression(pattern) };
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root === "/" ? root : `${root}/`);
}

function relativeTo(root: string, path: string): string {
  return path === root ? "" : path.slice(root === "/" ? 1 : root.length + 1);
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

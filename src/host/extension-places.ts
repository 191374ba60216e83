/** What lies where code besides envctl's own is found. */
import { readdirSync, realpathSync, statSync, type Stats } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { extensionVariables, namedDirectories, relativeDirectories, strayDirectory, type StrayDirectory } from "../model/extension-variables.ts";

/** Entries of such variables that bring nothing. */
export function strayDirectories(environment: Readonly<Record<string, string | undefined>>): readonly StrayDirectory[] {
  const lost = extensionVariables.flatMap((variable) => namedDirectories(environment, variable).filter((entry) => !isDirectory(entry)).map((entry) =>
    isFile(entry) ? strayDirectory(variable, entry, "is a file", "name the directory it lies in") : strayDirectory(variable, entry, "is not there", "make it, or take it out of the variable")));
  return [...relativeDirectories(environment, extensionVariables), ...lost];
}

/** Whether a path leads into the repository: then it is the repository's code, whoever names it. */
export function isInside(path: string, repository: string): boolean {
  const way = relative(realPath(repository), realPath(path));
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

/** Names in a directory, in order; none where it cannot be read. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Whether there is a directory, or a link to one. */
export function isDirectory(path: string): boolean {
  return statsAt(path)?.isDirectory() === true;
}

/** Whether there is a file, or a link to one. */
export function isFile(path: string): boolean {
  return statsAt(path)?.isFile() === true;
}

/** Undefined also for what cannot be looked at, such as a link to itself: whoever put it there must not be able to keep others from being found. */
export function statsAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

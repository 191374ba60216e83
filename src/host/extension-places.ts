/** Where code besides envctl's own is found: directories the user's environment names, and what is in them. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, relative } from "node:path";

/** Variables that name directories, separated as in PATH. */
export type ExtensionVariable = "ENVCTL_EXTERNAL_PLUGINS_PATH" | "ENVCTL_EXTERNAL_REQUIREMENTS_PATH" | "ENVCTL_EXTERNAL_SERVICES_PATH";

/** Absolute ones only: what is meant must not depend on where one stands. */
export function namedDirectories(environment: Readonly<Record<string, string | undefined>>, variable: ExtensionVariable): readonly string[] {
  return (environment[variable] ?? "").split(delimiter).filter((directory) => isAbsolute(directory));
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
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether there is a file, or a link to one. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

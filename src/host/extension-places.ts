/** Where code besides envctl's own is found: directories the user's environment names, and what is in them. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, relative } from "node:path";

/** Variables that name directories, separated as in PATH. */
export const extensionVariables = ["ENVCTL_EXTERNAL_PLUGINS_PATH", "ENVCTL_EXTERNAL_REQUIREMENTS_PATH", "ENVCTL_EXTERNAL_SERVICES_PATH", "ENVCTL_EXTERNAL_SUITES_PATH"] as const;
export type ExtensionVariable = (typeof extensionVariables)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute ones only: what is meant must not depend on where one stands. */
export function namedDirectories(environment: Environment, variable: ExtensionVariable): readonly string[] {
  return entriesOf(environment, variable).filter((directory) => isAbsolute(directory));
}

/** Something such a variable names that is passed over. */
export interface StrayDirectory {
  /** Which one, and what is wrong with it. */
  readonly detail: string;
  /** What to do. */
  readonly hint: string;
}

/** As in PATH these do no harm; but whoever wrote them waits for what is in there. */
export function strayDirectories(environment: Environment, variables: readonly ExtensionVariable[] = extensionVariables): readonly StrayDirectory[] {
  return variables.flatMap((variable) => entriesOf(environment, variable).flatMap((entry) => {
    const wrong = wrongWith(entry);
    return wrong === undefined ? [] : [{ detail: `${variable} names ${JSON.stringify(entry)}, ${wrong[0]}: it is passed over`, hint: wrong[1] }];
  }));
}

function wrongWith(entry: string): readonly [string, string] | undefined {
  if (!isAbsolute(entry)) return ["which is no whole path", `say it from the root, such as ${entry.startsWith("~/") ? `$HOME/${entry.slice(2)}` : `$PWD/${entry.replace(/^\.\//, "")}`}`];
  if (isDirectory(entry)) return undefined;
  return isFile(entry) ? ["which is a file", "name the directory it lies in"] : ["which is not there", "make it, or take it out of the variable"];
}

function entriesOf(environment: Environment, variable: ExtensionVariable): readonly string[] {
  return (environment[variable] ?? "").split(delimiter).filter((entry) => entry !== "");
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

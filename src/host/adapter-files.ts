/** Requirements besides the built-in ones: files in `.envctl.d/requirements`, and in directories the user's environment names. */
import { join } from "node:path";
import { namedDirectories } from "../model/extension-variables.ts";
import { codeHash } from "./code-hash.ts";
import { isInside, namesIn } from "./extension-places.ts";
import { errorText } from "./files.ts";

/** `<name>.mjs` as it is now. */
export interface AdapterFile {
  /** Of the requirement. */
  readonly name: string;
  /** Relative to the repository; absolute for one that lies elsewhere. */
  readonly path: string;
  /** Of the file, of everything in the directory of that name beside it, and of what they import by name; empty where there is a problem. */
  readonly contentHash: string;
  /** Absolute. */
  readonly file: string;
  /** Somebody has to allow it: true for all but those of the user's own environment. */
  readonly needsTrust: boolean;
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** Where they are looked for, in this order. */
export interface AdapterPlaces {
  readonly repository: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface Directory {
  readonly path: string;
  /** How it is shown. */
  readonly shown: string;
}

const ownDirectory = ".envctl.d/requirements";
const extension = ".mjs";

/** Every one of them that can be read and that somebody has to allow, by name. */
export function adapterFiles(repository: string, environment: AdapterPlaces["environment"] = {}): readonly AdapterFile[] {
  const places = { repository, environment };
  return directoriesOf(places).flatMap((directory) => namesOf(directory).flatMap((name) => fileIn(directory, name, repository))).filter(({ needsTrust, problem }) => needsTrust && problem === undefined);
}

/** Names there is a file for; nothing is read. */
export function adapterNames(places: AdapterPlaces): readonly string[] {
  return [...new Set(directoriesOf(places).flatMap(namesOf))].sort();
}

/** The file of one requirement, the first of its name; undefined when there is none. */
export function adapterFile(places: AdapterPlaces, name: string): AdapterFile | undefined {
  const directory = directoriesOf(places).find((one) => namesOf(one).includes(name));
  return directory === undefined ? undefined : fileIn(directory, name, places.repository);
}

/** The user's own stand before the repository's. */
function directoriesOf({ repository, environment = {} }: AdapterPlaces): readonly Directory[] {
  const named = namedDirectories(environment, "ENVCTL_EXTERNAL_REQUIREMENTS_PATH").map((path) => ({ path, shown: path }));
  return [...named, { path: join(repository, ownDirectory), shown: ownDirectory }];
}

function namesOf({ path }: Directory): readonly string[] {
  return namesIn(path).filter((name) => name.endsWith(extension)).map((name) => name.slice(0, -extension.length));
}

function fileIn({ path, shown }: Directory, name: string, repository: string): AdapterFile {
  const file = `${name}${extension}`;
  const found = { name, path: `${shown}/${file}`, file: join(path, file), needsTrust: shown === ownDirectory || isInside(path, repository) };
  try {
    return { ...found, contentHash: codeHash(found.file) };
  } catch (error) {
    return { ...found, contentHash: "", problem: `it cannot be read: ${errorText(error)}` };
  }
}

/** One unit as it is written, in YAML or as an object that is handed in. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Failure, Place } from "../model/failure.ts";
import { functionCommand } from "./function-unit.ts";
import { plainFields, readKeys } from "./unit-keys.ts";
import type { GraphUnit } from "./unit.ts";

export type Values = Readonly<Record<string, unknown>>;

/** As far as one place tells. */
export interface WrittenUnit {
  readonly id: string;
  readonly place: Place;
  /** Absent for what is said of a file beside it. */
  readonly made?: Pick<GraphUnit, "command" | "directory"> & { readonly file?: string };
  readonly fields: ReturnType<typeof readKeys>["fields"];
}

const makingKeys = ["command", "function", "dir"] as const;

/** A unit that was emitted or added while its graph runs; throws nothing. `directory` is where it runs unless it says otherwise. */
export function addedUnit(value: unknown, directory: string, place: Place): { readonly unit?: GraphUnit; readonly failures: readonly Failure[] } {
  const failures: Failure[] = [];
  const { id, ...keys } = isObject(value) ? value : {};
  if (typeof id !== "string" || id === "") return { failures: [{ reason: "configuration_invalid", message: `a unit needs an id, not ${JSON.stringify(id ?? value)}`, place }] };
  const { made, fields } = writtenUnit({ name: id, keys, place, folder: ".", root: directory }, failures);
  if (made === undefined && failures.length === 0) failures.push({ reason: "configuration_invalid", message: `${id} needs a command or a function`, place });
  return made === undefined || failures.length > 0 ? { failures } : { unit: { ...plainFields, ...made, ...fields, id, place }, failures };
}

/** Where it stands. */
interface Written {
  readonly name: string;
  readonly keys: Values;
  readonly place: Place;
  readonly folder: string;
  readonly root: string;
}

/** Problems are added to `failures`. */
export function writtenUnit({ name, keys, place, folder, root }: Written, failures: Failure[]): WrittenUnit {
  const read = readKeys(keys, place, makingKeys);
  failures.push(...read.failures);
  const home = join(root, folder);
  const { command, function: called, dir } = keys;
  const directory = typeof dir === "string" ? resolve(home, dir) : home;
  if (dir !== undefined && !existsSync(directory)) failures.push({ reason: "configuration_invalid", message: `dir: ${directory} does not exist`, place });
  const isCommand = command !== undefined || called !== undefined;
  const argv = argvOf(command, called, home);
  if (isCommand && argv === undefined) failures.push({ reason: "configuration_invalid", message: `${name} needs either a command, a text or a list of texts, or a function, FILE#NAME`, place });
  const id = folder === "." ? name : `${folder}/${name}`;
  return { id, place, fields: read.fields, ...(isCommand ? { made: { command: [], ...argv, directory } } : {}) };
}

function argvOf(command: unknown, called: unknown, home: string): { readonly command: readonly string[]; readonly file?: string } | undefined {
  if (command !== undefined && called !== undefined) return undefined;
  if (typeof command === "string" && command !== "") return { command: ["/bin/sh", "-c", command] };
  if (Array.isArray(command) && command.length > 0 && command.every((one): one is string => typeof one === "string")) return { command };
  const [, file, name] = typeof called === "string" ? (/^(.+)#([\w$]+)$/.exec(called) ?? []) : [];
  return file === undefined || name === undefined ? undefined : { command: functionCommand(resolve(home, file), name), file: resolve(home, file) };
}

/** Whether it has keys. */
export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

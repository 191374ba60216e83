/** Second names of queues. Each is a file of its own, so that of two processes that change different ones at once neither undoes what the other did. */
import { mkdirSync, readFileSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { unlessMissing, writeAtomic } from "../host/files.ts";
import { decoded } from "./spool.ts";

export type Aliases = Readonly<Record<string, string>>;

const ending = ".alias";
/** A file name has 255 bytes, of which a draft needs some more. */
const longestName = 200;

/** Whether a queue can be called so a second time. */
export function isAliasName(name: string): boolean {
  return name !== "" && !name.startsWith("@") && !/\p{Surrogate}/u.test(name) && encodeURIComponent(name).length <= longestName;
}

/** All there are, by name. */
export function readAliases(directory: string): Aliases {
  const names = unlessMissing(() => readdirSync(directory)) ?? [];
  return Object.fromEntries(names.filter((name) => name.endsWith(ending)).sort().flatMap((file) => {
    const target = unlessMissing(() => readFileSync(join(directory, file), "utf8"));
    return target === undefined ? [] : decoded(file.slice(0, -ending.length)).map((name) => [name, target]);
  }));
}

/** Replaces what it meant before. Throws the system's error. */
export function writeAlias(directory: string, name: string, target: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeAtomic(pathOf(directory, name), target);
}

/** False when there is none: of many that remove it, one is told that it did. */
export function removeAlias(directory: string, name: string): boolean {
  return isAliasName(name) && unlessMissing(() => (unlinkSync(pathOf(directory, name)), true)) === true;
}

function pathOf(directory: string, name: string): string {
  return join(directory, `${encodeURIComponent(name)}${ending}`);
}

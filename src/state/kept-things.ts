/** Everything envctl keeps of a repository, with its size and age, and how it is removed. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Paths, ScopePaths } from "../host/paths.ts";
import { treeBytes } from "../host/space.ts";
import type { KeptThing } from "../model/pruning.ts";

export interface KeptPlaces {
  readonly scope: ScopePaths;
  readonly paths: Paths;
  /** Runs that living processes carry in their mark. */
  readonly livingRuns: ReadonlySet<string>;
  readonly nowMs: number;
}

/** Whoever makes one of these renames it in a moment later. */
const unfinishedMs = 3_600_000;

/** Of every kind. */
export function keptThings(places: KeptPlaces): readonly KeptThing[] {
  return [...keptRuns(places), ...packs(places), ...recordings(places), ...leftovers(places), ...caches(places), ...data(places)];
}

/** The latest run is the one that lives, or is resumed and looked at. */
export function keptRuns({ scope, livingRuns }: KeptPlaces): readonly KeptThing[] {
  const names = entries(scope.runs).filter((name) => name.startsWith("run-")).sort();
  return names.map((name, index): KeptThing => {
    const isNeeded = index === names.length - 1 ? "the latest run" : livingRuns.has(name) ? "processes of it live" : undefined;
    return { kind: "run", name, paths: [join(scope.runs, name)], bytes: bytesOf(join(scope.runs, name)), atMs: runTime(name), ...(isNeeded === undefined ? {} : { isNeeded }) };
  });
}

/** `run-YYYYMMDDHHMMSSmmm-xxxx`. */
function runTime(name: string): number {
  const [, year, month, date, hours, minutes, seconds] = /^run-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${date}T${hours}:${minutes}:${seconds}Z`) || 0;
}

function packs({ scope }: KeptPlaces): readonly KeptThing[] {
  const directory = join(scope.root, "debug");
  return entries(directory).filter((name) => name.endsWith(".tar.gz")).map((name) => thingAt("pack", name, join(directory, name)));
}

function recordings({ scope }: KeptPlaces): readonly KeptThing[] {
  const directory = join(scope.root, "debug", "recordings");
  return entries(directory).map((name) => thingAt("recording", name, join(directory, name)));
}

/** Of writers that were killed. */
function leftovers({ scope, nowMs }: KeptPlaces): readonly KeptThing[] {
  const found = [scope.root, scope.runs].flatMap((directory) => entries(directory).filter((name) => name.endsWith(".tmp") || name === ".beginning").map((name) => thingAt("leftover", name, join(directory, name))));
  return found.filter(({ atMs }) => nowMs - atMs > unfinishedMs);
}

/** Fetched servers and prepared data directories, of every repository. One that a state names is in use. */
function caches({ paths }: KeptPlaces): readonly KeptThing[] {
  const states = entries(paths.stateRoot).filter((name) => name.startsWith("repo-")).map((name) => textOf(join(paths.stateRoot, name, "run_state.json")));
  return ["runtimes", "templates"].flatMap((part) => entries(join(paths.cacheRoot, part)).map((name): KeptThing => {
    const thing = thingAt("cache", `${part}/${name}`, join(paths.cacheRoot, part, name));
    return states.some((state) => state.includes(join(paths.cacheRoot, part, name))) ? { ...thing, isNeeded: "a run uses it" } : thing;
  }));
}

/** With snapshots and passwords: one is of no use without the other. */
function data({ scope }: KeptPlaces): readonly KeptThing[] {
  return entries(scope.data).map((name): KeptThing => {
    const secret = join(scope.secrets, `${encodeURIComponent(name)}.json`);
    const directory = join(scope.data, name);
    return { ...thingAt("data", name, directory), paths: [directory, ...(existsSync(secret) ? [secret] : [])] };
  });
}

function thingAt(kind: KeptThing["kind"], name: string, path: string): KeptThing {
  return { kind, name, paths: [path], bytes: bytesOf(path), atMs: lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
}

function bytesOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? 0 : found.isDirectory() ? treeBytes(path) : found.size;
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Throws the system's error for the first that cannot be removed. */
export async function removeThings(things: readonly KeptThing[]): Promise<void> {
  for (const { paths } of things) for (const path of paths) await rm(path, { recursive: true, force: true });
}

/** Everything envctl keeps of a repository, with its size and age, and how it is removed. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Paths, ScopePaths } from "../host/paths.ts";
import { treeBytes } from "../host/space.ts";
import type { KeptThing } from "../model/pruning.ts";
import { listData, snapshotsOf } from "./data-directories.ts";

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
  return [...keptRuns(places), ...actions(places), ...packs(places), ...recordings(places), ...leftovers(places), ...caches(places), ...keptSnapshots(places), ...data(places), ...rescued(places)];
}

/** What is removed without being asked for. */
export function outlivedThings(places: KeptPlaces): readonly KeptThing[] {
  return [...keptRuns(places), ...actions(places), ...packs(places)];
}

/** The latest run is the one that lives, or is resumed and looked at. */
function keptRuns({ scope, livingRuns }: KeptPlaces): readonly KeptThing[] {
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

/** What actions wrote, and results of tests and reviews of which no run has charge. */
function actions({ scope }: KeptPlaces): readonly KeptThing[] {
  const found = [...filesBelow(join(scope.root, "actions")).filter((name) => name.endsWith(".log")).map((name) => join("actions", name)), ...["test-results", "tree-diffs"].flatMap((kind) => entries(join(scope.root, kind)).filter((name) => name.startsWith("run_")).map((name) => join(kind, name)))];
  return found.map((name) => thingAt("action", name, join(scope.root, name)));
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

/** `Main/postgres/before-merge`; one in a volume belongs to its container engine. */
function keptSnapshots({ scope }: KeptPlaces): readonly KeptThing[] {
  return listData(scope.data, entries(scope.data)).flatMap(({ project, requirement, snapshots }) => snapshots.map((one): KeptThing => {
    const path = join(snapshotsOf(join(scope.data, project, requirement)), one.name);
    const isNeeded = one.volume === undefined ? {} : { isNeeded: `its data are in the volume ${one.volume} of a container engine` };
    return { kind: "snapshot", name: `${project}/${requirement}/${one.name}`, paths: [path], bytes: one.bytes, atMs: Date.parse(one.created_at ?? "") || 0, ...isNeeded };
  }));
}

/** Without the snapshots, which are counted on their own, and with the passwords: one is of no use without the other. */
function data({ scope }: KeptPlaces): readonly KeptThing[] {
  return entries(scope.data).map((name): KeptThing => {
    const secret = join(scope.secrets, `${encodeURIComponent(name)}.json`);
    const directory = join(scope.data, name);
    const thing = thingAt("data", name, directory);
    return { ...thing, bytes: Math.max(0, thing.bytes - bytesOf(join(directory, ".snapshots"))), paths: [directory, ...(existsSync(secret) ? [secret] : [])] };
  });
}

/** One of each deletion. */
function rescued({ scope }: KeptPlaces): readonly KeptThing[] {
  const directory = join(scope.root, "rescued");
  return entries(directory).flatMap((project) => entries(join(directory, project)).map((name) => thingAt("rescued", `${project}/${name}`, join(directory, project, name))));
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

/** Relative to the directory. */
function filesBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: "utf8" });
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

/**
 * Where data of projects lie, and their snapshots: `data/<project>/<requirement>`, and beside it
 * `.snapshots/<requirement>/<name>` and, while data are being replaced, `.replaced/<requirement>`. Data in volumes have notes
 * in these places instead: those of snapshots, and `.volumes/<requirement>.json` for the one that is used; `.volumes/<requirement>.work.json` is there
 * while another one is made.
 */
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readJson, writeAtomic } from "../host/files.ts";
import { treeBytes } from "../host/space.ts";

/** What is known of a snapshot beside its data. */
export interface SnapshotNote {
  readonly schemaVersion: 1;
  readonly createdAt: string;
  readonly adapter: string;
  readonly version: string;
  readonly bytes: number;
  /** Its data are in this volume of a container engine. */
  readonly volume?: string;
}

export interface ListedSnapshot {
  readonly name: string;
  readonly created_at: string | null;
  readonly version: string | null;
  readonly bytes: number;
  /** The project's name for the volume its data are in. */
  readonly volume?: string;
}

export interface ListedData {
  readonly project: string;
  readonly requirement: string;
  /** Of data in a container: the name of their volume. */
  readonly directory: string;
  readonly bytes: number;
  readonly snapshots: readonly ListedSnapshot[];
}

const snapshots = ".snapshots";
/** In a snapshot's directory: its data and its note. */
export const snapshotData = "data";
export const snapshotNote = "snapshot.json";

/** The directory of a project's snapshots of a requirement, by its data directory. */
export function snapshotsOf(dataDirectory: string): string {
  return join(dirname(dataDirectory), snapshots, basename(dataDirectory));
}

/** Where data wait while others take their place. */
export function replacedOf(dataDirectory: string): string {
  return join(dirname(dataDirectory), ".replaced", basename(dataDirectory));
}

/** Which volume of the project has a requirement's data; undefined while it is the one it began with. */
export function volumeInUse(dataDirectory: string): string | undefined {
  return (readJson(volumeNoteOf(dataDirectory)) as VolumeNote | undefined)?.volume;
}

/** From the next start on; the directory of the note has to be there. */
export function useVolume(dataDirectory: string, volume: string): void {
  const note: VolumeNote = { schemaVersion: 1, volume };
  writeAtomic(volumeNoteOf(dataDirectory), `${JSON.stringify(note)}\n`);
}

interface VolumeNote {
  readonly schemaVersion: 1;
  readonly volume: string;
}

/** Where the choice of a volume is noted. */
export function volumeNoteOf(dataDirectory: string): string {
  return join(dirname(dataDirectory), ".volumes", `${basename(dataDirectory)}.json`);
}

/** A volume that is being made. */
export interface VolumeWork {
  readonly schemaVersion: 1;
  /** Address of the engine. */
  readonly engine: string;
  /** The project's name for it. */
  readonly fresh: string;
  /** Whose place it takes, in the same words. */
  readonly replaces?: string;
  readonly adapter: string;
  readonly version: string;
}

/** Where it is noted that a volume is being made. */
export function volumeWorkOf(dataDirectory: string): string {
  return join(dirname(dataDirectory), ".volumes", `${basename(dataDirectory)}.work.json`);
}

/** What was begun with volumes of the projects and is not known to be over, by data directory. */
export function begunVolumeWork(dataRoot: string, projects: readonly string[]): readonly { readonly project: string; readonly requirement: string; readonly directory: string; readonly work: VolumeWork }[] {
  return projects.flatMap((project) =>
    namesOf(join(dataRoot, project, ".volumes")).flatMap((name) => {
      const requirement = /^(.*)\.work\.json$/.exec(name)?.[1] ?? "";
      const directory = join(dataRoot, project, requirement);
      const work = requirement === "" ? undefined : (readJson(volumeWorkOf(directory)) as VolumeWork | undefined);
      return work === undefined ? [] : [{ project, requirement, directory, work }];
    }),
  );
}

/** Names of a project's snapshots of a requirement, oldest first; not those that are being made. */
export function snapshotsIn(dataDirectory: string): readonly ListedSnapshot[] {
  const directory = snapshotsOf(dataDirectory);
  const listed = namesOf(directory).filter((name) => !name.endsWith(".tmp")).map((name): ListedSnapshot => {
    const note = readJson(join(directory, name, snapshotNote)) as SnapshotNote | undefined;
    return { name, created_at: note?.createdAt ?? null, version: note?.version ?? null, bytes: note?.bytes ?? treeBytes(join(directory, name)), ...(note?.volume === undefined ? {} : { volume: note.volume }) };
  });
  return listed.sort((one, other) => ((one.created_at ?? "") < (other.created_at ?? "") ? -1 : 1));
}

/** Everything the projects have, in their order. */
export function listData(dataRoot: string, projects: readonly string[]): readonly ListedData[] {
  return projects.flatMap((project) => {
    const directory = join(dataRoot, project);
    const names = new Set([...namesOf(directory).filter((name) => isData(join(directory, name), projects, `${project}/${name}`)), ...namesOf(join(directory, snapshots))]);
    return [...names].sort().map((requirement): ListedData => {
      const data = join(directory, requirement);
      return { project, requirement, directory: data, bytes: treeBytes(data), snapshots: snapshotsIn(data) };
    });
  });
}

/** A project's name may hold a slash: its directory is no data of the project before the slash. */
function isData(path: string, projects: readonly string[], name: string): boolean {
  return !/^\.|\.tmp$/.test(basename(path)) && statSync(path).isDirectory() && !projects.some((project) => project === name || project.startsWith(`${name}/`));
}

function namesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * Notices that units end. Each process unit's front shell leaves its exit status in a file; the directory is watched, and a
 * sweep once a second is the net for missed notices and for shells that were killed themselves.
 */
import { existsSync, readFileSync, readdirSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Launcher } from "../host/launch.ts";
import { signalNames } from "../host/signals.ts";
import type { Failure } from "../model/failure.ts";
import { exitOfStatus, type Exit, type Handle, type ProcessHandle, type UnitId } from "../model/unit.ts";

export interface Tracked {
  readonly unitId: UnitId;
  readonly handle: Handle;
  /** Resolves when the unit's first process has ended. */
  readonly ended: Promise<Exit>;
  /** What is known about its end besides the exit, once it has ended. */
  readonly told?: () => Failure | undefined;
}

/** One that has processes of its own. */
export interface TrackedProcess extends Tracked {
  readonly handle: ProcessHandle;
}

export interface Supervisor {
  /** Follows the processes of a unit until they end. */
  track(unitId: UnitId, handle: ProcessHandle, statusPath: string): Tracked;
  /** Follows a unit that tells its end itself, until it is `gone`. */
  follow(tracked: Tracked, gone: Promise<unknown>): Tracked;
  /** The unit being followed, if it is. */
  tracked(unitId: UnitId): Tracked | undefined;
  /** Every unit of processes being followed. */
  all(): readonly TrackedProcess[];
  count(): number;
  /** Looks at every unit now. */
  sweep(): void;
  close(): void;
}

interface Entry extends TrackedProcess {
  readonly statusPath: string;
  /** Where that file is. */
  readonly directory: string;
  readonly resolve: (exit: Exit) => void;
}

const sweepMs = 1000;

export interface SupervisorParts {
  readonly launcher: Pick<Launcher, "reap">;
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
}

export function createSupervisor({ launcher, judge }: SupervisorParts): Supervisor {
  const entries = new Map<UnitId, Entry>();
  const followed = followedUnits();
  let timer: NodeJS.Timeout | undefined;

  const settle = (entry: Entry, exit: Exit): void => {
    if (entries.get(entry.unitId) !== entry) return;
    entries.delete(entry.unitId);
    entry.resolve(exit);
    launcher.reap();
  };
  const look = (entry: Entry): void => {
    const exit = statusIn(entry.statusPath);
    if (exit !== undefined) settle(entry, exit);
  };
  const directories = watchedDirectories((name) => {
    for (const entry of entries.values()) if (basename(entry.statusPath) === name) look(entry);
  });
  const sweep = (): void => {
    const isThere = namesIn(new Set([...entries.values()].map((entry) => entry.directory)));
    for (const entry of entries.values()) {
      if (isThere(entry.statusPath)) look(entry);
      if (entries.has(entry.unitId) && judge(entry.handle) === "dead") settle(entry, statusIn(entry.statusPath) ?? { kind: "unknown" });
    }
    if (entries.size === 0) stopSweeping();
  };
  const stopSweeping = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    track: (unitId, handle, statusPath) => {
      const entry = entryOf(unitId, handle, statusPath);
      entries.set(unitId, entry);
      directories.add(entry.directory);
      timer ??= setInterval(sweep, sweepMs);
      look(entry);
      return entry;
    },
    follow: followed.follow,
    tracked: (unitId) => entries.get(unitId) ?? followed.tracked(unitId),
    all: () => [...entries.values()],
    count: () => entries.size + followed.count(),
    sweep,
    close: () => {
      stopSweeping();
      directories.close();
    },
  };
}

function entryOf(unitId: UnitId, handle: ProcessHandle, statusPath: string): Entry {
  let resolve: (exit: Exit) => void = () => undefined;
  const ended = new Promise<Exit>((done) => (resolve = done));
  return { unitId, handle, statusPath, directory: dirname(statusPath), ended, resolve };
}

/** Whether a path is in one of the directories, each read once: most units have left no status yet. */
function namesIn(directories: ReadonlySet<string>): (path: string) => boolean {
  const paths = new Set([...directories].flatMap((directory) => (existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [])));
  return (path) => paths.has(path);
}

function followedUnits(): Pick<Supervisor, "follow" | "tracked" | "count"> {
  const followed = new Map<UnitId, Tracked>();
  return {
    follow: (tracked, gone) => {
      followed.set(tracked.unitId, tracked);
      void gone.then(() => followed.get(tracked.unitId) === tracked && followed.delete(tracked.unitId));
      return tracked;
    },
    tracked: (unitId) => followed.get(unitId),
    count: () => followed.size,
  };
}

/** Tells the names that change in any of the directories; one that cannot be watched is left to the sweep. */
function watchedDirectories(onChange: (name: string) => void): { add(directory: string): void; close(): void } {
  const watchers = new Map<string, FSWatcher>();
  return {
    add: (directory) => {
      if (watchers.has(directory) || !existsSync(directory)) return;
      const watcher = watch(directory, (_kind, name) => (name === null ? undefined : onChange(name)));
      watcher.on("error", () => watchers.delete(directory));
      watcher.unref();
      watchers.set(directory, watcher);
    },
    close: () => {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** The exit a front shell left, once its line is whole. */
export function statusIn(path: string): Exit | undefined {
  try {
    const [line, rest] = readFileSync(path, "latin1").split("\n");
    return rest === undefined ? undefined : exitOfStatus(Number(line), signalNames);
  } catch {
    return undefined;
  }
}

/** Runs on disk, as everyone else sees them. The implementation is in repository.ts. */
import type { Clock } from "../host/clock.ts";
import type { Event } from "../model/events.ts";
import type { RunState } from "../model/run-state.ts";

/** A run read back from disk. `problems` tells, in words, what was damaged and how it was made good. */
export interface LoadedRun {
  readonly state: RunState;
  readonly problems: readonly string[];
}

export interface RunRepository {
  /** Starts the history of a new run with its first events, all or nothing, and makes it the latest. Throws the system's error. */
  begin(runId: string, events: readonly Event[]): EventLog;
  /** Opens the log of the latest run to go on with it. */
  open(runId: string): EventLog;
  /** The latest run: its snapshot plus whatever the log has beyond it. Undefined when there was none. */
  latest(): LoadedRun | undefined;
  /** Ids of all kept runs, oldest first. Throws a UserError where they are not the caller's to read. */
  list(): readonly string[];
  /** What other users of the machine keep of the repository, in words. */
  elsewhere(): readonly string[];
  /** Writes the artifacts of a state, atomically, as a view of it. */
  publish(state: RunState): void;
  /** Events of a run, damaged lines left out. */
  events(runId: string): readonly Event[];
  /**
   * Events of the latest run after `fromSeq` as they are written, then those of every run that begins; until aborted. Needs
   * nobody but the file system: waits where there is no run yet.
   */
  follow(fromSeq: number, signal: AbortSignal, clock: Clock): AsyncIterable<Event>;
  /** Where the log of a unit of a run is. */
  logPath(runId: string, unitId: string): string;
}

/** Append-only; events are on disk (in the page cache) when `append` returns. Throws the system's error. */
export interface EventLog {
  /** In one write. */
  append(events: readonly Event[]): void;
  close(): void;
}

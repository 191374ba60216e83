/** Follows the logs of runs as they grow, one run after the other, without anybody's help but the file system's. */
import { closeSync, fstatSync, openSync, readSync, watch, type FSWatcher } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../host/clock.ts";
import type { Event } from "../model/events.ts";
import { eventOf } from "./event-log.ts";

export interface FollowedRuns {
  /** The directory of all runs, which changes when one begins. */
  readonly directory: string;
  latest(): string | undefined;
  logOf(runId: string): string;
}

/** Watching misses changes on some file systems, so it is looked this often anyway. */
const sweepMs = 500;
const pieceBytes = 1024 * 1024;

/** What is written of the latest run after `fromSeq`, then what is added, then all of every run that begins; until aborted. */
export async function* followEvents(runs: FollowedRuns, fromSeq: number, signal: AbortSignal, clock: Clock): AsyncIterable<Event> {
  const bell = createBell(clock, signal);
  let log: OpenLog | undefined;
  let from = fromSeq;
  try {
    while (!signal.aborted) {
      const runId = runs.latest();
      bell.watch(runs.directory);
      // Once another run has begun, this one's log is whole.
      if (log !== undefined) yield* log.fresh();
      if (runId !== undefined && runId !== log?.runId) {
        log?.close();
        if (log !== undefined) bell.forget(log.path);
        log = openLog(runId, runs.logOf(runId), from);
        if (log !== undefined) {
          from = 0;
          bell.watch(log.path);
          yield* log.fresh();
        }
      }
      await bell.rung();
    }
  } finally {
    log?.close();
    bell.close();
  }
}

interface OpenLog {
  readonly runId: string;
  readonly path: string;
  /** Events written since the last call. */
  fresh(): Iterable<Event>;
  close(): void;
}

/** A line that is no event, such as one torn by a crash, is left out; so is one whose number was there before. */
function openLog(runId: string, path: string, fromSeq: number): OpenLog | undefined {
  const file = openQuietly(path);
  return file === undefined ? undefined : { runId, path, fresh: freshEvents(file, fromSeq), close: () => closeSync(file) };
}

function freshEvents(file: number, fromSeq: number): OpenLog["fresh"] {
  const decoder = new StringDecoder("utf8");
  let held = "";
  let last = fromSeq;
  let position = 0;
  return function* fresh() {
    const { size } = fstatSync(file);
    if (size < position) position = 0;
    while (position < size) {
      const piece = Buffer.alloc(Math.min(pieceBytes, size - position));
      const length = readSync(file, piece, 0, piece.length, position);
      if (length === 0) return;
      position += length;
      const lines = (held + decoder.write(piece.subarray(0, length))).split("\n");
      held = lines.pop() ?? "";
      for (const line of lines) {
        const event = eventOf(line);
        if (event === undefined || event.seq <= last) continue;
        last = event.seq;
        yield event;
      }
    }
  };
}

function openQuietly(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    // The directory of a run is there before its log.
    return undefined;
  }
}

interface Bell {
  /** Does nothing for what is watched, or cannot be. */
  watch(path: string): void;
  forget(path: string): void;
  /** Resolves when something watched has changed since the last call, when it is time to look anyway, or when aborted. */
  rung(): Promise<void>;
  close(): void;
}

function createBell(clock: Clock, signal: AbortSignal): Bell {
  const watchers = new Map<string, FSWatcher>();
  let ring: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (ring = resolve));
  const onChange = (): void => ring();
  signal.addEventListener("abort", onChange);
  return {
    watch: (path) => {
      if (watchers.has(path)) return;
      try {
        watchers.set(path, watch(path, onChange).on("error", onChange));
      } catch {
        // Not there yet, or watches have run out: the sweep sees to it.
      }
    },
    forget: (path) => {
      watchers.get(path)?.close();
      watchers.delete(path);
    },
    rung: async () => {
      const sweep = new AbortController();
      await Promise.race([next, clock.sleep(sweepMs, sweep.signal).catch(() => undefined)]);
      sweep.abort();
      next = new Promise<void>((resolve) => (ring = resolve));
    },
    close: () => {
      signal.removeEventListener("abort", onChange);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

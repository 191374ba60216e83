/** Shared readings of the process and socket tables: many units asking in one moment cost one reading. */
import type { Clock } from "../host/clock.ts";
import { listeners, type Listener } from "../host/sockets.ts";
import type { ProcessRow, ProcessTable } from "../host/process-table.ts";

export interface Snapshots {
  /** Rows read after this call. */
  rows(): Promise<readonly ProcessRow[]>;
  /** Listening sockets read after this call. */
  listeners(): Promise<readonly Listener[]>;
}

/** Questions are collected for a while before one reading answers them all: longer where a reading costs more. */
const shortestWindowMs = 4;
const longestWindowMs = 30;
const windowPerReading = 3;

export function createSnapshots(table: ProcessTable, clock: Clock): Snapshots {
  return { rows: collected(() => table.rows(), clock), listeners: collected(listeners, clock) };
}

function collected<T>(read: () => T, clock: Clock): () => Promise<T> {
  let next: Promise<T> | undefined;
  let windowMs = shortestWindowMs;
  return () => {
    next ??= clock.sleep(windowMs).then(() => {
      next = undefined;
      const begun = clock.monotonic();
      const answer = read();
      windowMs = Math.min(longestWindowMs, Math.max(shortestWindowMs, (clock.monotonic() - begun) * windowPerReading));
      return answer;
    });
    return next;
  };
}

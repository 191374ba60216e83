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

/** How long questions are collected before one reading answers them all. */
const windowMs = 8;

export function createSnapshots(table: ProcessTable, clock: Clock): Snapshots {
  return { rows: collected(() => table.rows(), clock), listeners: collected(listeners, clock) };
}

function collected<T>(read: () => T, clock: Clock): () => Promise<T> {
  let next: Promise<T> | undefined;
  return () => {
    next ??= clock.sleep(windowMs).then(() => {
      next = undefined;
      return read();
    });
    return next;
  };
}

/** Shared readings of the process and socket tables: many units asking in one moment cost one reading. */
import type { Clock } from "../host/clock.ts";
import { firstListeners, listeners, type Listener } from "../host/sockets.ts";
import type { ProcessRow, ProcessTable } from "../host/process-row.ts";

export interface Snapshots {
  /** Rows read after this call. */
  rows(): Promise<readonly ProcessRow[]>;
  /** Listening sockets read after this call. */
  listeners(): Promise<readonly Listener[]>;
  /** Those on one port, which is looked for where it takes little time first. */
  listenersOn(port: number): Promise<readonly Listener[]>;
}

/** After a reading, further questions are collected for a while and answered by one more: longer where a reading costs more. */
const shortestWindowMs = 4;
const longestWindowMs = 30;
const windowPerReading = 3;

export function createSnapshots(table: ProcessTable, clock: Clock): Snapshots {
  const all = collected(listeners, clock);
  const first = collected(firstListeners, clock);
  const on = (port: number, some: readonly Listener[]): readonly Listener[] => some.filter((one) => one.port === port);
  return {
    rows: collected(() => table.rows(), clock),
    listeners: all,
    listenersOn: async (port) => {
      const found = on(port, await first());
      return found.length > 0 ? found : on(port, await all());
    },
  };
}

function collected<T>(read: () => T, clock: Clock): () => Promise<T> {
  let next: Promise<T> | undefined;
  let notBefore = 0;
  return () => {
    next ??= clock.sleep(Math.max(0, notBefore - clock.monotonic())).then(() => {
      next = undefined;
      const begun = clock.monotonic();
      const answer = read();
      const ended = clock.monotonic();
      notBefore = ended + Math.min(longestWindowMs, Math.max(shortestWindowMs, (ended - begun) * windowPerReading));
      return answer;
    });
    return next;
  };
}

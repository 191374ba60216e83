/**
 * Looks at one log whenever it grows, without being in the way of whoever writes it:
 *
 *   quiet, watched ──a change──▶ looking every 40 ms, not watched ──nothing new──▶ quiet, watched
 *
 * So a flood costs a look each 40 ms, however many writes it is, and silence costs nothing.
 */
import { statSync, watch, type FSWatcher } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { LogLook } from "../model/log-index.ts";

export interface LogWatch {
  /** Looks now. */
  look(): void;
  /** The net for changes that no notice came of; to be called every `sweepMs`. */
  sweep(): void;
  /** There is another file at the path: that one is watched from now on. */
  renew(): void;
  /** Looks a last time. */
  close(): void;
}

export const sweepMs = 1000;
const lookEveryMs = 40;
/** How late a notice comes to a loop that has nothing else to do. */
const noticeMs = 8;
const sweepSlackMs = 250;

/** `onLook` answers whether there is something new. */
export function watchLog(path: string, clock: Clock, onLook: (look: LogLook) => boolean): LogWatch {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looked = lookTime(clock);
  const look = (sinceMs: number): boolean => {
    const before = lookTime(clock);
    const sizeBytes = sizeAt(path);
    if (sizeBytes === undefined) return false;
    const isNew = onLook({ sizeBytes, sinceMs, nowMs: clock.now() });
    looked = before;
    return isNew;
  };
  const quieten = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const lookAgain = (sinceMs: number): void => {
    quieten();
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      if (look(sinceMs)) lookAgain(looked.wallMs);
      else listen();
    }, lookEveryMs).unref();
  };
  const listen = (): void => {
    watcher = watcherOf(path, () => lookAgain(noticedSince(looked, clock)), quieten);
    // What came between the last look and the watch.
    if (look(looked.wallMs)) lookAgain(looked.wallMs);
  };
  const now = (): boolean => look(looked.wallMs);
  listen();
  return {
    look: () => void now(),
    sweep: () => {
      if (timer === undefined && now()) lookAgain(looked.wallMs);
    },
    renew: () => lookAgain(looked.wallMs),
    close: () => {
      clearTimeout(timer);
      quieten();
      now();
    },
  };
}

/** A file that was removed has no bytes; undefined when nobody can tell. */
function sizeAt(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return undefined;
  }
}

/** The moment before a look, by all the clocks that are asked about it. */
interface LookTime {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly usage: ReturnType<typeof performance.eventLoopUtilization>;
}

function lookTime(clock: Clock): LookTime {
  return { wallMs: clock.now(), monotonicMs: clock.monotonic(), usage: performance.eventLoopUtilization() };
}

/**
 * When at the earliest the change happened that a notice came of: the notice waited while the loop was busy. When not
 * even the sweep came in time, the whole process was held up, and only the last look is certain.
 */
function noticedSince(looked: LookTime, clock: Clock): number {
  const busyMs = performance.eventLoopUtilization(looked.usage).active;
  const isHeldUp = clock.monotonic() - looked.monotonicMs > sweepMs + sweepSlackMs;
  return isHeldUp ? looked.wallMs : Math.max(looked.wallMs, clock.now() - busyMs - noticeMs);
}

/** Undefined where it cannot be watched: then the sweep sees to it. */
function watcherOf(path: string, onChange: () => void, onError: () => void): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false }, onChange).on("error", onError);
  } catch {
    return undefined;
  }
}

/**
 * Looks at one log whenever it grows, without being in the way of whoever writes it:
 *
 *   quiet, watched ──a change──▶ looking every 44 ms, not watched ──nothing new──▶ quiet, watched
 *
 * So a flood costs a look each 44 ms, however many writes it is, and silence costs nothing.
 */
import { statSync, watch, type FSWatcher } from "node:fs";
import type { Clock } from "../host/clock.ts";
import type { LogLook } from "../model/log-index.ts";

export interface LogWatch {
  /** To be called every `sweepMs`: nothing was noticed up to now. `looks`: does not rely on that, since some file systems give no notice. */
  sweep(now: RestTime, looks: boolean): void;
  /** There is another file at the path: that one is watched from now on. */
  renew(): void;
  /** Looks a last time. */
  close(): void;
}

export const sweepMs = 1000;
/** With the time a notice takes to come to a loop that has nothing else to do, an interval is 50 ms at most. */
const lookEveryMs = 44;
const noticeMs = 5;
const sweepSlackMs = 250;

/** `onLook` answers whether there is something new. */
export function watchLog(path: string, clock: Clock, onLook: (look: LogLook) => boolean): LogWatch {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lookedMs = clock.now();
  let rest = restTime(clock);
  const look = (sinceMs = lookedMs): boolean => {
    const seen = momentOf(path, clock);
    if (seen === undefined) return false;
    const isNew = onLook({ sizeBytes: seen.sizeBytes, sinceMs, nowMs: seen.afterMs });
    lookedMs = seen.beforeMs;
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
      if (look(sinceMs)) lookAgain(lookedMs);
      else listen();
    }, lookEveryMs).unref();
  };
  const listen = (): void => {
    watcher = watcherOf(path, () => lookAgain(Math.max(lookedMs, noticedSince(rest, clock))), quieten);
    // What came between the last look and the watch.
    sweep(restTime(clock), true);
  };
  const sweep: LogWatch["sweep"] = (now, looks) => {
    if (timer !== undefined) return;
    rest = now;
    if ((looks || watcher === undefined) && look()) lookAgain(lookedMs);
  };
  listen();
  return {
    sweep,
    renew: () => lookAgain(lookedMs),
    close: () => {
      clearTimeout(timer);
      quieten();
      look();
    },
  };
}

interface Moment {
  readonly sizeBytes: number;
  /** The size was taken between the two. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

const mostTries = 5;

/**
 * What was seen counts until `afterMs`, what was not from `beforeMs` on: two intervals share the time of the look between them. A look
 * that a tick of the clock, or another process, came into is repeated, so that as a rule they share nothing.
 */
function momentOf(path: string, clock: Clock): Moment | undefined {
  for (let tries = 1; ; tries += 1) {
    const beforeMs = clock.now();
    const sizeBytes = sizeAt(path);
    const afterMs = clock.now();
    if (sizeBytes === undefined) return undefined;
    if (afterMs === beforeMs || tries === mostTries) return { sizeBytes, beforeMs, afterMs };
  }
}

/** A file that was removed has no bytes; undefined when nobody can tell. */
function sizeAt(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return undefined;
  }
}

/** A moment of rest: whatever happened before was noticed. */
export interface RestTime {
  readonly monotonicMs: number;
  readonly usage: ReturnType<typeof performance.eventLoopUtilization>;
}

export function restTime(clock: Clock): RestTime {
  return { monotonicMs: clock.monotonic(), usage: performance.eventLoopUtilization() };
}

/**
 * When at the earliest the change happened that a notice came of: the notice waited while the loop was busy. When not
 * even the sweep came in time, the whole process was held up, and nothing is certain.
 */
function noticedSince(rest: RestTime, clock: Clock): number {
  const isHeldUp = clock.monotonic() - rest.monotonicMs > sweepMs + sweepSlackMs;
  return isHeldUp ? Number.NEGATIVE_INFINITY : clock.now() - performance.eventLoopUtilization(rest.usage).active - noticeMs;
}

/** Undefined where it cannot be watched: then the sweep sees to it. */
function watcherOf(path: string, onChange: () => void, onError: () => void): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false }, onChange).on("error", onError);
  } catch {
    return undefined;
  }
}

/**
 * Writes a container's log into the unit's log file, each byte once, whenever the daemon is killed. Beside the file stands
 * how far the engine's log was read when the file had which size; what the file has beyond that is passed over.
 */
import { appendFileSync, statSync } from "node:fs";
import type { LogEntry, LogPosition } from "../../host/container-engine.ts";
import { readJson, writeAtomic } from "../../host/files.ts";

export interface LogPlace {
  readonly logPath: string;
  /** Where the position is kept. */
  readonly positionPath: string;
  readonly containerId: string;
}

export interface LogSink {
  /** Where reading goes on; undefined for the beginning. */
  readonly from: LogPosition | undefined;
  write(entry: LogEntry): void;
  /** Aborts when the file cannot be written. */
  readonly failed: AbortSignal;
  /** Writes what was handed over. */
  close(): void;
}

interface Saved {
  readonly containerId: string;
  /** Bytes of the file that were written when `position` was reached. */
  readonly offset: number;
  readonly position?: LogPosition;
}

const saveMs = 100;
const longestPending = 256 * 1024;

export function openLogSink(place: LogPlace): LogSink {
  const saved = savedAt(place) ?? begun(place);
  const failed = new AbortController();
  let passOver = Math.max(0, sizeOf(place.logPath) - saved.offset);
  let position = saved.position;
  let pending: LogEntry[] = [];
  let pendingBytes = 0;
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  const quietly = (work: () => void) => (): void => {
    try {
      work();
    } catch (error) {
      failed.abort(error);
    }
  };
  const save = quietly(() => {
    clearTimeout(later);
    later = undefined;
    store(place, { containerId: place.containerId, offset: sizeOf(place.logPath) - passOver, ...(position === undefined ? {} : { position }) });
  });
  const flush = quietly(() => {
    soon = undefined;
    const last = pending.at(-1);
    if (last === undefined || failed.signal.aborted) return;
    const bytes = Buffer.concat(pending.map((entry) => entry.bytes));
    [pending, pendingBytes] = [[], 0];
    const known = Math.min(passOver, bytes.length);
    if (known < bytes.length) appendFileSync(place.logPath, bytes.subarray(known), { mode: 0o600 });
    passOver -= known;
    position = last.position;
    later ??= setTimeout(save, saveMs);
  });
  return {
    from: saved.position,
    failed: failed.signal,
    write: (entry) => {
      pending.push(entry);
      pendingBytes += entry.bytes.length;
      if (pendingBytes > longestPending) flush();
      else soon ??= setImmediate(flush);
    },
    close: () => {
      clearImmediate(soon);
      flush();
      if (later !== undefined && !failed.signal.aborted) save();
      clearTimeout(later);
    },
  };
}

/** The beginning is noted before the first byte is written. */
function begun(place: LogPlace): Saved {
  const saved: Saved = { containerId: place.containerId, offset: sizeOf(place.logPath) };
  store(place, saved);
  return saved;
}

function store({ positionPath }: LogPlace, saved: Saved): void {
  writeAtomic(positionPath, JSON.stringify(saved));
}

/** Of another container it says nothing. */
function savedAt({ positionPath, containerId }: LogPlace): Saved | undefined {
  const saved = readJson(positionPath);
  return isSaved(saved) && saved.containerId === containerId ? saved : undefined;
}

function isSaved(value: unknown): value is Saved {
  return typeof value === "object" && value !== null && "containerId" in value && "offset" in value && typeof value.offset === "number";
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

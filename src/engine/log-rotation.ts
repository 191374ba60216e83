/** Keeps one log from growing without end: its oldest bytes move to pieces, and pieces beyond the allowed number are removed. */
import { dirname } from "node:path";
import type { Clock } from "../host/clock.ts";
import { lastLineEnd, replaceFrom } from "../host/cut-log.ts";
import { errorText } from "../host/files.ts";
import type { HolePuncher, PunchResult } from "../host/punch-hole.ts";
import { keptPieces, type LogPiece } from "../model/log-pieces.ts";
import type { LogKeeping } from "../model/supervision.ts";
import type { LogIndexFile } from "./log-index-file.ts";
import { createLogPieceFiles, type LogPieceFiles } from "./log-piece-files.ts";
import { logSize } from "./log-tail.ts";

export interface LogRotation {
  /** After a look: rotates a log that is too large as soon as it grows calmly, or has been too large for a while. */
  consider(sizeBytes: number, grownBytes: number): void;
  /** Rotates a log that is still too large now that nobody writes it, another way. True when the file was replaced. */
  rotateUnwritten(): Promise<boolean>;
  /** The log became shorter: pieces of what is no more are removed. What is dropped of the rest. */
  truncated(sizeBytes: number): number;
  close(): void;
}

export interface RotationParts {
  readonly path: string;
  readonly index: LogIndexFile;
  readonly clock: Clock;
  readonly keeping: () => LogKeeping | undefined;
  readonly puncher: HolePuncher;
  readonly onRotated: (moved: { readonly fromByte: number; readonly toByte: number; readonly droppedBytes: number }) => void;
  /** It cannot be rotated while it is written. */
  readonly onBlocked: (why: string) => void;
}

/** How the bytes that were copied out are given back to the disk. */
type Release = Pick<HolePuncher, "punch"> & Partial<HolePuncher>;

/** Copying beside a flood would slow it down, and it is over soon; one that goes on is rotated all the same. */
const calmBytes = 64 * 1024;
const longestWaitMs = 5000;

export function createLogRotation(parts: RotationParts): LogRotation {
  const { path, index, clock } = parts;
  const pieces = createLogPieceFiles(path, index);
  let overSinceMs: number | undefined;
  let underWay: Promise<boolean> | undefined;
  let isBlocked = false;
  let stop = new AbortController();
  const isOver = (sizeBytes: number): boolean => sizeBytes - pieces.liveStart() > (parts.keeping()?.maxBytes ?? Number.POSITIVE_INFINITY);
  const attempt = async (release: Release): Promise<boolean> => {
    const { signal } = stop;
    const trouble = await rotate(parts, pieces, release, signal).catch(errorText);
    underWay = undefined;
    overSinceMs = undefined;
    if (trouble === undefined || signal.aborted) return trouble === undefined;
    isBlocked = true;
    parts.onBlocked(trouble);
    return false;
  };
  return {
    consider: (sizeBytes, grownBytes) => {
      if (underWay !== undefined || isBlocked || !isOver(sizeBytes)) return;
      overSinceMs ??= clock.monotonic();
      if (grownBytes < calmBytes || clock.monotonic() - overSinceMs > longestWaitMs) underWay = attempt(parts.puncher);
    },
    rotateUnwritten: async () => {
      await underWay;
      if (!isOver(logSize(path))) return false;
      underWay = attempt({ punch: async (_path, bytes) => void (await replaceFrom(path, bytes, stop.signal)) });
      return underWay;
    },
    truncated: (sizeBytes) => {
      if (sizeBytes >= pieces.liveStart()) return index.base();
      stop.abort();
      stop = new AbortController();
      pieces.clear();
      return 0;
    },
    close: () => stop.abort(),
  };
}

/** Why it could not be done, if so. */
async function rotate(parts: RotationParts, pieces: LogPieceFiles, release: Release, signal: AbortSignal): Promise<PunchResult> {
  const { path } = parts;
  const keeping = parts.keeping();
  const trouble = await release.trouble?.(dirname(path));
  if (trouble !== undefined || keeping === undefined) return trouble;
  const moved = await rangesToMove(path, pieces.liveStart(), keeping.maxBytes);
  const [first, last] = [moved[0], moved.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  signal.throwIfAborted();
  const kept = keptPieces([...pieces.list(), ...moved], keeping.keep);
  const droppedBytes = pieces.drop(kept[0]?.start ?? last.end);
  for (const piece of moved) if (kept.includes(piece)) await pieces.add(piece, signal);
  // Emptied meanwhile: what is there now is not what was copied.
  signal.throwIfAborted();
  if (logSize(path) < last.end) return undefined;
  parts.onRotated({ fromByte: first.start, toByte: last.end, droppedBytes });
  return release.punch(path, last.end);
}

/** In pieces of the allowed size, each up to a line end if it has one, until what is left is small enough. */
async function rangesToMove(path: string, from: number, maxBytes: number): Promise<readonly LogPiece[]> {
  const ranges: LogPiece[] = [];
  const sizeBytes = logSize(path);
  for (let start = from; sizeBytes - start > maxBytes; ) {
    const end = (await lastLineEnd(path, { start, end: start + maxBytes })) ?? start + maxBytes;
    ranges.push({ start, end });
    start = end;
  }
  return ranges;
}

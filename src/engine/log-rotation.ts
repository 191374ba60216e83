/** Keeps one log from growing without end: its oldest bytes move to pieces, and pieces beyond the allowed number are removed. */
import { dirname } from "node:path";
import type { Clock } from "../host/clock.ts";
import { lastLineEnd, replaceFrom } from "../host/cut-log.ts";
import { errorText } from "../host/files.ts";
import type { HolePuncher, PunchResult, PunchTrouble } from "../host/punch-hole.ts";
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
  /** Nobody has written it before. */
  readonly isNew?: boolean;
  readonly index: LogIndexFile;
  readonly clock: Clock;
  readonly keeping: () => LogKeeping | undefined;
  readonly puncher: HolePuncher;
  readonly onRotated: (moved: { readonly fromByte: number; readonly toByte: number; readonly droppedBytes: number }) => void;
  /** It cannot be rotated while it is written, or not now. */
  readonly onTrouble: (trouble: PunchTrouble) => void;
}

/** How the bytes that were copied out are given back to the disk. */
type Release = Pick<HolePuncher, "punch"> & Partial<HolePuncher>;

/** What was copied to pieces and is not given back to the disk yet. */
interface Debt {
  bytes(): number;
  forget(): void;
  /** A release that notes what it was asked for until that is done. */
  noting(release: Release): OwingRelease;
}

interface OwingRelease extends Release {
  /** What an earlier one left. */
  punchOwed(path: string): Promise<PunchResult>;
}

function createDebt(): Debt {
  let owed = 0;
  return {
    bytes: () => owed,
    forget: () => void (owed = 0),
    noting: (release) => {
      const punch = async (path: string, bytes: number): Promise<PunchResult> => {
        owed = bytes;
        const trouble = await release.punch(path, bytes);
        if (trouble === undefined) owed = 0;
        return trouble;
      };
      return { ...release, punch, punchOwed: async (path) => (owed === 0 ? undefined : punch(path, owed)) };
    },
  };
}

function passing(error: unknown): PunchTrouble {
  return { why: errorText(error), isLasting: false };
}

/** Copying beside a flood would slow it down, and it is over soon; one that goes on is rotated all the same, sooner when the log is far too large. */
const calmBytes = 64 * 1024;
const longestWaitMs = 5000;
const farOver = 4;
const farOverWaitMs = 1000;
/** A full disk, or a machine too busy for fallocate, may be better by then. */
const retryMs = 5000;

export function createLogRotation(parts: RotationParts): LogRotation {
  const { path, index, clock } = parts;
  const pieces = createLogPieceFiles(path, index, parts.isNew);
  let overSinceMs: number | undefined;
  let underWay: Promise<boolean> | undefined;
  let notBeforeMs = 0;
  const debt = createDebt();
  let stop = new AbortController();
  const timesTooLarge = (sizeBytes: number): number => (sizeBytes - pieces.liveStart()) / (parts.keeping()?.maxBytes ?? Number.POSITIVE_INFINITY);
  const attempt = async (release: Release): Promise<boolean> => {
    const { signal } = stop;
    const trouble = await rotate(parts, pieces, debt.noting(release), signal).catch(passing);
    underWay = undefined;
    overSinceMs = undefined;
    if (trouble === undefined || signal.aborted) return trouble === undefined;
    notBeforeMs = trouble.isLasting ? Number.POSITIVE_INFINITY : clock.monotonic() + retryMs;
    parts.onTrouble(trouble);
    return false;
  };
  return {
    consider: (sizeBytes, grownBytes) => {
      const now = clock.monotonic();
      const times = timesTooLarge(sizeBytes);
      if (underWay !== undefined || now < notBeforeMs || (times <= 1 && debt.bytes() === 0)) return;
      overSinceMs ??= now;
      if (grownBytes < calmBytes || now - overSinceMs > (times > farOver ? farOverWaitMs : longestWaitMs)) underWay = attempt(parts.puncher);
    },
    rotateUnwritten: async () => {
      await underWay;
      if (timesTooLarge(logSize(path)) <= 1 && debt.bytes() === 0) return false;
      underWay = attempt({ punch: async (_path, bytes) => void (await replaceFrom(path, bytes, stop.signal)) });
      return underWay;
    },
    truncated: (sizeBytes) => {
      if (sizeBytes >= pieces.liveStart()) return index.base();
      stop.abort();
      stop = new AbortController();
      pieces.clear();
      debt.forget();
      return 0;
    },
    close: () => stop.abort(),
  };
}

/** Why it could not be done, if so. */
async function rotate(parts: RotationParts, pieces: LogPieceFiles, release: OwingRelease, signal: AbortSignal): Promise<PunchResult> {
  const { path } = parts;
  const keeping = parts.keeping();
  const trouble = await release.trouble?.(dirname(path));
  if (trouble !== undefined || keeping === undefined) return trouble;
  const moved = await rangesToMove(path, pieces.liveStart(), keeping.maxBytes);
  const [first, last] = [moved[0], moved.at(-1)];
  if (first === undefined || last === undefined) return release.punchOwed(path);
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

/** One log as it lies on disk: rotated pieces, the file behind them, the index beside it. Read by offsets that never move. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { decodedIndex, entryBytes, type LogIndex } from "../model/log-index.ts";
import { indexNameOf, liveStartOf, pieceNameOf, piecesAmong, type LogPiece } from "../model/log-pieces.ts";

export interface StoredLog {
  readonly sizeBytes: number;
  /** When it was last written, epoch milliseconds. */
  readonly writtenMs: number;
  /** Where the piece, or the file, begins that holds the byte before `end`; `end` itself when nothing does. */
  partStart(end: number): Promise<number>;
  /** The first byte at or behind `at` that is not dropped. */
  presentFrom(at: number): Promise<number>;
  /** May return less when something was cleared or dropped meanwhile. */
  read(start: number, end: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Throws the system's error. */
export async function openStoredLog(path: string): Promise<StoredLog> {
  const file = await open(path, "r");
  const { size, mtimeMs } = await file.stat();
  // Most readers want the end of the file only, and never ask for the pieces.
  let parts: LogParts | undefined;
  const known = async (): Promise<LogParts> => (parts ??= await partsOf(path, size));
  const pieceAt = (at: number): LogPiece | undefined => parts?.pieces.find((one) => one.start <= at && at < one.end);
  /** Zeros may be a hole, made a moment ago even: then the bytes are in a piece. */
  const isHole = async (bytes: Buffer, at: number): Promise<boolean> => bytes.includes(0) && (parts = await partsOf(path, size)).liveStart > at;
  return {
    sizeBytes: size,
    writtenMs: mtimeMs,
    partStart: async (end) => {
      const { pieces, liveStart } = await known();
      return pieces.find((one) => one.start < end && end <= one.end)?.start ?? Math.min(end, liveStart);
    },
    presentFrom: async (at) => {
      const { pieces, liveStart } = await known();
      return Math.max(at, pieces.find((one) => one.end > at)?.start ?? liveStart);
    },
    read: async (start, end) => {
      const found: Buffer[] = [];
      for (let at = start; at < end; ) {
        const piece = pieceAt(at);
        const bytes = await (piece === undefined ? readRange(file, at, end) : readPiece(path, piece, at, Math.min(end, piece.end)));
        const isElsewhere = piece === undefined && (await isHole(bytes, at));
        if (isElsewhere && pieceAt(at) !== undefined) continue;
        if (isElsewhere || bytes.length === 0) break;
        found.push(bytes);
        at += bytes.length;
      }
      return Buffer.concat(found);
    },
    close: () => file.close(),
  };
}

interface LogParts {
  readonly pieces: readonly LogPiece[];
  readonly liveStart: number;
}

/** A file that ends before the pieces do was emptied, and no daemon has noticed yet. */
async function partsOf(path: string, sizeBytes: number): Promise<LogParts> {
  const base = droppedBytes(path);
  const pieces = piecesAmong(await readdir(dirname(path)), basename(path)).filter((piece) => piece.end > base);
  const liveStart = liveStartOf(base, pieces);
  return liveStart > sizeBytes ? { pieces: [], liveStart: 0 } : { pieces, liveStart };
}

/** Empty when the piece was dropped meanwhile. */
async function readPiece(path: string, piece: LogPiece, start: number, end: number): Promise<Buffer> {
  const file = await open(pieceNameOf(path, piece), "r").catch(() => undefined);
  try {
    return file === undefined ? Buffer.alloc(0) : await readRange(file, start - piece.start, end - piece.start);
  } finally {
    await file?.close();
  }
}

/** May return less when the file was cut meanwhile. */
async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, end - start));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** An index of which only what is asked for is read; one that is missing has no entries. */
export interface IndexReader extends LogIndex {
  close(): void;
}

export function openIndex(logPath: string): IndexReader {
  const file = opened(indexNameOf(logPath));
  const bytes = Buffer.alloc(entryBytes);
  return {
    count: file === undefined ? 0 : Math.floor(fstatSync(file).size / entryBytes),
    entry: (position) => {
      if (file !== undefined) readSync(file, bytes, 0, entryBytes, position * entryBytes);
      return decodedIndex(bytes).entry(0);
    },
    close: () => (file === undefined ? undefined : closeSync(file)),
  };
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}

/** Bytes dropped by rule. */
export function droppedBytes(logPath: string): number {
  const index = openIndex(logPath);
  try {
    return index.count === 0 ? 0 : index.entry(0).offset;
  } finally {
    index.close();
  }
}

/** Whether the file is not all of it: where its oldest bytes were there is a hole, which other programs read as zeros. */
export function isRotated(logPath: string): boolean {
  return droppedBytes(logPath) > 0 || piecesAmong(readdirSync(dirname(logPath)), basename(logPath)).length > 0;
}

/** The whole index; undefined when there is none. */
export function readIndex(logPath: string): LogIndex | undefined {
  try {
    return decodedIndex(readFileSync(indexNameOf(logPath)));
  } catch {
    return undefined;
  }
}

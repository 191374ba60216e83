/** `logs --verify`: whether every byte the units ever wrote is where it should be. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { LogsVerification } from "../contracts/log-reports.ts";
import type { Clock } from "../host/clock.ts";
import { indexFaults, type LogIndex } from "../model/log-index.ts";
import { liveStartOf, partFaults, pieceNameOf, piecesAmong, type LogPiece } from "../model/log-pieces.ts";
import { readIndex } from "./stored-log.ts";

type Verified = LogsVerification["services"][number];

/** How long a daemon may take to index what is there. */
const indexedWithinMs = 2000;
const lookMs = 20;
/** One damaged place may put many entries out of order. */
const shownFaults = 3;

/** `isKept`: a daemon watches the log, so all of it must be indexed within a moment. */
export async function verifiedLog(name: string, path: string, clock: Clock, isKept: boolean): Promise<Verified> {
  const before = (await sizeAt(path)) ?? 0;
  if (isKept) await indexed(path, before, clock);
  const found = await partsAt(path);
  const { sizeBytes, base, pieces, index } = found;
  const start = liveStartOf(base, pieces);
  const problems = [...indexProblems(found, before, isKept), ...partFaults(found)];
  return {
    name,
    log_path: path,
    written_bytes: sizeBytes,
    dropped_bytes: base,
    piece_bytes: pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0),
    pieces: pieces.length,
    live_bytes: Math.max(0, sizeBytes - start),
    indexed_bytes: indexedBytes(index),
    complete: problems.length === 0,
    problems: problems.map((problem) => `${name}: ${problem}`),
  };
}

async function indexed(path: string, bytes: number, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + indexedWithinMs;
  while (indexedBytes(readIndex(path)) < bytes && clock.monotonic() < deadline) await clock.sleep(lookMs);
}

interface FoundParts {
  readonly sizeBytes: number;
  readonly base: number;
  readonly pieces: readonly (LogPiece & { readonly sizeBytes: number })[];
  readonly index: LogIndex | undefined;
}

/** The index is read before and after, since a rotation may go on meanwhile. */
async function partsAt(path: string): Promise<FoundParts> {
  const index = readIndex(path);
  const base = baseOf(index);
  const names = await readdir(dirname(path)).catch(() => []);
  const named = piecesAmong(names, basename(path)).filter((piece) => piece.end > base);
  const pieces = await Promise.all(named.map(async (piece) => ({ ...piece, sizeBytes: (await sizeAt(pieceNameOf(path, piece))) ?? 0 })));
  const after = readIndex(path);
  const sizeBytes = (await sizeAt(path)) ?? 0;
  return baseOf(after) === base ? { sizeBytes, base, pieces, index: after } : partsAt(path);
}

function indexProblems({ sizeBytes, index }: FoundParts, indexableBytes: number, isKept: boolean): readonly string[] {
  if (index === undefined || index.count === 0) return sizeBytes === 0 ? [] : ["its index is missing"];
  const known = indexedBytes(index);
  return [
    ...indexFaults(index).slice(0, shownFaults),
    ...(known > sizeBytes ? [`the index covers ${known} bytes, the log has ${sizeBytes}: it was cut`] : []),
    ...(isKept && known < indexableBytes ? [`bytes ${known} to ${indexableBytes} are not indexed`] : []),
  ];
}

function indexedBytes(index: LogIndex | undefined): number {
  return index === undefined || index.count === 0 ? 0 : index.entry(index.count - 1).offset;
}

function baseOf(index: LogIndex | undefined): number {
  return index === undefined || index.count === 0 ? 0 : index.entry(0).offset;
}

/** Undefined for a file that is not there. */
async function sizeAt(path: string): Promise<number | undefined> {
  return stat(path).then((found) => found.size, () => undefined);
}

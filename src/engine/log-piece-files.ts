/** The rotated pieces of one log on disk. */
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { copyOut } from "../host/cut-log.ts";
import { liveStartOf, pieceNameOf, piecesAmong, type LogPiece } from "../model/log-pieces.ts";
import type { LogIndexFile } from "./log-index-file.ts";

export interface LogPieceFiles {
  /** Oldest first. */
  list(): readonly LogPiece[];
  /** The first byte that is in no piece. */
  liveStart(): number;
  /** Copies a range of the log to a piece of its own. Throws the system's error, or the signal's reason. */
  add(piece: LogPiece, signal: AbortSignal): Promise<void>;
  /** Removes everything before a byte; how much that was. */
  drop(base: number): number;
  /** Removes all of them. */
  clear(): void;
}

/** Of a log that `isNew` there are none, so nobody looks for them. */
export function createLogPieceFiles(path: string, index: LogIndexFile, isNew = false): LogPieceFiles {
  let pieces = isNew ? [] : tidied(path, index.base());
  return {
    list: () => pieces,
    liveStart: () => liveStartOf(index.base(), pieces),
    add: async (piece, signal) => {
      await copyOut(path, piece, pieceNameOf(path, piece), signal);
      // Cleared meanwhile. A piece that is left by one who only ended belongs to whoever comes next.
      signal.throwIfAborted();
      pieces = [...pieces, piece];
    },
    drop: (base) => {
      const droppedBytes = base - index.base();
      if (droppedBytes === 0) return 0;
      // The index first: what it calls dropped is no loss, whatever happens now.
      index.rebase(base);
      pieces = tidied(path, base);
      return droppedBytes;
    },
    clear: () => {
      pieces = tidied(path, Number.POSITIVE_INFINITY);
    },
  };
}

/** The pieces that are kept; those before `base`, and what was left half copied, are removed. */
function tidied(path: string, base: number): readonly LogPiece[] {
  const name = basename(path);
  const names = readdirSync(dirname(path));
  const pieces = piecesAmong(names, name);
  const dropped = pieces.filter((piece) => piece.end <= base).map((piece) => pieceNameOf(name, piece));
  const torn = names.filter((one) => one.startsWith(`${name}.`) && one.endsWith(".tmp"));
  for (const one of [...dropped, ...torn]) rmSync(join(dirname(path), one), { force: true });
  return pieces.filter((piece) => piece.end > base);
}

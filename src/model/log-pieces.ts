/**
 * A log on disk: `<unit>.log`, beside it `<unit>.log.index` and rotated pieces `<unit>.log.<start>-<end>`. Offsets count from the
 * first byte ever written and never move: what was moved to a piece is a hole in the file. Pure.
 */

/** Bytes `start` to `end` (exclusive) of a log. */
export interface LogPiece {
  readonly start: number;
  readonly end: number;
}

/** Name or path of the index of a log. */
export function indexNameOf(log: string): string {
  return `${log}.index`;
}

/** Name or path of a piece of a log. */
export function pieceNameOf(log: string, { start, end }: LogPiece): string {
  return `${log}.${start}-${end}`;
}

/** The pieces of a log among the names of its directory, oldest first. */
export function piecesAmong(names: readonly string[], logName: string): readonly LogPiece[] {
  const found = names.flatMap((name) => {
    const [, start, end] = name.startsWith(`${logName}.`) ? (/^(\d+)-(\d+)$/.exec(name.slice(logName.length + 1)) ?? []) : [];
    return start === undefined || end === undefined ? [] : [{ start: Number(start), end: Number(end) }];
  });
  return found.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** Where the bytes are that are in no piece. */
export function liveStartOf(base: number, pieces: readonly LogPiece[]): number {
  return pieces.reduce((start, piece) => Math.max(start, piece.end), base);
}

/** What is kept of the pieces when there may be `keep` of them: the newest. */
export function keptPieces(pieces: readonly LogPiece[], keep: number): readonly LogPiece[] {
  return pieces.slice(Math.max(0, pieces.length - keep));
}

/** Where everything of a log is. */
export interface LogParts {
  readonly sizeBytes: number;
  /** Bytes dropped by rule. */
  readonly base: number;
  readonly pieces: readonly (LogPiece & { readonly sizeBytes: number })[];
}

/** Every byte is dropped, in exactly one piece, or in the file; else what is wrong, in words. */
export function partFaults({ sizeBytes, base, pieces }: LogParts): readonly string[] {
  const faults: string[] = [];
  let at = base;
  for (const { start, end, sizeBytes: pieceBytes } of pieces) {
    if (start > at) faults.push(`bytes ${at} to ${start} are missing: the piece that held them is gone`);
    if (start < at) faults.push(`bytes ${start} to ${Math.min(at, end)} are there twice`);
    if (pieceBytes !== end - start) faults.push(`the piece ${start}-${end} holds ${pieceBytes} bytes instead of ${end - start}`);
    at = Math.max(at, end);
  }
  if (at > sizeBytes) faults.push(`the file ends at byte ${sizeBytes}, before the pieces do (${at})`);
  return faults;
}

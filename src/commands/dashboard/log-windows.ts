/** Parts of logs, read where they lie: before a place, behind it, the next complaint. Nothing of them is kept. */
import type { LogWindow, ShownLine } from "../../ui/dashboard/world.ts";
import { readAhead, readTail, type StoredLine, type TailLimits } from "../log-file.ts";
import { complaintLevel, timedLines } from "../log-lines.ts";
import { plainText } from "../log-output.ts";
import { openIndex } from "../stored-log.ts";

export interface LogSource {
  readonly unitId: string;
  readonly path: string;
}

export interface LogQuery {
  readonly sources: readonly LogSource[];
  /** When the run began: nothing was written before. */
  readonly bornMs: number;
  /** Lines there is room for. */
  readonly count: number;
  /** Whether a line, without its colours, is shown. */
  readonly keep?: (text: string) => boolean;
  /** Ends a search; what was found so far is shown. */
  readonly signal?: AbortSignal;
}

/** Offsets behind the last line shown, by unit. */
export type LogEnds = Readonly<Record<string, number>>;

/** A window, and how to come back to it. */
export interface LogPart {
  readonly window: LogWindow;
  readonly ends: LogEnds;
  readonly isAtEnd: boolean;
}

interface Piece extends LogSource {
  readonly sizeBytes: number;
  /** Behind the last line that was looked at. */
  readonly readTo: number;
  readonly trouble?: string;
  readonly lines: readonly ShownLine[];
}

/** A search for what is rare looks this far before it gives the screen back. */
const searchBytes = 256 * 1024 * 1024;
/** Without a filter a screen is never further away, unless lines are longer than anybody reads. */
const plainBytes = 8 * 1024 * 1024;

/** The last lines before `ends`; of the whole logs without. */
export async function windowBefore(query: LogQuery, ends?: LogEnds): Promise<LogPart> {
  const pieces = await Promise.all(query.sources.map((source) => pieceBefore(source, query, ends?.[source.unitId])));
  const lines = merged(pieces).slice(-query.count);
  return partOf(pieces, lines, ends);
}

/** What was shown at the end of the logs, and what came since: only that is read, and only from the `grown` paths where those are known. */
export async function windowGrown(query: LogQuery, shown: LogPart, grown?: ReadonlySet<string>): Promise<LogPart> {
  const pieces = await Promise.all(query.sources.map(async (source): Promise<Piece> => {
    const readTo = shown.ends[source.unitId] ?? 0;
    const before = shown.window.lines.filter((line) => line.unitId === source.unitId);
    if (grown?.has(source.path) === false) return { ...source, sizeBytes: readTo, readTo, lines: before };
    const piece = await pieceBefore(source, query, undefined, readTo);
    return { ...piece, lines: behind(before, piece.lines) };
  }));
  const isShorter = pieces.some((piece) => piece.sizeBytes < (shown.ends[piece.unitId] ?? 0));
  return isShorter || shown.window.trouble !== undefined ? windowBefore(query) : partOf(pieces, merged(pieces).slice(-query.count), undefined);
}

/** A line that had not ended is there once more, and longer; what is written later is never earlier. */
function behind(before: readonly ShownLine[], added: readonly ShownLine[]): readonly ShownLine[] {
  const from = added[0]?.start ?? Number.POSITIVE_INFINITY;
  const kept = before.filter((line) => line.start < from);
  const leastMs = kept.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  return [...kept, ...added.map((line) => (line.atMs < leastMs ? { ...line, atMs: leastMs } : line))];
}

/** The part so many lines further up, or down. */
export async function windowMoved(query: LogQuery, ends: LogEnds | undefined, by: number): Promise<LogPart> {
  if (by < 0) {
    const { window, ends: from } = await windowBefore({ ...query, count: query.count - by }, ends);
    const shown = Math.max(Math.min(query.count, window.lines.length), window.lines.length + by);
    return windowBefore(query, endsWithout(from, window.lines.slice(shown)));
  }
  if (ends === undefined) return windowBefore(query);
  const further = await linesBehind(query, ends, by);
  const next = endsBehind(ends, further);
  return windowBefore(query, next);
}

/** The first lines there are. */
export async function windowAtStart(query: LogQuery): Promise<LogPart> {
  const nowhere = Object.fromEntries(query.sources.map(({ unitId }) => [unitId, 0]));
  const first = await linesBehind(query, nowhere, query.count);
  return windowBefore(query, endsBehind(nowhere, first));
}

/** A part with a found line in it, a few lines behind it shown too. */
export interface Found extends LogPart {
  readonly found: ShownLine;
}

/** The nearest error above or below; undefined when there is none. */
export async function errorFrom(query: LogQuery, from: LogEnds | undefined, direction: "next" | "previous"): Promise<Found | undefined> {
  const isError = (text: string): boolean => (query.keep?.(text) ?? true) && complaintLevel(text) === "error";
  const search: LogQuery = { ...query, count: 1, keep: isError };
  const found = direction === "previous" ? (await windowBefore(search, from)).window.lines.at(-1) : from === undefined ? undefined : (await linesBehind(search, from, 1))[0];
  if (found === undefined) return undefined;
  const ends = await endsAt(query, found);
  const part = await windowMoved(query, ends, Math.floor(query.count / 3));
  return { ...part, found };
}

/** For every unit the end of what was written up to a line. */
async function endsAt(query: LogQuery, line: ShownLine): Promise<LogEnds> {
  const pairs = await Promise.all(query.sources.map(async ({ unitId, path }): Promise<readonly [string, number]> => {
    if (unitId === line.unitId) return [unitId, line.end];
    const index = openIndex(path);
    try {
      return [unitId, offsetBefore(index, line.atMs)];
    } finally {
      index.close();
    }
  }));
  return Object.fromEntries(pairs);
}

/** Where the last entry ends that was over by then. */
function offsetBefore(index: ReturnType<typeof openIndex>, atMs: number): number {
  let [low, high] = [0, index.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.entry(middle).toMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : index.entry(low - 1).offset;
}

async function pieceBefore(source: LogSource, query: LogQuery, toByte: number | undefined, fromByte?: number): Promise<Piece> {
  if (toByte === 0) return { ...source, sizeBytes: await sizeOf(source.path), readTo: 0, lines: [] };
  const tail = await readTail(source.path, {
    lines: query.count,
    bytes: query.keep === undefined ? plainBytes : searchBytes,
    ...(toByte === undefined ? {} : { toByte }),
    ...(fromByte === undefined ? {} : { fromByte }),
    ...keeping(query),
  });
  const lines = withTimes(source, tail.lines, query.bornMs, tail.writtenMs);
  return { ...source, sizeBytes: tail.sizeBytes, readTo: toByte ?? tail.sizeBytes, lines, ...(tail.trouble === undefined ? {} : { trouble: tail.trouble }) };
}

async function sizeOf(path: string): Promise<number> {
  return (await readTail(path, { lines: 0 })).sizeBytes;
}

/** Colours may stand in the middle of a word. */
function keeping({ keep, signal }: LogQuery): Pick<TailLimits, "keep" | "signal"> {
  return { ...(keep === undefined ? {} : { keep: (text: string) => keep(plainText(text)) }), ...(signal === undefined ? {} : { signal }) };
}

async function linesBehind(query: LogQuery, ends: LogEnds, count: number): Promise<readonly ShownLine[]> {
  const pieces = await Promise.all(query.sources.map(async (source): Promise<Piece> => {
    const limits = { lines: count, fromByte: ends[source.unitId] ?? 0, bytes: query.keep === undefined ? plainBytes : searchBytes, ...keeping(query) };
    const lines = await readAhead(source.path, limits).catch(() => []);
    return { ...source, sizeBytes: 0, readTo: 0, lines: withTimes(source, lines, query.bornMs, Number.MAX_SAFE_INTEGER) };
  }));
  return merged(pieces).slice(0, count);
}

function withTimes({ unitId, path }: LogSource, lines: readonly StoredLine[], bornMs: number, writtenMs: number): readonly ShownLine[] {
  const index = openIndex(path);
  try {
    return timedLines(unitId, lines, index, { bornMs, writtenMs }).map((line, at) => {
      const level = complaintLevel(plainText(line.text));
      return { unitId, start: lines[at]?.start ?? 0, end: lines[at]?.end ?? 0, atMs: line.order, text: line.text, ...(level === undefined ? {} : { level }) };
    });
  } finally {
    index.close();
  }
}

/** By time; lines of one unit keep their order. */
function merged(pieces: readonly Piece[]): readonly ShownLine[] {
  return pieces.flatMap((piece) => piece.lines).toSorted((one, other) => one.atMs - other.atMs);
}

function partOf(pieces: readonly Piece[], lines: readonly ShownLine[], ends: LogEnds | undefined): LogPart {
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const reached: LogEnds = Object.fromEntries(pieces.map((piece) => [piece.unitId, ends?.[piece.unitId] ?? piece.readTo]));
  const seen = pieces.reduce((sum, piece) => sum + Math.min(piece.sizeBytes, reached[piece.unitId] ?? 0), 0);
  const trouble = pieces.find((piece) => piece.trouble !== undefined)?.trouble;
  const isAtEnd = pieces.every((piece) => (reached[piece.unitId] ?? 0) >= piece.sizeBytes);
  return { ends: reached, isAtEnd, window: { lines, sizeBytes, share: sizeBytes === 0 ? 1 : seen / sizeBytes, ...(trouble === undefined ? {} : { trouble }) } };
}

/** Without the last lines: each unit ends where its first one begins that goes. */
function endsWithout(ends: LogEnds, gone: readonly ShownLine[]): LogEnds {
  const next: Record<string, number> = { ...ends };
  for (const line of gone.toReversed()) next[line.unitId] = line.start;
  return next;
}

function endsBehind(ends: LogEnds, lines: readonly ShownLine[]): LogEnds {
  const next: Record<string, number> = { ...ends };
  for (const line of lines) next[line.unitId] = line.end;
  return next;
}

/** Reads logs, however long, from the end, in blocks. */
import { openStoredLog, type StoredLog } from "./stored-log.ts";

const blockBytes = 256 * 1024;
const lineBytes = 4096;

/** A line, the offset of its first byte, and the one behind its line break. */
export interface StoredLine {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What a log holds at its end. `sizeBytes` is where a follower goes on. */
export interface LogTail {
  readonly exists: boolean;
  readonly sizeBytes: number;
  /** When it was last written, epoch milliseconds. */
  readonly writtenMs: number;
  readonly lines: readonly StoredLine[];
  /** Why it could not be read. */
  readonly trouble?: string;
}

export interface TailLimits {
  /** Lines kept, counted after `keep`. */
  readonly lines: number;
  /** How far back to look at most. */
  readonly bytes?: number;
  /** Only lines that end behind this byte; what is before is not read. */
  readonly fromByte?: number;
  /** Only lines that end at this byte or before it; the end of the log unless given. It must be the end of a line. */
  readonly toByte?: number;
  /** Told of the line and of its first byte. */
  readonly keep?: (line: string, start: number) => boolean;
  /** Ends a search; what was found so far is the answer. */
  readonly signal?: AbortSignal;
}

/** The last lines that pass `keep`. A missing file is an answer; whatever else goes wrong is told as `trouble`. */
export async function readTail(path: string, limits: TailLimits): Promise<LogTail> {
  const missing = { exists: false, sizeBytes: 0, writtenMs: 0, lines: [] };
  let log: StoredLog | undefined;
  try {
    log = await openStoredLog(path);
    const { sizeBytes, writtenMs } = log;
    return { exists: true, sizeBytes, writtenMs, lines: await lastLines(log, limits) };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return isMissing ? missing : { ...missing, exists: true, trouble: error instanceof Error ? error.message : String(error) };
  } finally {
    await log?.close();
  }
}

/** Walks back block by block. Bytes, not text, are carried over, since a block may begin inside a character. */
async function lastLines(log: StoredLog, limits: TailLimits): Promise<readonly StoredLine[]> {
  const found: StoredLine[] = [];
  const toByte = Math.min(log.sizeBytes, limits.toByte ?? log.sizeBytes);
  const fromByte = Math.max(limits.fromByte ?? 0, toByte - (limits.bytes ?? toByte));
  let head = Buffer.alloc(0);
  for (let end = toByte; found.length < limits.lines && limits.signal?.aborted !== true; ) {
    const partStart = await log.partStart(end);
    if (partStart === end) break;
    // Before `fromByte` only the beginning of a line is looked for.
    const start = Math.max(partStart, end > fromByte ? Math.max(fromByte, end - blockBytes) : end - lineBytes);
    const block = await log.read(start, end);
    if (block.length < end - start) break;
    const bytes = Buffer.concat([block, head]);
    const isBeginning = (await log.partStart(start)) === start;
    const wholeFrom = isBeginning ? 0 : bytes.indexOf(10) + 1;
    // Without a line break the whole block is part of a line that begins further back.
    head = wholeFrom === 0 && !isBeginning ? bytes : bytes.subarray(0, wholeFrom);
    for (const line of linesIn(bytes.subarray(head.length), start + head.length)) {
      if (line.end <= fromByte || found.length >= limits.lines) return found.toReversed();
      if (limits.keep?.(line.text, line.start) ?? true) found.push(line);
    }
    if (start + head.length <= fromByte) break;
    end = start;
  }
  return found.toReversed();
}

export interface HeadLimits {
  readonly lines: number;
  /** Where the first line begins. */
  readonly fromByte: number;
  /** How far to look at most. */
  readonly bytes?: number;
  readonly keep?: (line: string, start: number) => boolean;
  /** Ends the search; what was found so far is the answer. */
  readonly signal?: AbortSignal;
}

/** The next lines that pass `keep`, forward. A line that is not ended yet is left out. Throws the system's error. */
export async function readAhead(path: string, limits: HeadLimits): Promise<readonly StoredLine[]> {
  const log = await openStoredLog(path);
  const found: StoredLine[] = [];
  try {
    let held = Buffer.alloc(0);
    const stop = Math.min(log.sizeBytes, limits.fromByte + (limits.bytes ?? log.sizeBytes));
    for (let at = await log.presentFrom(limits.fromByte); at < stop && found.length < limits.lines && limits.signal?.aborted !== true; ) {
      const block = await log.read(at, Math.min(stop, at + blockBytes));
      if (block.length === 0) break;
      const bytes = Buffer.concat([held, block]);
      const wholeTo = bytes.lastIndexOf(10) + 1;
      const lines = [...linesIn(bytes.subarray(0, wholeTo), at - held.length)].toReversed();
      for (const line of lines) if (found.length < limits.lines && (limits.keep?.(line.text, line.start) ?? true)) found.push(line);
      held = bytes.subarray(wholeTo);
      at += block.length;
    }
    return found;
  } finally {
    await log.close();
  }
}

/** Last one first; `offset` is that of the first byte. */
function* linesIn(bytes: Buffer, offset: number): Generator<StoredLine> {
  for (let end = bytes.length; end > 0; ) {
    const contentEnd = bytes[end - 1] === 10 ? end - 1 : end;
    const start = contentEnd === 0 ? 0 : bytes.lastIndexOf(10, contentEnd - 1) + 1;
    yield { text: bytes.toString("utf8", start, contentEnd).replace(/\r$/, ""), start: offset + start, end: offset + end };
    end = start;
  }
}

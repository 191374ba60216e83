/** Reads logs, however long, from the end, in blocks. */
import { openStoredLog, type StoredLog } from "./stored-log.ts";

const blockBytes = 256 * 1024;
const lineBytes = 4096;

/** A line and the offset behind it, its line break included. */
export interface StoredLine {
  readonly text: string;
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
  readonly keep?: (line: string) => boolean;
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
  const fromByte = Math.max(limits.fromByte ?? 0, log.sizeBytes - (limits.bytes ?? log.sizeBytes));
  let head = Buffer.alloc(0);
  for (let end = log.sizeBytes; found.length < limits.lines; ) {
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
      if (limits.keep?.(line.text) ?? true) found.push(line);
    }
    if (start + head.length <= fromByte) break;
    end = start;
  }
  return found.toReversed();
}

/** Last one first; `offset` is that of the first byte. */
function* linesIn(bytes: Buffer, offset: number): Generator<StoredLine> {
  for (let end = bytes.length; end > 0; ) {
    const contentEnd = bytes[end - 1] === 10 ? end - 1 : end;
    const start = contentEnd === 0 ? 0 : bytes.lastIndexOf(10, contentEnd - 1) + 1;
    yield { text: bytes.toString("utf8", start, contentEnd).replace(/\r$/, ""), end: offset + end };
    end = start;
  }
}

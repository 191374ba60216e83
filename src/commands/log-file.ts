/** Reads log files, however long: from the end, in pieces. */
import { open, type FileHandle } from "node:fs/promises";

const pieceBytes = 256 * 1024;

/** What a log holds at its end. `sizeBytes` is where a follower goes on. */
export interface LogTail {
  readonly exists: boolean;
  readonly sizeBytes: number;
  /** When it was last written, epoch milliseconds. */
  readonly writtenMs: number;
  readonly lines: readonly string[];
  /** Why it could not be read. */
  readonly trouble?: string;
}

export interface TailLimits {
  /** Lines kept, counted after `keep`. */
  readonly lines: number;
  /** How far back to look at most. */
  readonly bytes?: number;
  readonly keep?: (line: string) => boolean;
}

/** The last lines that pass `keep`. A missing file is an answer; whatever else goes wrong is told as `trouble`. */
export async function readTail(path: string, limits: TailLimits): Promise<LogTail> {
  const missing = { exists: false, sizeBytes: 0, writtenMs: 0, lines: [] };
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size, mtimeMs } = await file.stat();
    return { exists: true, sizeBytes: size, writtenMs: mtimeMs, lines: await lastLines(file, size, limits) };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return isMissing ? missing : { ...missing, exists: true, trouble: error instanceof Error ? error.message : String(error) };
  } finally {
    await file?.close();
  }
}

/** Walks back piece by piece. Bytes, not text, are carried over, since a piece may begin inside a character. */
async function lastLines(file: FileHandle, size: number, limits: TailLimits): Promise<readonly string[]> {
  const found: string[] = [];
  const oldest = Math.max(0, size - (limits.bytes ?? size));
  const take = (line: string): void => {
    if (found.length < limits.lines && (limits.keep?.(line) ?? true)) found.push(line);
  };
  let head = Buffer.alloc(0);
  for (let end = size; end > oldest && found.length < limits.lines; ) {
    const start = Math.max(oldest, end - pieceBytes);
    const piece = Buffer.concat([await readRange(file, start, end), head]);
    const wholeFrom = start === 0 ? 0 : piece.indexOf(10) + 1;
    // Without a line break the whole piece is part of a line that begins further back.
    head = wholeFrom === 0 && start > oldest ? piece : piece.subarray(0, wholeFrom);
    const lines = piece.subarray(head.length).toString("utf8").split("\n");
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines.toReversed()) take(line.replace(/\r$/, ""));
    end = start;
  }
  return found.toReversed();
}

/** May return less when the file was cut meanwhile. */
export async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, end - start));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

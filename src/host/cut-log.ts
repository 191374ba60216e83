/** Moves the oldest bytes of a file that others append to into a file of their own, so that no offset in it changes. */
import { renameSync, truncateSync } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { faultPoint } from "./fault-point.ts";

/** Bytes from `start` to `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const blockBytes = 1024 * 1024;
const searchBytes = 64 * 1024;

/** The last line end in a range, as the offset behind it; undefined when it holds none. */
export async function lastLineEnd(path: string, { start, end }: ByteRange): Promise<number | undefined> {
  const file = await open(path, "r");
  try {
    for (let to = end; to > start; to -= searchBytes) {
      const from = Math.max(start, to - searchBytes);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
      const at = buffer.subarray(0, bytesRead).lastIndexOf(10);
      if (at >= 0) return from + at + 1;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Two may copy the same range, when one was told to stop a moment ago. */
let copies = 0;

/** Copies a range to a file that is there whole, forced to the disk, or not at all. Throws the system's error, or the signal's reason; then nothing appears any more. */
export async function copyOut(path: string, range: ByteRange, target: string, signal: AbortSignal): Promise<void> {
  copies += 1;
  const temporary = `${target}.${copies}.tmp`;
  try {
    const copy = await open(temporary, "w", 0o600);
    try {
      await copyRange(path, range, copy, range.start, signal);
      await copy.sync();
    } finally {
      await copy.close();
    }
    faultPoint("log-piece.torn", () => truncateSync(temporary, Math.floor((range.end - range.start) / 2)));
    faultPoint("log-piece.unnamed");
    // At once, so that whoever says stop knows whether it is there.
    signal.throwIfAborted();
    renameSync(temporary, target);
    faultPoint("log-piece.written");
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Puts a file of the same size in its place, without the bytes before `start`. Whoever has the old one open goes on with that. */
export async function replaceFrom(path: string, start: number, signal: AbortSignal): Promise<void> {
  const temporary = `${path}.tmp`;
  const before = await open(path, "r");
  const { size, mode } = await before.stat().finally(() => before.close());
  try {
    const file = await open(temporary, "w", mode & 0o777);
    try {
      await file.truncate(size);
      await copyRange(path, { start, end: size }, file, 0, signal);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `shift` is what the offset in the copy is less. */
async function copyRange(path: string, { start, end }: ByteRange, copy: FileHandle, shift: number, signal: AbortSignal): Promise<void> {
  const file = await open(path, "r");
  const buffer = Buffer.allocUnsafe(Math.min(blockBytes, end - start));
  try {
    for (let at = start; at < end; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was copied`);
      await writeAll(copy, buffer.subarray(0, bytesRead), at - shift);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

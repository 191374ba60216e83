/** The end of a log file. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { createRedaction } from "../redaction/redact.ts";

const readBytes = 16_384;

/** The last lines of a file, control sequences removed and what looks secret hidden, since they are written down with a failure; empty when it cannot be read. `from` is a byte offset. */
export function logTail(path: string, count = 20, from = 0): readonly string[] {
  try {
    const file = openSync(path, "r");
    try {
      const size = fstatSync(file).size;
      const start = Math.max(from, size - readBytes);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      readSync(file, buffer, 0, buffer.length, start);
      // Rotated bytes read as zeros.
      const lines = stripVTControlCharacters(buffer.toString("utf8").replaceAll("\0", "")).split("\n").filter((line) => line.trim() !== "");
      return createRedaction().lines(lines).slice(-count);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}

/** Bytes in the file, 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

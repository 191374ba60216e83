/** What jobs wrote, as it is kept. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { JobOutput } from "../model/job.ts";

/** Output above this is kept in a file of its own, with its sha256. */
const largeOutputBytes = 10 * 1024 * 1024;

/** Moves a large output from `written` to `large`, unless that was done by one that was killed, or the disk is full: then it stays where it is. */
export async function keptOutput(written: string, large: string): Promise<JobOutput> {
  const path = placeOf(written, large);
  const bytes = sizeOf(path);
  const sha256 = bytes > largeOutputBytes ? await hashOfFile(path).catch(() => undefined) : undefined;
  return { path, bytes, ...(sha256 === undefined ? {} : { sha256 }) };
}

/** Nothing for a file that is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function placeOf(written: string, large: string): string {
  if (sizeOf(written) <= largeOutputBytes) return !existsSync(written) && existsSync(large) ? large : written;
  try {
    mkdirSync(dirname(large), { recursive: true, mode: 0o700 });
    renameSync(written, large);
    return large;
  } catch {
    return written;
  }
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Follows growing files and hands out whole lines as they arrive. */
import { watch, type FSWatcher } from "node:fs";
import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../host/clock.ts";
import { readRange } from "./log-file.ts";

export interface FollowedFile {
  readonly unit: string;
  readonly path: string;
  /** Where to go on. */
  readonly from: number;
}

/** Watching misses changes on some file systems, and a file may appear later, so every file is looked at this often anyway. */
const sweepMs = 500;
const pieceBytes = 1024 * 1024;

/** Runs until aborted. A file that shrinks was cleared: it is read from its beginning. */
export async function followFiles(files: readonly FollowedFile[], onLine: (unit: string, text: string) => void, clock: Clock, signal: AbortSignal): Promise<void> {
  const followers = files.map((file) => ({ ...file, position: file.from, held: "", decoder: new StringDecoder("utf8"), watcher: undefined as FSWatcher | undefined }));
  let wake: (() => void) | undefined;
  signal.addEventListener("abort", () => wake?.(), { once: true });
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      for (const follower of followers) {
        follower.watcher ??= watcherOf(follower.path, () => wake?.());
        for (const text of await newLines(follower)) onLine(follower.unit, text);
      }
      await changedOrSwept(changed, clock);
    }
  } finally {
    for (const follower of followers) {
      follower.watcher?.close();
      if (follower.held !== "") onLine(follower.unit, follower.held);
    }
  }
}

interface Follower {
  readonly path: string;
  position: number;
  /** The beginning of a line whose end is not written yet. */
  held: string;
  decoder: StringDecoder;
}

function watcherOf(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(path, onChange).on("error", onChange);
  } catch {
    // Not there yet, or watches have run out: the sweep sees to it.
    return undefined;
  }
}

async function newLines(follower: Follower): Promise<readonly string[]> {
  const text = await newText(follower).catch(() => "");
  const lines = (follower.held + text).split("\n");
  follower.held = lines.pop() ?? "";
  return lines.map((line) => line.replace(/\r$/, ""));
}

async function newText(follower: Follower): Promise<string> {
  const file = await open(follower.path, "r");
  try {
    const { size } = await file.stat();
    if (size < follower.position) {
      follower.position = 0;
      follower.held = "";
      follower.decoder = new StringDecoder("utf8");
    }
    let text = "";
    while (follower.position < size) {
      const piece = await readRange(file, follower.position, Math.min(size, follower.position + pieceBytes));
      if (piece.length === 0) break;
      follower.position += piece.length;
      text += follower.decoder.write(piece);
    }
    return text;
  } finally {
    await file.close();
  }
}

async function changedOrSwept(changed: Promise<void>, clock: Clock): Promise<void> {
  const sweep = new AbortController();
  await Promise.race([changed, clock.sleep(sweepMs, sweep.signal).catch(() => undefined)]);
  sweep.abort();
}

/** Follows growing logs and hands out whole lines as they arrive. */
import { watch, type FSWatcher } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../host/clock.ts";
import type { LineTimes } from "./log-lines.ts";
import { openStoredLog, type StoredLog } from "./stored-log.ts";

export interface FollowedFile {
  readonly unit: string;
  readonly path: string;
  /** Where to go on. */
  readonly from: number;
}

/** Watching misses changes on some file systems, and a file may appear later or be replaced, so every file is looked at this often anyway. */
const sweepMs = 500;
const blockBytes = 1024 * 1024;

/** `times` are those between which the line became whole. */
export type OnLine = (unit: string, text: string, times: LineTimes) => void;

/** Runs until aborted. A log that shrinks was emptied: it is read from its beginning. */
export async function followFiles(files: readonly FollowedFile[], onLine: OnLine, clock: Clock, signal: AbortSignal): Promise<void> {
  const followers = files.map((file) => createFollower(file, clock.now()));
  let wake: (() => void) | undefined;
  signal.addEventListener("abort", () => wake?.(), { once: true });
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      for (const follower of followers) {
        follower.watcher ??= watcherOf(follower.path, () => wake?.());
        const fromMs = follower.lookedMs;
        follower.lookedMs = clock.now();
        const lines = await newLines(follower);
        for (const text of lines) onLine(follower.unit, text, { fromMs, toMs: clock.now() });
      }
      await changedOrSwept(changed, clock);
    }
  } finally {
    for (const follower of followers) {
      follower.watcher?.close();
      if (follower.held !== "") onLine(follower.unit, follower.held, { fromMs: follower.lookedMs, toMs: clock.now() });
    }
  }
}

interface Follower {
  readonly unit: string;
  readonly path: string;
  position: number;
  lookedMs: number;
  /** The beginning of a line whose end is not written yet. */
  held: string;
  decoder: StringDecoder;
  watcher: FSWatcher | undefined;
}

function createFollower({ unit, path, from }: FollowedFile, lookedMs: number): Follower {
  return { unit, path, position: from, lookedMs, held: "", decoder: new StringDecoder("utf8"), watcher: undefined };
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
  const log = await openStoredLog(follower.path);
  try {
    const { sizeBytes } = log;
    if (sizeBytes < follower.position) beginAnew(follower, 0);
    let text = "";
    while (follower.position < sizeBytes) {
      const block = await log.read(follower.position, Math.min(sizeBytes, follower.position + blockBytes));
      if (block.length === 0 && !(await skipsDropped(follower, log))) break;
      follower.position += block.length;
      text += follower.decoder.write(block);
    }
    return text;
  } finally {
    await log.close();
  }
}

/** What was dropped before it was read is left out. */
async function skipsDropped(follower: Follower, log: StoredLog): Promise<boolean> {
  const present = await log.presentFrom(follower.position);
  if (present === follower.position) return false;
  beginAnew(follower, present);
  return true;
}

function beginAnew(follower: Follower, position: number): void {
  follower.position = position;
  follower.held = "";
  follower.decoder = new StringDecoder("utf8");
}

async function changedOrSwept(changed: Promise<void>, clock: Clock): Promise<void> {
  const sweep = new AbortController();
  await Promise.race([changed, clock.sleep(sweepMs, sweep.signal).catch(() => undefined)]);
  sweep.abort();
}

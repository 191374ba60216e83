/** When a log is rotated: after which growth, and after which trouble. */
import { appendFileSync, chmodSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openLogIndex } from "../../src/engine/log-index-file.ts";
import { createLogPieceFiles } from "../../src/engine/log-piece-files.ts";
import { createLogRotation } from "../../src/engine/log-rotation.ts";
import { systemClock } from "../../src/host/clock.ts";
import { onPath } from "../../src/host/on-path.ts";
import { createHolePuncher } from "../../src/host/punch-hole.ts";
import { runProgram } from "../../src/host/run-program.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

const kilobyte = 1024;
const flood = 1024 * kilobyte;

interface Bench {
  /** The log grows, and so fast; then somebody looks. */
  look(bytes: number, grownBytes: number): void;
  later(ms: number): void;
  readonly moved: () => number;
  /** What the file takes of the disk, KiB. */
  blocks(): number;
  readonly troubles: readonly string[];
}

/** `fallocate` is a program of the test's own. */
function bench(fallocate: string): Bench {
  const path = join(temporaryDirectory(onTestFinished, "rotation"), "api.log");
  writeFileSync(path, "");
  const index = openLogIndex(`${path}.index`, 0);
  const troubles: string[] = [];
  let [nowMs, sizeBytes, moved] = [1000, 0, 0];
  const rotation = createLogRotation({
    path,
    index,
    clock: { ...systemClock, monotonic: () => nowMs },
    keeping: () => ({ maxBytes: 64 * kilobyte, keep: 100 }),
    puncher: createHolePuncher(fallocate, runProgram),
    onRotated: ({ toByte }) => (moved = toByte),
    onTrouble: ({ why }) => troubles.push(why),
  });
  onTestFinished(() => {
    rotation.close();
    index.close();
  });
  return {
    look: (bytes, grownBytes) => {
      appendFileSync(path, `${"x".repeat(1023)}\n`.repeat(bytes / kilobyte));
      sizeBytes += bytes;
      rotation.consider(sizeBytes, grownBytes);
    },
    later: (ms) => (nowMs += ms),
    moved: () => moved,
    blocks: () => statSync(path).blocks / 2,
    troubles,
  };
}

/** Fails with the words in the file beside it, while there is one. */
function troubledFallocate(): { readonly program: string; readonly words: string } {
  const directory = temporaryDirectory(onTestFinished, "fallocate");
  const [program, words] = [join(directory, "fallocate"), join(directory, "words")];
  writeFileSync(program, `#!/bin/sh\nif [ -e ${words} ]; then cat ${words} >&2; exit 1; fi\nexec ${realFallocate} "$@"\n`);
  chmodSync(program, 0o755);
  return { program, words };
}

const realFallocate = onPath("fallocate", process.env) ?? "none";

test("in a flood a log waits, but only a second when it is far too large", async () => {
  const log = bench(realFallocate);
  log.look(200 * kilobyte, flood);
  log.later(1500);
  log.look(0, flood);
  expect(log.moved()).toBe(0);
  log.look(100 * kilobyte, flood);
  expect(await eventually(() => log.moved() || undefined, "the rotation")).toBe(256 * kilobyte);
});

test("a full disk is told, and tried again when some time has passed", async () => {
  const { program, words } = troubledFallocate();
  writeFileSync(words, "fallocate: fallocate failed: No space left on device\n");
  const log = bench(program);
  log.look(100 * kilobyte, 0);
  await eventually(() => log.troubles.length > 0, "the trouble");
  rmSync(words);
  log.look(0, 0);
  log.later(6000);
  await eventually(() => {
    log.look(0, 0);
    return log.moved() > 0;
  }, "the rotation");
  expect(log.troubles).toEqual(["fallocate: fallocate failed: No space left on device"]);
});

test("what is in pieces already is given back to the disk later, when that failed at first", async () => {
  const { program, words } = troubledFallocate();
  const log = bench(program);
  log.look(100 * kilobyte, 0);
  await eventually(() => log.moved() > 0, "the first rotation");
  await eventually(() => log.blocks() < 100, "the hole");
  writeFileSync(words, "fallocate: fallocate failed: Cannot allocate memory\n");
  await eventually(() => {
    log.look(kilobyte, 0);
    return log.troubles.length > 0;
  }, "the trouble");
  rmSync(words);
  log.later(6000);
  await eventually(() => {
    log.look(0, 0);
    return log.blocks() < 64;
  }, "the second hole");
});

test("a file system that cannot make holes is not asked again", async () => {
  const { program, words } = troubledFallocate();
  writeFileSync(words, "fallocate: fallocate failed: Operation not supported\n");
  const log = bench(program);
  log.look(100 * kilobyte, 0);
  await eventually(() => log.troubles.length > 0, "the trouble");
  rmSync(words);
  log.later(3_600_000);
  log.look(100 * kilobyte, 0);
  // Asked later than this one, it is done: so this one would have been.
  const other = bench(program);
  other.look(100 * kilobyte, 0);
  await eventually(() => other.moved() > 0, "the other's rotation");
  expect(log.moved()).toBe(0);
  expect(log.troubles).toHaveLength(1);
});

test("who is told to stop while a piece is made takes none away from whoever keeps the log next", async () => {
  const path = join(temporaryDirectory(onTestFinished, "pieces"), "api.log");
  writeFileSync(path, "x".repeat(64 * kilobyte));
  const index = openLogIndex(`${path}.index`, 0);
  onTestFinished(() => index.close());
  const piece = { start: 0, end: 64 * kilobyte };
  const stop = new AbortController();
  const made = createLogPieceFiles(path, index).add(piece, stop.signal).catch(() => undefined);
  // Looked for without a turn in between: nobody has heard yet that it has its name.
  const hasAppeared = (): boolean => {
    for (const until = performance.now() + 5; performance.now() < until; ) if (existsSync(`${path}.0-${piece.end}`)) return true;
    return false;
  };
  while (!hasAppeared()) await turn();
  stop.abort();
  const next = createLogPieceFiles(path, index);
  await made;
  expect(next.list()).toEqual([piece]);
  expect(existsSync(`${path}.0-${piece.end}`)).toBe(true);
});

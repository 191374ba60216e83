import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { payloadSweep } from "../../src/host/payload.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const minuteMs = 60_000;

test("values that nobody fetched go away while the daemon lives, and not only when the next one begins", () => {
  const directory = temporaryDirectory(onTestFinished, "payloads");
  const [old, young] = [join(directory, "old"), join(directory, "young")];
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  const write = (path: string): void => {
    writeFileSync(path, "");
    utimesSync(path, nowMs / 1000, nowMs / 1000);
  };
  const sweep = payloadSweep(directory, { now: () => nowMs });
  write(old);
  nowMs += 55 * minuteMs;
  write(young);
  sweep();
  nowMs += 6 * minuteMs;
  sweep();
  expect([old, young].map((path) => existsSync(path))).toEqual([true, true]);
  nowMs += 6 * minuteMs;
  sweep();
  expect([old, young].map((path) => existsSync(path))).toEqual([false, true]);
});

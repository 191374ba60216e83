import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLogSink, type LogPlace } from "../../src/engine/containers/log-sink.ts";
import type { LogEntry } from "../../src/host/container-engine.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const line = (number: number): LogEntry => ({ stream: "stdout", bytes: Buffer.from(`line ${number}\n`), position: { time: `t${number}`, entries: 1 } });

function place(containerId = "one"): LogPlace {
  const directory = temporaryDirectory(onTestFinished, "sink");
  return { logPath: join(directory, "web.log"), positionPath: join(directory, "position"), containerId };
}

test("it goes on where it was closed", () => {
  const there = place();
  const first = openLogSink(there);
  first.write(line(1));
  first.close();
  const second = openLogSink(there);
  expect(second.from).toEqual({ time: "t1", entries: 1 });
  second.write(line(2));
  second.close();
  expect(readFileSync(there.logPath, "utf8")).toBe("line 1\nline 2\n");
});

test("what was written after the position was kept, even half a line, is not written again", () => {
  const there = place();
  const first = openLogSink(there);
  first.write(line(1));
  first.close();
  // As a daemon that was killed between both leaves it.
  appendFileSync(there.logPath, "line 2\nlin");
  const second = openLogSink(there);
  for (const number of [2, 3, 4]) second.write(line(number));
  second.close();
  expect(readFileSync(there.logPath, "utf8")).toBe("line 1\nline 2\nline 3\nline 4\n");
});

test("another container begins from its beginning, behind what is there", () => {
  const there = place();
  writeFileSync(there.logPath, "prepared\n");
  const first = openLogSink(there);
  first.write(line(1));
  first.close();
  const other = openLogSink({ ...there, containerId: "other" });
  expect(other.from).toBeUndefined();
  other.write(line(1));
  other.close();
  expect(readFileSync(there.logPath, "utf8")).toBe("prepared\nline 1\nline 1\n");
});

test("a file that cannot be written is told, and nothing counts as written", () => {
  const there = place();
  const sink = openLogSink({ ...there, logPath: join(there.logPath, "not/there") });
  sink.write(line(1));
  sink.close();
  expect(sink.failed.aborted).toBe(true);
  expect(openLogSink(there).from).toBeUndefined();
});

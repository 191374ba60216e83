/** The times between which a log grew: one interval ends where the next one begins. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchLog } from "../../src/engine/log-watch.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { LogLook } from "../../src/model/log-index.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

/** Looks at a log that grows once in between, while the clock says these times, and the last one from then on. */
function looksAt(times: readonly number[]): readonly LogLook[] {
  const path = join(temporaryDirectory(onTestFinished, "log-watch"), "unit.log");
  writeFileSync(path, "one\n");
  const left = [...times];
  const looks: LogLook[] = [];
  const watched = watchLog(path, { ...systemClock, now: () => (left.length > 1 ? left.shift() : left[0]) ?? 0 }, (look) => looks.push(look) > 0);
  appendFileSync(path, "two\n");
  watched.close();
  return looks;
}

test("a look that the clock ticked in is repeated, and intervals share nothing", () => {
  expect(looksAt([0, 1, 2, 3, 3, 9])).toEqual([{ sizeBytes: 4, sinceMs: 0, nowMs: 3 }, { sizeBytes: 8, sinceMs: 3, nowMs: 9 }]);
});

test("where every look takes time, intervals share the look between them and no more", () => {
  const times = Array.from({ length: 21 }, (_, index) => index);
  expect(looksAt(times)).toEqual([{ sizeBytes: 4, sinceMs: 0, nowMs: 10 }, { sizeBytes: 8, sinceMs: 9, nowMs: 20 }]);
});

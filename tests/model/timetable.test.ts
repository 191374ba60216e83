import { expect, test } from "vitest";
import { atOf, dueNow, durationMs, everyOf, nextDueMs, type Timetable } from "../../src/model/timetable.ts";

/** In whatever time zone the test runs. */
const local = (text: string): number => new Date(text).getTime();
const told = (ms: number): string => {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
};
const every = everyOf("10m") as Timetable;
const daily = atOf("03:00") as Timetable;

test("every: it is due one round after it was last done; what was missed is done once, and the rounds stay where they were", () => {
  expect(nextDueMs(every, 0)).toBe(600_000);
  expect(dueNow(every, 0, 599_999)).toEqual({ isDue: false, sinceMs: 0, nextMs: 600_000 });
  expect(dueNow(every, 0, 600_000)).toEqual({ isDue: true, sinceMs: 600_000, nextMs: 1_200_000 });
  expect(dueNow(every, 0, 3_000_001)).toEqual({ isDue: true, sinceMs: 3_000_000, nextMs: 3_600_000 });
});

test("at: the next such time of day, on such a day; what was missed for a week is done once", () => {
  expect(told(nextDueMs(daily, local("2026-11-21T02:59:59")))).toBe("2026-11-21T03:00");
  expect(told(nextDueMs(daily, local("2026-11-21T03:00:00")))).toBe("2026-11-22T03:00");
  expect(told(nextDueMs(atOf(["mon,fri 9:30", "sat 12:00"]) as Timetable, local("2026-11-21T12:00:00")))).toBe("2026-11-23T09:30");
  const missed = dueNow(daily, local("2026-11-14T03:00:00"), local("2026-11-21T17:00:00"));
  expect([missed.isDue, told(missed.sinceMs), told(missed.nextMs)]).toEqual([true, "2026-11-21T03:00", "2026-11-22T03:00"]);
  expect(dueNow(daily, missed.sinceMs, local("2026-11-21T17:00:01")).isDue).toBe(false);
});

test("a clock that was put back leaves nothing waiting for longer than one round", () => {
  expect(dueNow(every, 10_000_000, 5_000_000)).toEqual({ isDue: false, sinceMs: 5_000_000, nextMs: 5_600_000 });
});

test.each([[90, 90_000], ["90s", 90_000], ["1.5h", 5_400_000], ["2d", 172_800_000], ["soon", undefined], ["-3s", undefined], [0, undefined], [null, undefined]])("%j is a duration of %j ms", (value, ms) => {
  expect(durationMs(value)).toBe(ms);
});

test.each(["24:00", "3", "noday 03:00", "", 3, [], ["03:00", "x"]])("%j is no time of day", (value) => {
  expect(atOf(value)).toBeUndefined();
});

test("nothing is repeated more often than once a second", () => {
  expect([everyOf("200ms"), everyOf("1s")]).toEqual([undefined, { kind: "every", everyMs: 1000 }]);
});

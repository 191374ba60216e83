/** How far long work is, on the row of its unit or in the first line. */
import { expect, test } from "vitest";
import type { Event, EventBody } from "../../../src/model/events.ts";
import { notesAfter, progressWords, type ProgressNotes } from "../../../src/ui/dashboard/progress-notes.ts";
import { nowMs, placeAt, screenText, worldOf } from "./specimen.ts";

const mebibyte = 1024 ** 2;

function after(bodies: readonly EventBody[]): ProgressNotes {
  const events = bodies.map((body, second): Event => ({ ...body, seq: 0, runId: "run-1", at: new Date(nowMs + second * 1000).toISOString() }));
  return events.reduce<ProgressNotes>(notesAfter, new Map());
}

const copied = (done: number): EventBody => ({ type: "progress", unitId: "Main/postgres", text: "copying Main/postgres", done: done * mebibyte, total: 100 * mebibyte });
const words = (...bodies: readonly EventBody[]): Readonly<Record<string, string>> => progressWords(after(bodies));

test("the share comes first, then how long it will still take, and nothing is left once it is done", () => {
  expect(words(copied(0))).toEqual({ "Main/postgres": "0 %: copying Main/postgres" });
  expect(words(copied(0), copied(10), copied(20))).toEqual({ "Main/postgres": "20 %, about 8s left: copying Main/postgres" });
  expect(words(copied(0), copied(100))).toEqual({});
});

test("words stay until the unit tells something else, or what was asked for has ended", () => {
  const creating: EventBody = { type: "progress", unitId: "feature/postgres", text: "creating the database app_feature, which took 12 s the last time" };
  expect(words(creating, copied(0))).toMatchObject({ "feature/postgres": "creating the database app_feature, which took 12 s the last time" });
  expect(words(creating, { type: "unit_span", unitId: "feature/postgres", span: "ready", durationMs: 1 })).toEqual({});
  expect(words(creating, copied(0), { type: "intent_finished", intentId: "i", intent: "start", ok: true, durationMs: 1 })).toEqual({});
});

test("it stands on the row of its unit, and in the first line where there is no such row", () => {
  const screen = screenText(worldOf(undefined, { progress: progressWords(after([copied(0), copied(20)])), work: ["start everything"] }), placeAt("Main"), 120);
  expect(screen).toMatch(/postgres +● healthy.*20 %, about 4s left: cop/);
  const first = screenText(worldOf(undefined, { progress: { "Main/redis": "40 %: fetching Redis" }, work: ["start everything"] }), placeAt("Main"), 120).split("\n")[0];
  expect(first).toContain("start everything, Main/redis: 40 %: fetching Redis…");
});

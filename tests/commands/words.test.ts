/** The pure parts of what is shown: status words, tables, ages, links. */
import { describe, expect, test } from "vitest";
import type { UnitTruth } from "../../src/model/facts.ts";
import type { Lifecycle } from "../../src/model/lifecycle.ts";
import type { Event } from "../../src/model/events.ts";
import { eventLine } from "../../src/ui/event-line.ts";
import { progressEstimate } from "../../src/ui/progress-estimate.ts";
import { progressSieve } from "../../src/ui/progress-sieve.ts";
import { byteSize, duration } from "../../src/ui/age.ts";
import { statusGrade, statusWord } from "../../src/ui/status-word.ts";
import { linked, toned } from "../../src/ui/style.ts";
import { table } from "../../src/ui/table.ts";
import { alive, dead, handle, unitSpec } from "./shop-run.ts";

const at = "2026-11-21T07:00:00.000Z";
const failure = { reason: "internal", message: "" } as const;
const exit = { kind: "unknown" } as const;
const unknown: UnitTruth = { state: "unknown", because: "" };
const up = { at, handle: handle(1) };

const lives: readonly (readonly [string, Lifecycle, UnitTruth | undefined, string, string])[] = [
  ["planned", { status: "planned", at }, undefined, "starting", "starting"],
  ["preparing", { status: "preparing", at, step: "x" }, dead, "starting", "starting"],
  ["starting", { status: "starting", at }, dead, "starting", "starting"],
  ["started, alive", { status: "started", ...up }, alive(1), "starting", "starting"],
  ["started, dead", { status: "started", ...up }, dead, "stale", "unhealthy"],
  ["ready, alive", { status: "ready", ...up, startupMs: 1, evidence: "" }, alive(1), "running", "healthy"],
  ["ready, not listening", { status: "ready", ...up, startupMs: 1, evidence: "" }, alive(1, false), "unreachable", "unreachable"],
  ["unhealthy, alive", { status: "unhealthy", ...up, failure }, alive(1), "unhealthy", "unhealthy"],
  ["unhealthy, dead", { status: "unhealthy", ...up, failure }, dead, "stale", "unhealthy"],
  ["ready, dead", { status: "ready", ...up, startupMs: 1, evidence: "" }, dead, "stale", "unhealthy"],
  ["ready, not to be judged", { status: "ready", ...up, startupMs: 1, evidence: "" }, unknown, "unknown", "unknown"],
  ["ready, not looked at", { status: "ready", ...up, startupMs: 1, evidence: "" }, undefined, "unknown", "unknown"],
  ["stopping, alive", { status: "stopping", ...up }, alive(1), "stopping", "stopping"],
  ["stopping, dead", { status: "stopping", ...up }, dead, "stopped", "stopped"],
  ["stopped", { status: "stopped", at, exit, killed: [] }, dead, "stopped", "stopped"],
  ["failed", { status: "failed", at, failure }, dead, "failed", "unhealthy"],
  ["failed, yet listening", { status: "failed", at, failure, handle: handle(1) }, alive(1), "degraded", "unhealthy"],
  ["failed to stop, alive", { status: "failed", at, failure: { reason: "stop_failed", message: "" }, handle: handle(1) }, alive(1), "termination_failed", "termination_failed"],
  ["blocked", { status: "blocked", at, failure }, undefined, "blocked", "unhealthy"],
];

describe("the word for a unit", () => {
  test.each(lives)("%s", (_name, life, truth, service, requirement) => {
    const spec = unitSpec("/", "Main", "x", { ports: [1] });
    expect(statusWord({ spec, life, isWanted: true }, truth)).toBe(service);
    expect(statusWord({ spec: { ...spec, kind: "requirement" }, life, isWanted: true }, truth)).toBe(requirement);
  });

  test("a unit without a port cannot be unreachable", () => {
    expect(statusWord({ spec: unitSpec("/", "Main", "x"), life: { status: "ready", ...up, startupMs: 1, evidence: "" }, isWanted: true }, alive(1, false))).toBe("running");
  });

  test("what was never started of a run that ended is stopped", () => {
    const unit = { spec: unitSpec("/", "Main", "x"), life: { status: "planned", at } as const, isWanted: true };
    expect(statusWord(unit, undefined, { stoppedAt: at })).toBe("stopped");
    expect(statusWord({ ...unit, isWanted: false }, undefined)).toBe("stopped");
  });

  test("only words for a working unit are graded ok", () => {
    expect(lives.filter(([, , , service]) => statusGrade(service as "running") === "ok").map(([name]) => name)).toEqual(["ready, alive"]);
  });
});

describe("text", () => {
  const screen = { hasColor: true, hasLinks: true };

  test("columns stay aligned with colour, links and wide letters", () => {
    const rows = [[toned("ok", "good", screen), "1"], [linked("link", "http://x", screen), "2"], ["日本", "3"], ["é\u0301", "4"]];
    const plain = table(["A", "B"], rows).map((line) => line.replaceAll(/\u001b\[[0-9;]*m|\u001b\]8;;.*?\u001b\\/g, ""));
    expect(plain).toEqual(["A     B", "ok    1", "link  2", "日本  3", "é\u0301     4"]);
  });

  test("nothing is added to a plain screen", () => {
    const plain = { hasColor: false, hasLinks: false };
    expect([toned("x", "bad", plain), linked("x", "http://x", plain)]).toEqual(["x", "x"]);
  });

  test("durations and sizes are short", () => {
    expect([0, 420, 3240, 7000, 200_000, 7_500_000, 90_000_000, -5].map(duration)).toEqual(["0 ms", "420 ms", "3.2s", "7s", "3m 20s", "2h 5m", "1d 1h", "0 ms"]);
    expect([0, 1023, 1536, 20 * 1024 * 1024].map(byteSize)).toEqual(["0 B", "1023 B", "1.5 KiB", "20 MiB"]);
  });
});

test("a step says how long it took the last time, where that was worth a word", () => {
  const preparing = (lastMs?: number): Event => ({ type: "unit_preparing", unitId: "Main/api", step: "install", seq: 1, at, runId: "r", ...(lastMs === undefined ? {} : { lastMs }) });
  expect([undefined, 400, 12_000].map((lastMs) => eventLine(preparing(lastMs)))).toEqual([
    "… Main/api                 preparing: install",
    "… Main/api                 preparing: install",
    "… Main/api                 preparing: install, which took 12s the last time",
  ]);
});

test("progress tells how far it is and how long it will still take; bars are for terminals", () => {
  const remaining = progressEstimate();
  const event = (seconds: number, done: number): Event => ({ type: "progress", unitId: "Main/postgres", text: "fetching", done: done * 1024 ** 2, total: 100 * 1024 ** 2, seq: 0, at: new Date(Date.parse(at) + seconds * 1000).toISOString(), runId: "r" });
  const told = [event(0, 0), event(0.1, 5), event(2, 20), event(10, 100)].map((one) => {
    const remainingMs = remaining(one);
    return eventLine(one, { hasBars: false, ...(remainingMs === undefined ? {} : { remainingMs }) });
  });
  expect(told).toEqual([
    "… Main/postgres            fetching: 0 %, 0.0 of 100.0 MiB",
    "… Main/postgres            fetching: 5 %, 5.0 of 100.0 MiB",
    "… Main/postgres            fetching: 20 %, 20.0 of 100.0 MiB, about 8s left",
    "… Main/postgres            fetching: 100 %, 100.0 of 100.0 MiB",
  ]);
  expect(eventLine(event(2, 20), { hasBars: true, remainingMs: 8000 })).toBe("… Main/postgres            fetching: [####----------------] 20.0 of 100.0 MiB, about 8s left");
});

test("progress is worth a line at every tenth", () => {
  const isNews = progressSieve();
  const event = (done: number): Event => ({ type: "progress", text: "fetching", done, total: 100, seq: 0, at, runId: "r" });
  expect(Array.from({ length: 101 }, (_, done) => done).filter((done) => isNews(event(done)))).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  expect(isNews({ type: "warning", code: "x", message: "x", seq: 1, at, runId: "r" })).toBe(true);
});

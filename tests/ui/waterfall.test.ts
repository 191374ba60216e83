/** The waterfall of a start: when every part began and ended, live and as a picture. */
import { describe, expect, test } from "vitest";
import type { Event, EventBody } from "../../src/model/events.ts";
import { healthAfter, healthOf, healthShares, sparkline } from "../../src/ui/dashboard/health-history.ts";
import { newestStart, waterfallAfter, waterfallOf } from "../../src/ui/waterfall.ts";
import { waterfallSvg } from "../../src/ui/waterfall-svg.ts";
import { handle } from "../model/specimen.ts";

function at(ms: number, body: EventBody): Event {
  return { ...body, seq: ms, at: new Date(ms).toISOString(), runId: "run-1" };
}

const [db, api] = ["Main/postgres", "Main/api"];
const start = [
  at(1000, { type: "unit_starting", unitId: db, mark: "m", logPath: "/l", environmentId: "e" }),
  at(1100, { type: "unit_span", unitId: db, span: "data directory", durationMs: 300 }),
  at(1200, { type: "unit_started", unitId: db, handle }),
  at(1500, { type: "unit_ready", unitId: db, handle, startupMs: 500, evidence: "answered" }),
  at(1600, { type: "unit_preparing", unitId: api, step: "install" }),
  at(2600, { type: "unit_prepared", unitId: api, step: "install", inputsHash: "h", skipped: false, durationMs: 1000 }),
  at(2600, { type: "unit_starting", unitId: api, mark: "m", logPath: "/l", environmentId: "e" }),
];

describe("the waterfall", () => {
  test("has a row for each unit from the first thing done for it, told of late or at once", () => {
    const rows = newestStart(waterfallOf(start));
    expect(rows.map(({ unitId, startMs, endMs, outcome }) => ({ unitId, startMs, endMs, outcome }))).toEqual([
      { unitId: db, startMs: 800, endMs: 1500, outcome: "ready" },
      { unitId: api, startMs: 1600, endMs: undefined, outcome: "running" },
    ]);
    expect(rows[0]?.spans).toEqual([{ name: "data directory", startMs: 800, endMs: 1100 }, { name: "start", startMs: 1000, endMs: 1200 }, { name: "ready", startMs: 1200, endMs: 1500 }]);
  });

  test("is the same event by event as at once", () => {
    expect(start.reduce(waterfallAfter, new Map())).toEqual(waterfallOf(start));
  });

  test("begins anew with the next start of a unit, and shows the newest start alone", () => {
    const later = [at(900_000, { type: "unit_starting", unitId: api, mark: "m", logPath: "/l", environmentId: "e" }), at(900_400, { type: "unit_failed", unitId: api, failure: { reason: "process_exited", message: "it ended" } })];
    const rows = newestStart(waterfallOf([...start, at(2900, { type: "unit_ready", unitId: api, handle, startupMs: 300, evidence: "" }), ...later]));
    expect(rows).toEqual([{ unitId: api, startMs: 900_000, endMs: 900_400, outcome: "failed", spans: [{ name: "start", startMs: 900_000, endMs: 900_400 }] }]);
  });

  test("is a picture whose names cannot break out of it", () => {
    const svg = waterfallSvg(newestStart(waterfallOf([...start, at(2700, { type: "unit_preparing", unitId: api, step: '<script>"' })])), 3000);
    expect(svg).toContain('aria-label="Start of 2 units in 2.2s"');
    expect(svg).toContain("<title>Main/postgres data directory: 300 ms</title>");
    expect(svg).not.toContain("<script>");
    expect(waterfallSvg([], 0)).toBe("");
  });
});

test("health is the lowest share of each interval, and one bar each", () => {
  const events = [start[3], at(5000, { type: "unit_ready", unitId: api, handle, startupMs: 1, evidence: "" }), at(7500, { type: "unit_crashed", unitId: api, exit: { kind: "code", code: 1 }, failure: { reason: "process_exited", message: "" } }), at(7600, { type: "unit_recovered", unitId: api, handle, evidence: "" })];
  const { marks = [] } = events.flatMap((event) => event ?? []).reduce(healthAfter, {})["Main"] ?? {};
  const gone = [...events, at(7700, { type: "unit_forgotten", unitId: db, because: "" })];
  expect(healthOf(gone.flatMap((event) => event ?? []))).toEqual(gone.flatMap((event) => event ?? []).reduce(healthAfter, {}));
  expect(healthShares(marks, 10_000, 5, 2000)).toEqual([1, 1, 1, 0.5, 1]);
  expect(healthShares(marks, 1000, 5, 2000)).toEqual([]);
  expect(sparkline([0, 0.5, 1])).toBe("▁▅█");
});

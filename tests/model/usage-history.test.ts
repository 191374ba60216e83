/** What a run used over its time: every moment of it, in a file that does not grow. */
import { array, assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { UnitFigures } from "../../src/model/figures.ts";
import { emptyUsage, usageOf, withUsage, type UsageHistory } from "../../src/model/usage-history.ts";

const figures = (cpu: number | null, memory_bytes: number): UnitFigures => ({ pid: 1, cpu, memory_bytes, fds: 3, processes: 1, uptime_ms: 1 });
const begun = 1_795_244_400_000;

/** A history of samples of one unit, so many seconds after the beginning. */
function history(samples: readonly (readonly [second: number, cpu: number | null, bytes: number])[]): UsageHistory {
  return samples.reduce((so, [second, cpu, bytes]) => withUsage(so, begun + second * 1000, { "Main/api": figures(cpu, bytes) }), emptyUsage("run-1"));
}

const points = (samples: Parameters<typeof history>[0]): unknown => history(samples).units["Main/api"]?.map(([atMs, cpu, bytes]) => [(atMs - begun) / 1000, cpu, bytes]);

describe("usage over time", () => {
  test("has the most of every step, and nothing for a time in which nothing was measured", () => {
    expect(points([[0, null, 10], [2, 0.5, 30], [4, 0.25, 20], [7, 0.1234567, 5], [31, 1, 7]])).toEqual([[0, 0.5, 30], [5, 0.123, 5], [30, 1, 7]]);
  });

  test("gets coarser as it gets longer, and no peak is lost", () => {
    const day = Array.from({ length: 17_280 }, (_, index) => [index * 5, 0.1, index === 9000 ? 4711 : 100] as const);
    const { step_ms, units } = history(day);
    expect([step_ms, units["Main/api"]?.length]).toEqual([1_280_000, expect.toSatisfy((length: number) => length > 50 && length <= 120)]);
    expect(Math.max(...(units["Main/api"] ?? []).map(([, , bytes]) => bytes))).toBe(4711);
    expect(JSON.stringify(units).length).toBeLessThan(6000);
  });

  test("stays in its bound whatever the clock does, and with units that come and go", () => {
    assert(property(array(integer({ min: 0, max: 100_000 }), { maxLength: 300 }), (seconds) => {
      expect(history(seconds.map((second) => [second, 1, 1])).units["Main/api"]?.length ?? 0).toBeLessThanOrEqual(120);
    }), { numRuns: 30 });
    const many = Array.from({ length: 500 }, (_, index) => `Main/u${index}`).reduce((so, unitId) => withUsage(so, begun, { [unitId]: figures(1, 1) }), emptyUsage("run-1"));
    expect([Object.keys(many.units).length, Object.keys(many.units).at(-1)]).toEqual([200, "Main/u499"]);
  });

  test("of another run, another version or no file at all is none", () => {
    const kept = history([[0, 1, 1]]);
    expect([kept, { ...kept, schema_version: 2 }, { ...kept, run_id: "run-2" }, undefined, "x", null].map((value) => usageOf(value, "run-1"))).toEqual([kept, ...Array.from({ length: 5 })]);
  });
});

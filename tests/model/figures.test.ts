import { array, assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { currentFigures, nextCpuSample, type CpuSample, type Figures } from "../../src/model/figures.ts";

/** The samples that follow each other, from processor times by process; `everyMs` apart. */
function shares(samples: readonly Readonly<Record<string, number>>[], everyMs = 1000): readonly (number | undefined)[] {
  let sample: CpuSample | undefined;
  return samples.map((spent, index) => {
    sample = nextCpuSample(sample, new Map(Object.entries(spent)), index * everyMs);
    return sample.share;
  });
}

describe("the share of a core", () => {
  test("needs two samples, and is the processor time between them", () => {
    expect(shares([{ a: 5000 }, { a: 5250 }])).toEqual([undefined, 0.25]);
    expect(shares([{ a: 5000, b: 0 }, { a: 6000, b: 500 }])).toEqual([undefined, 1.5]);
  });

  test("counts a process that began in between from its start, and none that ended", () => {
    expect(shares([{ a: 100 }, { a: 100, b: 300 }])).toEqual([undefined, 0.3]);
    expect(shares([{ a: 100, b: 90_000 }, { a: 200 }])).toEqual([undefined, 0.1]);
  });

  test("follows a lasting change within seconds, and a spike only a little", () => {
    const busy = shares([{ a: 0 }, { a: 0 }, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => ({ a: second * 1000 }))]);
    expect(busy.at(-1)).toBeGreaterThan(0.9);
    expect(shares([{ a: 0 }, { a: 0 }, { a: 1000 }, { a: 1000 }]).at(-1)).toBeLessThan(0.3);
  });

  test("of two samples in one moment is that of the first", () => {
    expect(shares([{ a: 0 }, { a: 10 }], 0)).toEqual([undefined, undefined]);
  });

  test("stays between the least and the most that was used", () => {
    assert(property(array(integer({ min: 0, max: 4000 }), { minLength: 2, maxLength: 40 }), (used) => {
      let total = 0;
      const seen = shares([{ a: 0 }, ...used.map((one) => ({ a: (total += one) }))]).slice(1);
      for (const share of seen) {
        expect(share).toBeGreaterThanOrEqual(Math.min(...used) / 1000 - 1e-9);
        expect(share).toBeLessThanOrEqual(Math.max(...used) / 1000 + 1e-9);
      }
    }));
  });
});

describe("published figures", () => {
  const figures: Figures = { schema_version: 1, at: "2026-11-21T07:00:00.000Z", period_ms: 5000, daemon: { pid: 1, startTime: "1", bootId: "b", pidNamespace: "n" }, units: {} };
  const at = Date.parse(figures.at);
  const seen = (value: unknown, afterMs: number, isAlive = true) => currentFigures(value, at + afterMs, () => isAlive);

  test("are current for three periods, while their daemon lives", () => {
    expect(seen(figures, 0)).toBe(figures);
    expect(seen(figures, 15_000)).toBe(figures);
    expect(seen(figures, 15_001)).toBeUndefined();
    expect(seen({ ...figures, period_ms: 1000 }, 3001)).toBeUndefined();
    expect(seen(figures, 0, false)).toBeUndefined();
  });

  test("of a time to come are none, so that a clock set back does not keep old ones", () => {
    expect(seen(figures, -3_600_000)).toBeUndefined();
  });

  test.each([[undefined], [null], ["text"], [{}], [{ ...figures, schema_version: 2 }], [[]]])("are none in a file that holds %j", (value) => {
    expect(seen(value, 0)).toBeUndefined();
  });
});

import { array, assert, boolean, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { excessText, judgeLimits, type Excess, type Measured, type Standings } from "../../src/model/limits.ts";
import type { Limits } from "../../src/model/supervision.ts";

const limits: Limits = { memoryBytes: 1000, cpuShare: 0.75, fds: 10, connections: 1, onLimit: "warn" };

/** Plays samples that are `everyMs` apart on a virtual clock; what was told, with the number of the sample. */
function told(samples: readonly Measured[], everyMs = 1000): readonly (Excess & { readonly at: number })[] {
  let standings: Standings = {};
  return samples.flatMap((measured, at) => {
    const judged = judgeLimits(standings, limits, measured, at * everyMs);
    ({ standings } = judged);
    return judged.excesses.map((excess) => ({ ...excess, at }));
  });
}

const memory = (...values: readonly number[]): readonly Measured[] => values.map((value) => ({ memory: value }));
const cpu = (...values: readonly number[]): readonly Measured[] => values.map((value) => ({ cpu: value }));
const values = array(integer({ min: 0, max: 2000 }), { maxLength: 60 });

describe("a limit", () => {
  test("of memory counts from the second sample above it, and is told once", () => {
    expect(told(memory(500, 1100, 1200, 1300, 1400))).toEqual([{ limit: "memory", measured: 1200, allowed: 1000, at: 2 }]);
  });

  test("is told again only when it was well below in between", () => {
    expect(told(memory(1100, 1100, 950, 1100, 1100)).map(({ at }) => at)).toEqual([1]);
    expect(told(memory(1100, 1100, 900, 1100, 1100)).map(({ at }) => at)).toEqual([1, 4]);
  });

  test("may be reached but not passed", () => {
    expect(told(memory(1000, 1000, 1000))).toEqual([]);
    expect(told([{ connections: 1 }, { connections: 1 }, { fds: 10 }, { fds: 10 }])).toEqual([]);
  });

  test("of the processor counts after three seconds, however often it is looked at", () => {
    expect(told(cpu(1, 1, 1, 1, 1)).map(({ at }) => at)).toEqual([3]);
    expect(told(cpu(1, 1, 1), 5000).map(({ at }) => at)).toEqual([1]);
    expect(told(cpu(...Array.from({ length: 30 }, () => 1)), 100)).toEqual([]);
    expect(told(cpu(1, 1, 1, 0.7, 1, 1, 1, 0.7))).toEqual([]);
  });

  test("says nothing of what is not known, and forgets nothing for it", () => {
    expect(told([{ memory: 1100 }, {}, { memory: 1100 }]).map(({ at }) => at)).toEqual([2]);
    expect(told([{ fds: 99 }, { fds: 99 }, {}, { fds: 99 }])).toHaveLength(1);
  });

  test("that is not set is never passed", () => {
    expect(judgeLimits({}, { onLimit: "kill" }, { memory: 1e12, cpu: 99, fds: 1e6, connections: 1e6 }, 0)).toEqual({ standings: {}, excesses: [] });
  });
});

describe("whatever is measured", () => {
  test("a spike of one sample is never told", () => {
    assert(property(values, (samples) => {
      const spikes = samples.flatMap((value) => [value, 0]);
      expect(told(memory(...spikes))).toEqual([]);
    }));
  });

  test("what is told is over the limit, and was in the sample before", () => {
    assert(property(values, (samples) => {
      for (const { at, measured } of told(memory(...samples))) {
        expect(measured).toBeGreaterThan(1000);
        expect(samples[at - 1]).toBeGreaterThan(1000);
      }
    }));
  });

  test("between two tellings it was well below, and two samples above are told", () => {
    assert(property(values, (samples) => {
      const at = told(memory(...samples)).map((one) => one.at);
      at.slice(1).forEach((second, index) => expect(samples.slice(at[index], second).some((value) => value <= 900)).toBe(true));
      const firstPair = samples.findIndex((value, index) => index > 0 && value > 1000 && (samples[index - 1] ?? 0) > 1000);
      expect(at[0] ?? -1).toBe(firstPair);
    }));
  });

  test("the processor is told exactly when it was over for three seconds on end", () => {
    assert(property(array(boolean(), { maxLength: 60 }), integer({ min: 200, max: 6000 }), (over, everyMs) => {
      const first = over.findIndex((_one, at) => {
        const since = over.lastIndexOf(false, at) + 1;
        return at > since && (at - since) * everyMs >= 3000;
      });
      expect(told(cpu(...over.map((one) => (one ? 1 : 0))), everyMs)[0]?.at ?? -1).toBe(first);
    }));
  });
});

test("an excess is told in the unit a person uses", () => {
  expect(excessText({ limit: "memory", measured: 642_000_000, allowed: 512 * 2 ** 20 })).toBe("612.3 MiB memory of 512.0 MiB");
  expect(excessText({ limit: "cpu", measured: 1.6, allowed: 0.75 })).toBe("160% CPU of 75%");
  expect(excessText({ limit: "fds", measured: 300, allowed: 256 })).toBe("300 file descriptors of 256");
});

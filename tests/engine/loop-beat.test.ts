import { describe, expect, test } from "vitest";
import { judgePulse, type Pulse, type Verdict } from "../../src/engine/executors/loop-beat.ts";

const limits = { lagMs: 500, blockedMs: 5000, calmMs: 10_000 };

/** Verdicts other than fine after looks `[beat, elapsed ms]`. */
function verdicts(looks: readonly (readonly [number, number])[]): readonly Verdict[] {
  let pulse: Pulse = { beat: 0, quietMs: 0 };
  return looks.flatMap(([beat, elapsedMs]) => {
    const judged = judgePulse(pulse, beat, elapsedMs, limits);
    pulse = judged.pulse;
    return judged.verdict.kind === "fine" ? [] : [judged.verdict];
  });
}

describe("the heartbeat of the loop", () => {
  test("may be late by less than the limit", () => {
    expect(verdicts([[1, 100], [1, 300], [2, 199], [3, 499]])).toEqual([]);
  });

  test("is told when it was late, once it is back", () => {
    expect(verdicts([[1, 100], [1, 400], [1, 300], [2, 50]])).toEqual([{ kind: "lag", lagMs: 750 }]);
  });

  test("is told once for pauses close to each other, and again after a calm", () => {
    expect(verdicts([[1, 600], [2, 700], [3, 400], [4, 600]])).toEqual([{ kind: "lag", lagMs: 600 }]);
    expect(verdicts([[1, 600], ...Array.from({ length: 50 }, (_, index) => [index + 2, 200] as const), [60, 800]])).toEqual([{ kind: "lag", lagMs: 600 }, { kind: "lag", lagMs: 800 }]);
  });

  test("counts as stopped for good after five seconds", () => {
    expect(verdicts([[1, 100], [1, 4999]])).toEqual([]);
    expect(verdicts([[1, 100], [1, 4999], [1, 1]])).toEqual([{ kind: "blocked", quietMs: 5000 }]);
  });
});

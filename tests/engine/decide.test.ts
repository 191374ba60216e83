/** Restart decisions with a virtual clock: no process, no waiting. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { companions, decide, type Mishap } from "../../src/engine/decide.ts";
import type { Event, EventBody } from "../../src/model/events.ts";
import { defaultRestarts, restartDelayMs, restartStrategies, type RestartPolicy } from "../../src/model/restart.ts";
import { emptyRunState, reduce, type RunState, type UnitState } from "../../src/model/run-state.ts";
import { groupStrategies, type GroupStrategy } from "../../src/model/supervision.ts";
import type { UnitSpec } from "../../src/model/unit.ts";

const unitId = "Main/api";
const handle = { pid: 7, startTime: "1", bootId: "b", pidNamespace: "n" };
const crash: Mishap = { kind: "ended", exit: { kind: "signal", signal: "SIGKILL" }, logTail: ["boom"] };
const success: Mishap = { kind: "ended", exit: { kind: "code", code: 0 }, logTail: [] };

function specWith(restart: RestartPolicy): UnitSpec {
  return {
    id: unitId, project: "Main", name: "api", kind: "service", executor: "process", command: ["x"], directory: "/", env: {}, ports: [], ready: { kind: "none" },
    readyTimeoutMs: 1000, stop: { signal: "SIGTERM", to: "group", graceMs: 1000 }, dependsOn: [], prepare: [], critical: true, hash: "h", restart,
  };
}

/** A unit on a virtual clock: every mishap is decided, recorded and, if so decided, followed by a start that gets ready at once. */
class Life {
  state: RunState;
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  readonly delays: number[] = [];

  constructor(policy: Partial<RestartPolicy>) {
    this.state = emptyRunState("run-1");
    this.record({ type: "unit_planned", unitId, spec: specWith({ ...defaultRestarts, strategy: "exponential", jitter: 0, ...policy }), because: "", isAutomatic: false });
    this.rise();
  }

  get unit(): UnitState {
    const unit = this.state.units[unitId];
    if (unit === undefined) throw new Error("no unit");
    return unit;
  }

  record(body: EventBody): void {
    const event: Event = { ...body, seq: this.state.seq + 1, at: new Date(this.nowMs).toISOString(), runId: "run-1" };
    this.state = reduce(this.state, event);
  }

  rise(): void {
    this.record({ type: "unit_ready", unitId, handle, startupMs: 1, evidence: "" });
  }

  /** True when it rose again. */
  suffer(mishap: Mishap, afterMs = 0, chance = 0): boolean {
    this.nowMs += afterMs;
    const decision = decide(this.unit, mishap, this.nowMs, chance);
    for (const event of decision.events) this.record(event);
    if (decision.restartAtMs === undefined) return false;
    this.delays.push(decision.restartAtMs - this.nowMs);
    this.nowMs = decision.restartAtMs;
    this.rise();
    return true;
  }
}

describe("a crash", () => {
  test.each([
    ["immediate", {}, [0, 0, 0, 0, 0]],
    ["fixed", { baseMs: 300 }, [300, 300, 300, 300, 300]],
    ["linear", { baseMs: 100 }, [100, 200, 300, 400, 500]],
    ["exponential", { baseMs: 100, maxDelayMs: 800 }, [100, 200, 400, 800, 800]],
  ] as const)("is followed by restarts with delays of the %s strategy", (strategy, policy, delays) => {
    const life = new Life({ strategy, ...policy });
    while (life.suffer(crash));
    expect(life.delays).toEqual(delays);
  });

  test("beyond the allowed number within the time gives up, and says what it was", () => {
    const life = new Life({ max: 2 });
    expect([life.suffer(crash), life.suffer(crash), life.suffer(crash)]).toEqual([true, true, false]);
    expect(life.unit.life).toMatchObject({ status: "failed", failure: { reason: "restart_limit", logTail: ["boom"], cause: { reason: "process_exited", message: "Main/api ended by itself with signal SIGKILL" } } });
    expect(life.suffer(crash, 60_001)).toBe(true);
  });

  test("after a stable time begins with the first delay again", () => {
    const life = new Life({ baseMs: 100, stableAfterMs: 5000 });
    for (const afterMs of [0, 0, 5000, 0]) life.suffer(crash, afterMs);
    expect(life.delays).toEqual([100, 200, 100, 200]);
  });

  test("of a unit that was stopped on purpose, or has no policy, is only recorded", () => {
    expect(new Life({ strategy: "never" }).suffer(crash)).toBe(false);
    const life = new Life({});
    life.record({ type: "unit_stopped", unitId, exit: { kind: "code", code: 0 }, killed: [] });
    expect(life.suffer(crash)).toBe(false);
  });

  test("a start by a person counts anew", () => {
    const life = new Life({ max: 1 });
    expect([life.suffer(crash), life.suffer(crash)]).toEqual([true, false]);
    life.record({ type: "unit_planned", unitId, spec: life.unit.spec, because: "start", isAutomatic: false });
    life.rise();
    expect(life.suffer(crash)).toBe(true);
  });
});

test("an end with code 0 is followed only when `always` says so", () => {
  expect(new Life({ when: "on-failure" }).suffer(success)).toBe(false);
  expect(new Life({ when: "always" }).suffer(success)).toBe(true);
});

test("a restart that fails is tried again with a growing delay, without another crash in the log", () => {
  const life = new Life({ baseMs: 100 });
  life.suffer(crash);
  const decision = decide(life.unit, { kind: "restart_failed", failure: { reason: "readiness_timeout", message: "slow" } }, life.nowMs, 0);
  expect(decision.events.map((event) => event.type)).toEqual(["unit_restarting"]);
  expect(decision.events[0]).toMatchObject({ attempt: 2, delayMs: 200, because: { message: "slow" } });
});

test("jitter adds at most its share, and no delay goes beyond the longest plus it", () => {
  const policies = fc.record({
    strategy: fc.constantFrom(...restartStrategies), baseMs: fc.nat(60_000), maxDelayMs: fc.nat(60_000), jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    stableAfterMs: fc.nat(60_000), when: fc.constantFrom("always" as const, "on-failure" as const), max: fc.integer({ min: 1, max: 20 }), withinMs: fc.nat(120_000),
  });
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (policy, attempt, chance) => {
      const delay = restartDelayMs(policy, attempt, chance);
      const plain = restartDelayMs({ ...policy, jitter: 0 }, attempt, 0);
      expect(delay).toBeGreaterThanOrEqual(plain);
      expect(delay).toBeLessThanOrEqual(Math.round(policy.maxDelayMs * (1 + policy.jitter)) + 1);
    }),
  );
});

test("whatever the policy and the times, there are never more restarts within the window than allowed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5000 }), fc.array(fc.nat(1500), { maxLength: 60 }), (max, withinMs, gaps) => {
      const life = new Life({ strategy: "immediate", max, withinMs });
      const risen: number[] = [];
      for (const gap of gaps) {
        if (life.suffer(crash, gap)) risen.push(life.nowMs);
        else life.rise();
      }
      for (const at of risen) expect(risen.filter((one) => one <= at && at - one < withinMs).length).toBeLessThanOrEqual(max);
    }),
  );
});

describe("a restart group", () => {
  const members = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 }).map((names) => names.map((name) => `Main/${name}`));
  const membership = members.chain((all) => fc.record({ strategy: fc.constantFrom(...groupStrategies), members: fc.constant(all), id: fc.constantFrom(...all) }));
  const memberOf = ({ strategy, members: all, id }: { readonly strategy: GroupStrategy; readonly members: readonly string[]; readonly id: string }): UnitState => {
    const life = new Life({ max: 1 });
    return { ...life.unit, spec: { ...life.unit.spec, id, restartGroup: { name: "g", strategy, members: all } } };
  };

  test("restarts nobody else, all others, or those after the member, in its order", () => {
    fc.assert(
      fc.property(membership, (one) => {
        const expected = one.strategy === "one_for_one" ? [] : one.members.filter((other, index) => other !== one.id && (one.strategy === "one_for_all" || index > one.members.indexOf(one.id)));
        expect(decide(memberOf(one), crash, 0, 0).events).toContainEqual(expect.objectContaining({ type: "unit_restarting", alongside: expected }));
      }),
    );
  });

  test("is told when a member is given up, and exactly those that would have restarted are ended", () => {
    fc.assert(
      fc.property(membership, (one) => {
        const unit = { ...memberOf(one), restarts: [new Date(0).toISOString()] };
        const { events, ending, restartAtMs } = decide(unit, crash, 1, 0);
        expect(ending).toEqual(companions(unit));
        expect(events.map((event) => event.type)).toEqual(["unit_crashed", "unit_failed", "group_failed"]);
        expect(events.at(-1)).toMatchObject({ group: "g", unitId: one.id, ended: ending, failure: { reason: "group_failed", cause: { reason: "restart_limit" } } });
        expect(restartAtMs).toBeUndefined();
      }),
    );
  });
});

test("one that is put down after a stable time begins with the first delay again; the time it was unhealthy does not count", () => {
  const failure = { reason: "liveness_failed", message: "silent" } as const;
  const putDown: Mishap = { kind: "put_down", exit: { kind: "code", code: 0 }, failure, mayRestart: true };
  const life = new Life({ baseMs: 100, stableAfterMs: 5000 });
  const sicken = (afterMs: number): void => {
    life.nowMs += afterMs;
    life.record({ type: "unit_unhealthy", unitId, handle, failure });
    life.nowMs += 60_000;
    life.record({ type: "unit_stopping", unitId, because: "silent" });
    life.suffer(putDown);
  };
  for (const afterMs of [0, 4999, 5000]) sicken(afterMs);
  expect(life.delays).toEqual([100, 200, 100]);
});

test("a unit that was put down restarts as its policy says, unless it may not", () => {
  const failure = { reason: "liveness_failed", message: "silent" } as const;
  const exit = { kind: "code", code: 0 } as const;
  expect(new Life({}).suffer({ kind: "put_down", exit, failure, mayRestart: true })).toBe(true);
  expect(new Life({}).suffer({ kind: "put_down", exit, failure, mayRestart: false })).toBe(false);
  expect(new Life({ strategy: "never" }).suffer({ kind: "put_down", exit, failure, mayRestart: true })).toBe(false);
});

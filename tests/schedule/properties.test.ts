import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkTasks } from "../../src/schedule/check.ts";
import { Schedule } from "../../src/schedule/schedule.ts";
import type { Outcome, Task } from "../../src/schedule/task.ts";
import { ReferenceSchedule } from "./reference.ts";

const some = (...names: readonly string[]): fc.Arbitrary<readonly string[]> => fc.subarray([...names], { maxLength: 2 });
const drafted = fc.record({
  requires: some("t0", "t1", "t2", "t3", "t4", "a", "b", "c"),
  provides: some("a", "b", "c"),
  uses: some("x", "y", "z"),
  claims: some("x", "y", "z"),
  priority: fc.integer({ min: -1, max: 1 }),
  pool: fc.constantFrom(undefined, "small"),
  group: fc.constantFrom(undefined, undefined, "one", "two"),
});
const tasks = fc.array(drafted, { minLength: 1, maxLength: 9 }).map((drafts) =>
  drafts.map(({ pool, group, ...draft }, index): Task => ({ ...draft, id: `t${index}`, claims: draft.claims.filter((name) => !draft.uses.includes(name)), ...(pool && { pool }), ...(group && { group }) })),
);
const capacity = fc.record({ pools: fc.record({ default: fc.integer({ min: 1, max: 4 }), small: fc.integer({ min: 1, max: 2 }) }), groups: fc.record({ one: fc.integer({ min: 1, max: 2 }) }) });
const outcome: fc.Arbitrary<Outcome> = fc.oneof({ weight: 3, arbitrary: fc.constant({ gives: true, releases: true }) }, { weight: 1, arbitrary: fc.record({ gives: fc.boolean(), releases: fc.boolean() }) });

test("it starts and skips what the slow rules start and skip, in the same order, and leaves nothing that could run", () => {
  fc.assert(
    fc.property(tasks, capacity, fc.array(fc.tuple(fc.nat(), outcome, fc.option(fc.integer({ min: 1, max: 3 }))), { minLength: 9, maxLength: 9 }), fc.nat(9), (all, limits, endings, cut) => {
      const [schedule, reference] = [new Schedule(limits), new ReferenceSchedule(limits)];
      const skips = (ours: readonly { readonly id: string }[], theirs: readonly string[]): void => expect(ours.map(({ id }) => id).sort()).toEqual([...theirs].sort());
      skips(schedule.add(all.slice(0, cut)), reference.add(all.slice(0, cut)));
      skips(schedule.add(all.slice(cut)), reference.add(all.slice(cut)));
      const running: string[] = [];
      for (const [choice, ending, places] of endings) {
        if (places !== null) for (const one of [schedule, reference]) one.limit("x", places);
        const started = schedule.take().map(({ id }) => id);
        expect(started).toEqual(reference.take());
        running.push(...started);
        const [ended] = running.splice(choice % Math.max(1, running.length), 1);
        if (ended === undefined) break;
        skips(schedule.end(ended, ending), reference.end(ended, ending));
      }
      expect(schedule.isOver()).toBe(running.length === 0 && reference.take().length === 0);
    }),
    { numRuns: 1500 },
  );
});

test("what was checked and never fails runs to its end, every task once", () => {
  fc.assert(
    fc.property(tasks, capacity, (all, limits) => {
      const isSound = checkTasks(all, limits).problems.every(({ kind }) => kind === "group_cycle");
      const schedule = new Schedule(limits);
      schedule.add(all);
      const done: string[] = [];
      for (let started = schedule.take(); started.length > 0; started = schedule.take()) {
        for (const { id } of started) schedule.end(id, { gives: true, releases: true });
        done.push(...started.map(({ id }) => id));
      }
      expect(done.length === all.length).toBe(isSound);
      expect(new Set(done).size).toBe(done.length);
    }),
    { numRuns: 1000 },
  );
});

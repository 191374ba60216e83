import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { drive } from "../../src/schedule/drive.ts";
import { hardFailure, success, type Outcome, type Skipped } from "../../src/schedule/task.ts";
import { task } from "./tasks.ts";

/** A crew whose work ends when it is told to. */
function crew() {
  const begun: string[] = [];
  const skipped: Skipped[] = [];
  const ends = new Map<string, (outcome: Outcome) => void>();
  return {
    begun,
    skipped,
    end: async (id: string, outcome: Outcome = success): Promise<void> => {
      ends.get(id)?.(outcome);
      await setImmediate();
    },
    begin: (id: string) => {
      begun.push(id);
      return new Promise<Outcome>((resolve) => ends.set(id, resolve));
    },
    skip: (one: Skipped) => void skipped.push(one),
  };
}

test("work begins when what it requires is done, and is skipped when that failed", async () => {
  const workers = crew();
  const driven = drive([task("b", { requires: ["a"] }), task("a"), task("d", { requires: ["c"] }), task("c")], workers);
  expect(workers.begun).toEqual(["a", "c"]);
  await workers.end("a");
  await workers.end("c", hardFailure);
  expect([workers.begun, workers.skipped]).toEqual([["a", "c", "b"], [{ id: "d", because: { kind: "requirement", name: "c", failed: "c" } }]]);
  await workers.end("b");
  await driven.over;
});

test("work may be added while other work runs; once stopped nothing begins, and what runs is waited for", async () => {
  const workers = crew();
  const driven = drive([task("a")], workers, { pools: { default: 1 } });
  driven.add([task("b"), task("c", { requires: ["there"] })]);
  expect(workers.skipped).toMatchObject([{ id: "c" }]);
  driven.stop();
  const over = driven.over.then(() => workers.begun);
  await workers.end("a");
  expect(await over).toEqual(["a"]);
});

test("nothing to do is over at once, and trouble in the work is thrown", async () => {
  await drive([], crew()).over;
  await expect(drive([task("a")], { begin: () => Promise.reject(new Error("a bug")), skip: () => undefined }).over).rejects.toThrow("a bug");
});

/** What each of ten thousand requires; what it costs is measured by the bench. */
const shapes: Readonly<Record<string, (index: number) => readonly string[]>> = {
  chain: (index) => (index === 0 ? [] : [`${index - 1}`]),
  "fan-out": (index) => (index === 0 ? [] : ["0"]),
  layered: (index) => (index < 100 ? [] : [0, 31, 62].map((step) => `${Math.floor(index / 100) * 100 - 100 + ((index * 7 + step) % 100)}`)),
  diamond: (index) => (index === 0 ? [] : index % 3 === 0 ? [`${index - 1}`, `${index - 2}`] : [`${index - (index % 3)}`]),
};

test.each(Object.entries(shapes))("P19 ten thousand in a %s all end, each after what it requires", async (_shape, requires) => {
  const ended = new Set<string>();
  const tasks = Array.from({ length: 10_000 }, (_, index) => task(`${index}`, { requires: requires(index) }));
  const early: string[] = [];
  const begin = async (id: string): Promise<Outcome> => {
    early.push(...requires(Number(id)).filter((one) => !ended.has(one)));
    ended.add(id);
    return success;
  };
  await drive(tasks, { begin, skip: () => undefined }, { pools: { default: 8 } }).over;
  expect([ended.size, early]).toEqual([10_000, []]);
});

test("P19 four thousand that want one lock have it one after another", async () => {
  let [holders, most, ended] = [0, 0, 0];
  const begin = async (): Promise<Outcome> => {
    holders += 1;
    most = Math.max(most, holders);
    await Promise.resolve();
    holders -= 1;
    ended += 1;
    return success;
  };
  await drive(Array.from({ length: 4000 }, (_, index) => task(`${index}`, { claims: ["db"] })), { begin, skip: () => undefined }, { pools: { default: 8 } }).over;
  expect([most, ended]).toEqual([1, 4000]);
});

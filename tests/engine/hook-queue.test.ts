/** What waits for hooks: in the order of each unit, some units at once, and never too much. */
import { expect, test } from "vitest";
import { createHookQueue, type HookQueue } from "../../src/engine/hook-queue.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import { eventually } from "../rig/wait.ts";

interface Bench {
  readonly queue: HookQueue;
  readonly done: readonly string[];
  readonly dropped: readonly number[];
  /** Work that ends when told, or when nobody waits for it any more. */
  add(unitId: string, name: string): void;
  readonly running: Map<string, () => void>;
  readonly impatience: AbortController;
}

function bench(): Bench {
  const dropped: number[] = [];
  const done: string[] = [];
  const running = new Map<string, () => void>();
  const impatience = new AbortController();
  const queue = createHookQueue({ host: createSystemHost({}), impatience }, (count) => void dropped.push(count));
  const add = (unitId: string, name: string): void =>
    queue.add(unitId, async (signal) => {
      await new Promise<void>((resolve) => {
        running.set(name, resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      running.delete(name);
      done.push(signal.aborted ? `${name} aborted` : name);
    });
  return { queue, done, dropped, add, running, impatience };
}

test("work of one unit is done in its order, that of others meanwhile", async () => {
  const { add, running, done } = bench();
  for (const name of ["first", "second"]) add("Main/api", name);
  add("Main/web", "other");
  await eventually(() => running.size === 2, "the first of each");
  expect([...running.keys()]).toEqual(["first", "other"]);
  running.get("other")?.();
  running.get("first")?.();
  await eventually(() => running.has("second"), "the second");
  running.get("second")?.();
  await eventually(() => done.length === 3, "the end");
  expect(done).toEqual(["other", "first", "second"]);
});

test("four units at once and no more", async () => {
  const { add, running, queue, impatience } = bench();
  for (let unit = 0; unit < 9; unit += 1) add(`Main/u${unit}`, `u${unit}`);
  await eventually(() => running.size === 4, "four");
  expect([...running.keys()]).toEqual(["u0", "u1", "u2", "u3"]);
  expect(queue.count()).toBe(9);
  running.get("u2")?.();
  await eventually(() => running.has("u4"), "the next");
  expect(running.size).toBe(4);
  impatience.abort();
  await queue.close();
});

test("when too much waits the oldest is left out, and that is told once", async () => {
  const { add, running, done, dropped, queue, impatience } = bench();
  add("Main/api", "running");
  await eventually(() => running.size === 1, "the first");
  for (let count = 0; count < 150; count += 1) add("Main/api", `w${count}`);
  expect(queue.count()).toBe(101);
  running.get("running")?.();
  await eventually(() => running.size === 1 && done.length === 1, "the next");
  expect([...running.keys()]).toEqual(["w50"]);
  expect(dropped).toEqual([50]);
  impatience.abort();
  await queue.close();
});

test("the end gives up what waits and aborts what runs once nobody wants to wait", async () => {
  const { add, running, done, queue, impatience } = bench();
  for (const name of ["first", "second"]) add("Main/api", name);
  await eventually(() => running.size === 1, "the first");
  const closed = queue.close();
  impatience.abort();
  await closed;
  expect(done).toEqual(["first aborted"]);
  expect(queue.count()).toBe(0);
});

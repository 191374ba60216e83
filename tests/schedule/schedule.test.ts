import { describe, expect, test } from "vitest";
import { Schedule } from "../../src/schedule/schedule.ts";
import { hardFailure, success, type Task } from "../../src/schedule/task.ts";
import { play, task } from "./tasks.ts";

const workers = (count: number) => ({ pools: { default: count } });
const many = (count: number, make: (index: number) => Task): readonly Task[] => Array.from({ length: count }, (_, index) => make(index));

describe("P1 requires and provides", () => {
  test("what requires a name starts when it is given, together", () => {
    const { rounds } = play(new Schedule(workers(2)), [task("b", { requires: ["x"] }), task("c", { requires: ["x"] }), task("a", { provides: ["x"] })]);
    expect(rounds).toEqual([["a"], ["b", "c"]]);
  });

  test("the first provider that succeeds gives a name; only when all failed it is not given", () => {
    const tasks = [task("one", { provides: ["db"] }), task("two", { provides: ["db"] }), task("app", { requires: ["db"] })];
    expect(play(new Schedule(workers(1)), tasks, { one: hardFailure }).rounds).toEqual([["one"], ["two"], ["app"]]);
    expect(play(new Schedule(workers(1)), tasks, { one: hardFailure, two: hardFailure }).skipped).toEqual([{ id: "app", because: { kind: "requirement", name: "db", failed: "two" } }]);
  });

  test("an id is a name, and what was there before counts", () => {
    expect(play(new Schedule(workers(1), ["disk"]), [task("b", { requires: ["a", "disk"] }), task("a")]).rounds).toEqual([["a"], ["b"]]);
  });
});

describe("D4 P3 locks with places", () => {
  test("a lock with places is used by so many, in the order they came; a claimer waits for all of them, and more places let more in", () => {
    const schedule = new Schedule(workers(9));
    schedule.limit("gpu", 2);
    schedule.add([...many(4, (index) => task(`u${index}`, { uses: ["gpu"] })), task("alone", { claims: ["gpu"] }), task("late", { uses: ["gpu"] })]);
    expect(ids(schedule.take())).toEqual(["u0", "u1"]);
    schedule.limit("gpu", 3);
    expect(ids(schedule.take())).toEqual(["u2"]);
    schedule.end("u1", success);
    schedule.end("u0", success);
    expect(ids(schedule.take())).toEqual(["u3"]);
    schedule.end("u2", success);
    expect(ids(schedule.take())).toEqual([]);
    schedule.end("u3", success);
    expect(ids(schedule.take())).toEqual(["alone"]);
    schedule.end("alone", success);
    expect(ids(schedule.take())).toEqual(["late"]);
  });

  test("what runs already has its locks though there is no room; what is taken back lets those behind it in, and can be forgotten", () => {
    const schedule = new Schedule({ pools: { default: 1 } });
    schedule.limit("gpu", 1);
    schedule.add([task("old", { uses: ["gpu"] }), task("older", { uses: ["gpu"] })]);
    schedule.occupy("old");
    schedule.occupy("older");
    schedule.add([task("claimer", { claims: ["gpu"] }), task("user", { uses: ["gpu"] }), task("follower", { requires: ["claimer"] })]);
    schedule.end("old", success);
    expect(ids(schedule.take())).toEqual([]);
    schedule.end("older", success);
    expect(schedule.withdraw("claimer")).toEqual([{ id: "follower", because: { kind: "requirement", name: "claimer", failed: "claimer" } }]);
    expect(ids(schedule.take())).toEqual(["user"]);
    schedule.forget("old");
    schedule.add([task("old")]);
    expect([() => schedule.withdraw("user"), () => schedule.occupy("user"), () => schedule.forget("user")].map(thrown)).toEqual(["user does not wait", "user could not start", "user is not over"]);
  });
});

describe("P3 locks", () => {
  test("users share, a claimer is alone, and is not passed by users who come later", () => {
    const schedule = new Schedule(workers(9));
    schedule.add([task("r1", { uses: ["db"] }), task("r2", { uses: ["db"] }), task("w", { claims: ["db"] }), task("r3", { uses: ["db"] })]);
    expect(ids(schedule.take())).toEqual(["r1", "r2"]);
    schedule.add([task("r4", { uses: ["db"] })]);
    schedule.end("r1", success);
    expect(ids(schedule.take())).toEqual([]);
    schedule.end("r2", success);
    expect(ids(schedule.take())).toEqual(["w"]);
    schedule.end("w", success);
    expect(ids(schedule.take())).toEqual(["r3", "r4"]);
  });

  test("all are taken at once or none: what waits for one does not hold another", () => {
    const { rounds } = play(new Schedule(workers(9)), [task("a", { claims: ["x"] }), task("b", { claims: ["x", "y"] }), task("c", { claims: ["z"] })]);
    expect(rounds).toEqual([["a", "c"], ["b"]]);
  });
});

test("P4 the lower priority starts first, equal ones as they came", () => {
  const { rounds } = play(new Schedule(workers(1)), [task("five", { priority: 5 }), task("zero"), task("minus", { priority: -1 }), task("zero again")]);
  expect(rounds.flat()).toEqual(["minus", "zero", "zero again", "five"]);
});

test("P5 a pool runs no more than it has workers, and holds up no other pool", () => {
  const schedule = new Schedule({ pools: { db: 2 } });
  schedule.add([...many(6, (index) => task(`d${index}`, { pool: "db" })), task("free", { priority: 9 })]);
  expect(ids(schedule.take())).toEqual(["d0", "d1", "free"]);
  schedule.end("d1", success);
  expect(ids(schedule.take())).toEqual(["d2"]);
});

describe("P9 failures", () => {
  const tasks = [task("a", { provides: ["x"], claims: ["db"] }), task("needs", { requires: ["x"] }), task("after", { requires: ["needs"] }), task("waits", { claims: ["db"] })];

  test("a hard one gives nothing and keeps its locks", () => {
    expect(play(new Schedule(workers(9)), tasks, { a: hardFailure })).toEqual({
      rounds: [["a"]],
      skipped: [
        { id: "needs", because: { kind: "requirement", name: "x", failed: "a" } },
        { id: "waits", because: { kind: "lock", name: "db", holder: "a" } },
        { id: "after", because: { kind: "requirement", name: "needs", failed: "needs" } },
      ],
    });
  });

  test("one that releases its locks lets those run who wait for them", () => {
    expect(play(new Schedule(workers(9)), tasks, { a: { gives: false, releases: true } })).toMatchObject({ rounds: [["a"], ["waits"]], skipped: [{ id: "needs" }, { id: "after" }] });
  });

  test("one that gives what it provides is no hindrance", () => {
    expect(play(new Schedule(workers(9)), tasks, { a: { gives: true, releases: false } })).toMatchObject({ rounds: [["a"], ["needs"], ["after"]], skipped: [{ id: "waits" }] });
  });

  test("a failed user keeps claimers away, not other users; those behind the claimer go on", () => {
    const schedule = new Schedule(workers(9));
    schedule.add([task("user", { uses: ["db"] }), task("claimer", { claims: ["db"] }), task("late", { uses: ["db"] })]);
    schedule.take();
    expect(schedule.end("user", hardFailure)).toMatchObject([{ id: "claimer" }]);
    expect(ids(schedule.take())).toEqual(["late"]);
    schedule.end("late", success);
    expect(schedule.add([task("never", { claims: ["db"] })])).toMatchObject([{ id: "never", because: { holder: "user" } }]);
  });

  test("of a long chain's first skips all of the rest", () => {
    const chain = many(20_000, (index) => task(`${index}`, { requires: index === 0 ? [] : [`${index - 1}`] }));
    expect(play(new Schedule(workers(1)), chain, { 0: hardFailure }).skipped).toHaveLength(19_999);
  });
});

describe("P14 groups", () => {
  test("do not overlap, and have workers of their own", () => {
    const schedule = new Schedule({ pools: {}, groups: { vm: 2 } });
    schedule.add([...many(3, (index) => task(`vm${index}`, { group: "vm" })), task("call", { group: "syscalls" }), task("free")]);
    expect(ids(schedule.take())).toEqual(["vm0", "vm1", "free"]);
    schedule.end("vm0", success);
    expect(ids(schedule.take())).toEqual(["vm2"]);
    schedule.end("vm1", success);
    schedule.end("vm2", success);
    expect(ids(schedule.take())).toEqual(["call"]);
  });
});

describe("P15 work added while other work runs", () => {
  test("starts when what it requires was given, before or later", () => {
    const schedule = new Schedule(workers(9));
    schedule.add([task("a"), task("b")]);
    schedule.take();
    schedule.add([task("c", { requires: ["a"] })]);
    expect(ids(schedule.take())).toEqual([]);
    schedule.end("a", success);
    expect(ids(schedule.take())).toEqual(["c"]);
    schedule.add([task("d", { requires: ["a"] })]);
    expect(ids(schedule.take())).toEqual(["d"]);
    expect(schedule.add([task("e", { requires: ["nobody"] })])).toEqual([{ id: "e", because: { kind: "requirement", name: "nobody" } }]);
    for (const id of ["b", "c", "d"]) schedule.end(id, success);
    expect(schedule.isOver()).toBe(true);
  });
});

function ids(tasks: readonly Task[]): readonly string[] {
  return tasks.map(({ id }) => id);
}

function thrown(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

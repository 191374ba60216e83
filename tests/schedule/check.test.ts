import { describe, expect, test } from "vitest";
import { checkTasks } from "../../src/schedule/check.ts";
import { task } from "./tasks.ts";

const pools = { default: 1 };

describe("P2 checks before anything runs", () => {
  test("nothing wrong", () => {
    expect(checkTasks([task("a", { provides: ["x"] }), task("b", { requires: ["x", "disk"] })], { pools }, ["disk"])).toEqual({ problems: [], unused: [] });
  });

  test("a cycle is told with its path, also behind tasks that could run", () => {
    const tasks = [task("start"), task("outside", { requires: ["a"] }), task("a", { requires: ["start", "made by b"] }), task("b", { requires: ["a"], provides: ["made by b"] })];
    expect(checkTasks(tasks, { pools }).problems).toEqual([{ kind: "cycle", path: ["a", "b", "a"] }]);
  });

  test("a second provider breaks a cycle", () => {
    const tasks = [task("a", { requires: ["x"] }), task("b", { requires: ["a"], provides: ["x"] }), task("c", { provides: ["x"] })];
    expect(checkTasks(tasks, { pools }).problems).toEqual([]);
  });

  test("names nobody provides, locks both used and claimed, pools that are unknown or empty, ids given twice", () => {
    const tasks = [task("x", { requires: ["nope"], uses: ["db"], claims: ["db"] }), task("y", { pool: "gpu" }), task("z", { pool: "none" }), task("y"), task("odd", { pool: "constructor" })];
    expect(checkTasks(tasks, { pools: { ...pools, none: 0 } }).problems).toEqual([
      { kind: "unmet", id: "x", name: "nope" },
      { kind: "used_and_claimed", id: "x", name: "db" },
      { kind: "unknown_pool", id: "y", name: "gpu" },
      { kind: "no_room", id: "z", name: "none" },
      { kind: "duplicate", id: "y" },
      { kind: "unknown_pool", id: "odd", name: "constructor" },
    ]);
  });

  test("what is provided and not required is only mentioned", () => {
    expect(checkTasks([task("a", { provides: ["x", "a"] })], { pools })).toEqual({ problems: [], unused: [{ id: "a", name: "x" }] });
  });

  test("groups that would have to run before each other", () => {
    const tasks = [task("a", { group: "one" }), task("b", { group: "two", requires: ["a"] }), task("c", { group: "one", requires: ["b"] })];
    expect(checkTasks(tasks, { pools }).problems).toEqual([{ kind: "group_cycle", path: ["one", "two", "one"] }]);
  });
});

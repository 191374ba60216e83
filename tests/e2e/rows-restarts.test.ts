/** Rows S2 to S4 of the feature list: one unit at a time, the delays of every strategy, groups and intensity. */
import { describe, expect, test } from "vitest";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, scene, type Scene } from "./scene.ts";

function unitEvents(stack: Scene, unitId: string): readonly string[] {
  return stack.events().flatMap((event) => ("unitId" in event && event.unitId === unitId ? [event.type] : []));
}

test("S2 restart changes that pid only; stop is polite, then firm, dependents first", async () => {
  const stack = await scene((port) => ({
    services: {
      db: { command: puppet({ listen: "{port}" }), port },
      api: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["db"] },
      deaf: { command: puppet({ listen: "{port}", ignoreTerm: true }), port: port + 2, depends_on: ["api"], stop: { grace: "300ms" } },
    },
  }));
  await stack.envctl(["start"]);
  const before = stack.pids();
  await stack.envctl(["restart", "--service", "api"]);
  const after = stack.pids();
  expect(Object.keys(before).filter((unit) => before[unit] !== after[unit])).toEqual(["Main/api"]);
  const stopped = await stack.envctl(["stop", "--json"]);
  expect(stopped.code).toBe(0);
  const ends = ofType(stack.events(), "unit_stopped").slice(-3);
  expect(ends.map((event) => [event.unitId, event.killed.length > 0])).toEqual([["Main/deaf", true], ["Main/api", false], ["Main/db", false]]);
  expect(Object.values(after).filter(isAlive)).toEqual([]);
});

describe("S3 the four strategies", () => {
  /** Delays between the crash of a unit that always ends and its next start, as decided. */
  async function delays(restart: Readonly<Record<string, unknown>>, count: number): Promise<readonly number[]> {
    const stack = await scene(() => ({ services: { broken: { command: ["false"], restart: { max: count, within: "60s", jitter: 0, ...restart } } } }));
    await stack.envctl(["start"]);
    await eventually(() => stack.state().units["Main/broken"]?.life.status === "failed", "giving up", 30_000);
    const events = stack.events();
    const restarting = ofType(events, "unit_restarting");
    // Each start comes after its delay, never before it is due.
    const starts = ofType(events, "unit_starting").slice(1);
    restarting.forEach((event, index) => expect(Date.parse(starts[index]?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(event.dueAt)));
    expect(starts).toHaveLength(count);
    return restarting.map((event) => event.delayMs);
  }

  test.each([
    ["exponential", { base: "100ms", max_delay: "800ms" }, [100, 200, 400, 800, 800]],
    ["fixed", { base: "300ms" }, [300, 300, 300]],
    ["linear", { base: "100ms" }, [100, 200, 300]],
    ["immediate", {}, [0, 0, 0]],
  ])("%s %j", async (strategy, more, expected) => {
    expect(await delays({ strategy, ...more }, expected.length)).toEqual(expected);
  });

  test("without a word about it: exponential from 200 ms, five within a minute", async () => {
    const stack = await scene(() => ({ services: { broken: { command: ["false"] } } }));
    await stack.envctl(["start"]);
    const decided = await eventually(() => {
      const delays = ofType(stack.events(), "unit_restarting").map((event) => event.delayMs);
      return delays.length >= 3 ? delays : undefined;
    }, "three restarts");
    expect(stack.state().units["Main/broken"]?.spec.restart).toMatchObject({ maxDelayMs: 10_000, max: 5, withinMs: 60_000 });
    decided.forEach((delayMs, index) => {
      expect(delayMs).toBeGreaterThanOrEqual(200 * 2 ** index);
      expect(delayMs).toBeLessThanOrEqual(200 * 2 ** index * 1.1);
    });
  });
});

describe("S4 scope and intensity", () => {
  const member = { command: puppet(), restart: { strategy: "immediate" } };

  test.each([
    ["one_for_all", ["Main/a", "Main/b", "Main/c"]],
    ["rest_for_one", ["Main/b", "Main/c"]],
  ])("%s: killing b gives %j new pids", async (strategy, renewed) => {
    const stack = await scene(() => ({ services: { a: member, b: member, c: member }, restart_groups: { team: { strategy, units: ["a", "b", "c"] } } }));
    await stack.envctl(["start"]);
    const before = stack.pids();
    process.kill(-(before["Main/b"] ?? 0), "SIGKILL");
    await eventually(() => renewed.every((unit) => stack.state().units[unit]?.life.status === "ready" && stack.pids()[unit] !== before[unit]), "the new ones");
    expect(Object.keys(before).filter((unit) => before[unit] !== stack.pids()[unit])).toEqual(renewed);
  });

  test("the sixth crash in the window: failed, no more starts, told by start, health, status and the dashboard", async () => {
    const stack = await scene(() => ({ services: { broken: { command: puppet({ exit: 3 }), restart: { strategy: "immediate", max: 5, within: "60s" } } } }));
    await stack.envctl(["start"]);
    await eventually(() => stack.state().units["Main/broken"]?.life.status === "failed", "giving up", 30_000);
    expect(unitEvents(stack, "Main/broken").filter((type) => type === "unit_starting")).toHaveLength(6);
    expect((await stack.envctl(["health", "--json"])).code).toBe(1);
    const status = await stack.envctl(["status", "--json"]);
    expect(status.at("projects.0.units.0.status")).toBe("failed");
    expect(status.at("projects.0.units.0.detail")).toContain("was restarted 5 times within 60 s and is given up");
    expect((await stack.envctl(["dashboard"])).stdout).toMatch(/broken\s+failed/);
    const explained = (await stack.envctl(["explain", "broken"])).stdout;
    for (const words of ["exit code 3", "exits with 3"]) expect(explained).toContain(words);
    expect(unitEvents(stack, "Main/broken").filter((type) => type === "unit_starting")).toHaveLength(6);
  });
});

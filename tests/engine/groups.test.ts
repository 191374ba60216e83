/** Units that restart together, with real processes. */
import { describe, expect, test } from "vitest";
import { eventually } from "../rig/wait.ts";
import { killUnitOf, pidOf, workshop, type Workshop } from "./workshop.ts";

const prompt = { strategy: "fixed", base: "20ms", jitter: 0 } as const;
const sleeper = { command: ["sleep", "60"], restart: prompt };

function team(strategy: string, more: Readonly<Record<string, unknown>> = {}): Promise<Workshop> {
  return workshop({ a: sleeper, b: { ...sleeper, ...more }, c: sleeper, outsider: sleeper }, { configuration: { restart_groups: { team: { strategy, units: ["a", "b", "c"] } } } });
}

function pids(shop: Workshop): Readonly<Record<string, number>> {
  return Object.fromEntries(["a", "b", "c", "outsider"].map((name) => [name, pidOf(shop.life(name))]));
}

/** Names of those that have another process after `b` was killed and everything is ready again. */
async function renewedAfterKill(shop: Workshop): Promise<readonly string[]> {
  await shop.submit("start");
  const before = pids(shop);
  await killUnitOf(shop, "b");
  await eventually(() => shop.events.some((event) => event.type === "unit_restarting"), "the restart");
  await eventually(() => ["a", "b", "c"].every((name) => shop.life(name)?.status === "ready") && pidOf(shop.life("b")) !== before["b"], "everything ready again");
  const after = pids(shop);
  return Object.keys(before).filter((name) => before[name] !== after[name]);
}

describe("a member that is killed", () => {
  test.each([
    ["one_for_one", ["b"]],
    ["one_for_all", ["a", "b", "c"]],
    ["rest_for_one", ["b", "c"]],
  ])("%s: renews %j", async (strategy, renewed) => {
    const shop = await team(strategy);
    expect(await renewedAfterKill(shop)).toEqual(renewed);
    // Only the one that ended has used up one of its restarts.
    const restarts = Object.values(shop.engine.store.state()?.units ?? {}).map((unit) => [unit.spec.name, unit.restarts.length]);
    expect(Object.fromEntries(restarts)).toEqual({ a: 0, b: 1, c: 0, outsider: 0 });
  });

  test("stays alone with a companion that was stopped on purpose", async () => {
    const shop = await team("one_for_all");
    await shop.submit("start");
    await shop.submit("stop", { services: ["c"] });
    const before = pidOf(shop.life("a"));
    await killUnitOf(shop, "b");
    await eventually(() => shop.life("a")?.status === "ready" && pidOf(shop.life("a")) !== before, "the restart");
    expect(shop.life("c")?.status).toBe("stopped");
  });
});

describe("a member that is given up", () => {
  test("takes those that do not work without it down; a resume brings all of them back", async () => {
    const shop = await team("rest_for_one", { command: ["/bin/sh", "-c", "[ -e whole ] && exec sleep 60; exit 7"], restart: { ...prompt, max: 2 } });
    await shop.submit("start");
    await eventually(() => shop.life("c")?.status === "blocked", "the end of c");
    expect(shop.life("b")).toMatchObject({ status: "failed", failure: { reason: "restart_limit" } });
    expect(shop.life("c")).toMatchObject({ failure: { reason: "group_failed", cause: { reason: "restart_limit" } } });
    expect(["a", "outsider"].map((name) => shop.life(name)?.status)).toEqual(["ready", "ready"]);
    expect(shop.events.filter((event) => event.type === "group_failed")).toMatchObject([{ group: "team", unitId: "Main/b", ended: ["Main/c"] }]);
    shop.write("whole", "");
    await shop.submit("resume");
    expect(["a", "b", "c"].map((name) => shop.life(name)?.status)).toEqual(["ready", "ready", "ready"]);
  });
});

/** Units that end by themselves and are started again, or given up. */
import { expect, test } from "vitest";
import type { EventType } from "../../src/model/events.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

/** Types of the events about a unit, in order. */
function story(stack: Scene, unitId: string): readonly EventType[] {
  return stack.events().flatMap((event) => ("unitId" in event && event.unitId === unitId ? [event.type] : []));
}

test("a killed service comes back, alone, and every step is recorded once and in order", async () => {
  const stack = await scene((port) => ({
    services: {
      api: { command: puppet({ listen: "{port}" }), port, restart: { strategy: "fixed", base: "50ms", jitter: 0 } },
      web: { command: puppet({ listen: "{port}" }), port: port + 1 },
    },
  }));
  await stack.envctl(["start", "--json"]);
  const before = stack.pids();
  process.kill(-(before["Main/api"] ?? 0), "SIGKILL");
  await eventually(() => story(stack, "Main/api").filter((type) => type === "unit_ready").length === 2);
  const after = stack.pids();
  expect(after["Main/api"]).not.toBe(before["Main/api"]);
  expect(after["Main/web"]).toBe(before["Main/web"]);
  const rise: readonly EventType[] = ["unit_planned", "unit_starting", "unit_started", "unit_ready"];
  expect(story(stack, "Main/api")).toEqual([...rise, "unit_crashed", "unit_restarting", ...rise]);
  expect((await stack.envctl(["health", "--json"])).code).toBe(0);
});

test("one that keeps ending is given up after the allowed number, with its last lines", async () => {
  const stack = await scene(() => ({
    services: { loop: { command: puppet({ exit: 3 }), port: "none", restart: { strategy: "immediate", max: 2 } } },
  }));
  await stack.envctl(["start", "--json"]);
  await eventually(() => stack.state().units["Main/loop"]?.life.status === "failed");
  expect(story(stack, "Main/loop").filter((type) => type === "unit_restarting")).toHaveLength(2);
  const life = stack.state().units["Main/loop"]?.life;
  expect(life).toMatchObject({ status: "failed", failure: { reason: "restart_limit", logTail: expect.arrayContaining([expect.stringContaining("exits with 3")]) } });
  expect((await stack.envctl(["health", "--json"])).code).toBe(1);
});

test("a stop ends a unit that waits for its restart, and a killed daemon's successor carries the restart out", async () => {
  const stack = await scene((port) => ({
    services: {
      late: { command: puppet({ exit: 1 }), port: "none", restart: { strategy: "fixed", base: "600s", max_delay: "600s" } },
      soon: { command: puppet({ listen: "{port}" }), port, restart: { strategy: "fixed", base: "300ms", jitter: 0 } },
    },
  }));
  await stack.envctl(["start", "--json"]);
  await eventually(() => stack.state().units["Main/late"]?.life.status === "restarting");
  process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  process.kill(-(stack.pids()["Main/soon"] ?? 0), "SIGKILL");
  await stack.envctl(["daemon", "start"]);
  await eventually(() => stack.state().units["Main/soon"]?.life.status === "ready");
  expect(stack.state().units["Main/late"]?.life.status).toBe("restarting");
  expect((await stack.envctl(["stop-all", "--json"])).code).toBe(0);
  expect(stack.state().stoppedAt).toBeDefined();
});

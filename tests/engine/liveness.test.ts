/** Units that run, yet do not work. */
import { describe, expect, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import type { EventType } from "../../src/model/events.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { pidOf, playing, workshop, type Workshop } from "./workshop.ts";

const often = { interval: "20ms", timeout: "1s", failures: 2 } as const;

function story(shop: Workshop): readonly EventType[] {
  return shop.events.flatMap((event) => ("unitId" in event && event.type !== "unit_planned" ? [event.type] : []));
}

/** Stops every process of a unit without ending it, as a program that hangs. */
function freeze(shop: Workshop, name: string, signal: "SIGSTOP" | "SIGCONT"): void {
  for (const pid of shop.engine.table.children(pidOf(shop.life(name)))) sendSignal(pid, signal);
}

describe("a unit that fails its liveness probe", () => {
  test("is unhealthy after as many failures in a row as allowed, keeps its process, and recovers", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], live: { ...often, exec: "test ! -e broken" } } });
    await shop.submit("start");
    const pid = pidOf(shop.life("api"));
    shop.write("broken", "");
    await eventually(() => shop.life("api")?.status === "unhealthy", "the failure");
    expect(shop.life("api")).toMatchObject({ handle: { pid }, failure: { reason: "liveness_failed", message: "Main/api lives, but failed its liveness probe 2 times in a row (test ! -e broken)" } });
    shop.remove("broken");
    await eventually(() => shop.life("api")?.status === "ready", "the recovery");
    expect(pidOf(shop.life("api"))).toBe(pid);
    expect(story(shop)).toEqual(["unit_starting", "unit_started", "unit_ready", "unit_unhealthy", "unit_recovered"]);
  });

  test("is restarted when that is asked for, with the cause, even if it ends with code 0", async () => {
    const port = await freePorts(1);
    const shop = await workshop({
      api: { command: playing({ listen: "{port}", http: "healthy" }), port, stop: { grace: "200ms" }, live: { http: "/", ...often, timeout: "100ms", restart: true }, restart: { strategy: "immediate" } },
    });
    await shop.submit("start");
    const before = pidOf(shop.life("api"));
    freeze(shop, "api", "SIGSTOP");
    await eventually(() => shop.life("api")?.status === "ready" && pidOf(shop.life("api")) !== before, "the restart");
    expect(story(shop)).toEqual(["unit_starting", "unit_started", "unit_ready", "unit_unhealthy", "unit_stopping", "unit_crashed", "unit_restarting", "unit_starting", "unit_started", "unit_ready"]);
    expect(shop.events.find((event) => event.type === "unit_restarting")).toMatchObject({ because: { reason: "liveness_failed" } });
  });

  test("is watched again by a new daemon, which sees it recover", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], live: { ...often, exec: "test ! -e broken" } } });
    await shop.submit("start");
    shop.write("broken", "");
    await eventually(() => shop.life("api")?.status === "unhealthy", "the failure");
    const next = await shop.replaced();
    expect(next.life("api")?.status).toBe("unhealthy");
    next.remove("broken");
    await eventually(() => next.life("api")?.status === "ready", "the recovery");
  });

  test("can be stopped and started like any other", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], live: { ...often, exec: "test ! -e broken" } } });
    await shop.submit("start");
    shop.write("broken", "");
    await eventually(() => shop.life("api")?.status === "unhealthy", "the failure");
    expect(await shop.submit("stop")).toMatchObject({ ok: true });
    expect(shop.life("api")?.status).toBe("stopped");
  });
});

test("one that is unhealthy when its restart is configured is restarted, and so by a daemon that finds it so", async () => {
  const api = { command: ["sleep", "60"], live: { ...often, exec: "test ! -e broken" }, restart: { strategy: "immediate" } };
  const shop = await workshop({ api });
  await shop.submit("start");
  const pid = pidOf(shop.life("api"));
  shop.write("broken", "");
  await eventually(() => shop.life("api")?.status === "unhealthy", "the failure");
  shop.configure({ api: { ...api, live: { ...api.live, restart: true } } });
  await shop.submit("reload");
  await eventually(() => shop.events.some((event) => event.type === "unit_restarting"), "the restart");
  shop.remove("broken");
  await eventually(() => shop.life("api")?.status === "ready" && pidOf(shop.life("api")) !== pid, "the new one");
});

test("a changed liveness probe holds from the next start on, without a restart", async () => {
  const api = { command: ["sleep", "60"], live: { ...often, exec: "true" } };
  const shop = await workshop({ api });
  await shop.submit("start");
  const pid = pidOf(shop.life("api"));
  shop.configure({ api: { ...api, live: { ...often, exec: "false" } } });
  await shop.submit("start");
  await eventually(() => shop.life("api")?.status === "unhealthy", "the failure");
  expect(pidOf(shop.life("api"))).toBe(pid);
});

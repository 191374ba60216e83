import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/model/events.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { eventually } from "../rig/wait.ts";
import { pidOf, workshop, type Workshop } from "./workshop.ts";

/** Ended before its front shell has begun the program, a unit outlives its grace: a short one. */
const sleeper = { command: ["sleep", "60"], stop: { grace: "500ms" } };

type Differs = Extract<Event, { type: "configuration_differs" }>;

/** The n-th word about the configuration. */
function differs(shop: Workshop, count: number): Promise<Differs> {
  return eventually(() => shop.events.filter((event): event is Differs => event.type === "configuration_differs")[count - 1], `word ${count} about the configuration`);
}

describe("an edited configuration", () => {
  test("is told unit by unit, and again when it agrees; nothing is restarted by itself", async () => {
    const shop = await workshop({ api: sleeper, web: sleeper, gone: sleeper });
    await shop.submit("start");
    const pid = pidOf(shop.life("api"));
    shop.configure({ api: { ...sleeper, env: { A: "1" } }, web: sleeper, late: sleeper });
    expect((await differs(shop, 1)).units).toEqual({ "Main/api": "changed: env A", "Main/gone": "no longer configured", "Main/late": "not part of the run yet" });
    shop.configure({ api: sleeper, web: sleeper, gone: sleeper });
    expect((await differs(shop, 2)).units).toEqual({});
    expect(pidOf(shop.life("api"))).toBe(pid);
  });

  test("is applied by a reload to exactly the units that differ", async () => {
    const shop = await workshop({ api: sleeper, web: sleeper, gone: sleeper, off: sleeper, kept: sleeper });
    await shop.submit("start");
    await shop.submit("stop", { services: ["off"] });
    const [api, web, kept] = ["api", "web", "kept"].map((name) => pidOf(shop.life(name)));
    shop.configure({ api: { ...sleeper, env: { A: "1" } }, web: sleeper, off: { ...sleeper, env: { A: "1" } }, late: sleeper, kept: { ...sleeper, critical: false } });
    await differs(shop, 1);
    const report = await shop.submit("reload");
    expect(Object.fromEntries(report.units.map(({ unitId, action, status }) => [unitId, `${action}, ${status}`]))).toEqual({
      "Main/api": "restart, ready", "Main/web": "adopt, ready", "Main/gone": "stop, stopped", "Main/off": "leave, stopped", "Main/late": "start, ready", "Main/kept": "adopt, ready",
    });
    expect(pidOf(shop.life("api"))).not.toBe(api);
    expect([pidOf(shop.life("web")), pidOf(shop.life("kept"))]).toEqual([web, kept]);
    expect(shop.engine.store.state()?.units["Main/kept"]?.spec.critical).toBe(false);
    expect((await differs(shop, 2)).units).toEqual({});
  });

});

describe("a configuration", () => {
  test("that cannot be read is a problem with its place, and gone when it is mended", async () => {
    const shop = await workshop({ api: sleeper });
    await shop.submit("start");
    shop.configure({ api: { ...sleeper, nonsense: true } });
    expect((await differs(shop, 1)).problem).toMatchObject({ reason: "configuration_invalid", place: { file: join(shop.repository, ".envctl"), line: 1 } });
    expect(shop.engine.store.state()?.configurationProblem).toBeDefined();
    expect(shop.life("api")?.status).toBe("ready");
    shop.configure({ api: sleeper });
    expect((await differs(shop, 2)).problem).toBeUndefined();
    expect(shop.engine.store.state()?.configurationProblem).toBeUndefined();
  });

  test("is compared when a file comes, is replaced as editors do it, or goes, and once by the next daemon", async () => {
    const shop = await workshop({ api: sleeper });
    await shop.submit("start");
    const local = ".envctl.local";
    shop.write(local, 'services: { api: { env: { A: "1" } } }\n');
    expect((await differs(shop, 1)).units).toEqual({ "Main/api": "changed: env A" });
    shop.write("draft", 'services: { api: { env: { C: "1" } } }\n');
    renameSync(join(shop.repository, "draft"), join(shop.repository, local));
    expect((await differs(shop, 2)).units).toEqual({ "Main/api": "changed: env C" });
    rmSync(join(shop.repository, local));
    expect((await differs(shop, 3)).units).toEqual({});
    const next = await shop.replaced(() => shop.write(local, 'services: { api: { env: { B: "1" } } }\n'));
    expect((await differs(next, 1)).units).toEqual({ "Main/api": "changed: env B" });
  });
});

describe("what a unit was started with", () => {
  test("holds for its restart after a crash, and for what counts as different", async () => {
    const shop = await workshop({ api: { ...sleeper, env: { MODE: "plain", SET: "plain" }, restart: { strategy: "immediate" } } });
    shop.write(".envctl.fast", "services: { api: { env: { MODE: fast } } }\n");
    await shop.submit("start", { profile: "fast", overrides: { "services.api.env.SET": "given" } });
    const isSame = (): boolean => JSON.stringify(shop.engine.store.state()?.units["Main/api"]?.spec.env).includes('"MODE":"fast","SET":"given"');
    expect(isSame()).toBe(true);
    const pid = pidOf(shop.life("api"));
    await eventually(() => shop.engine.table.row(pid)?.group === pid, "its own group");
    sendSignal(-pid, "SIGKILL");
    await eventually(() => shop.life("api")?.status === "ready" && pidOf(shop.life("api")) !== pid, "the restart");
    expect(isSame()).toBe(true);
    const next = await shop.replaced();
    shop.write(".envctl.fast", "services: { api: { env: { MODE: faster } } }\n");
    expect((await differs(next, 1)).units).toEqual({ "Main/api": "changed: env MODE" });
    await next.submit("reload");
    expect(next.engine.store.state()?.units["Main/api"]?.spec.env).toMatchObject({ MODE: "faster", SET: "given" });
  });

  test("says whether the whole project was meant: a part of it gets nothing new", async () => {
    const shop = await workshop({ api: sleeper, web: sleeper });
    await shop.submit("start", { services: ["api"] });
    shop.configure({ api: { ...sleeper, env: { A: "1" } }, web: sleeper, late: sleeper });
    expect((await differs(shop, 1)).units).toEqual({ "Main/api": "changed: env A" });
  });
});

test("a reload without a run says so", async () => {
  const shop = await workshop({ api: sleeper });
  expect(await shop.submit("reload")).toMatchObject({ ok: false, exit: 1, failures: [{ reason: "not_running", message: "nothing is running, so there is nothing to reload" }] });
});

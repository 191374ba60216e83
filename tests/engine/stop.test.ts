import { describe, expect, test } from "vitest";
import { freePorts, isFree } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { failureOf, pidOf, playing, workshop } from "./workshop.ts";

/** A server that left session, group and parent: only its mark tells whose it is. */
const daemonized = (port: string): readonly string[] => ["/bin/sh", "-c", 'setsid sh -c \'"$@" & \' sh "$@"; exec sleep 60', "sh", ...playing({ listen: port })];

describe("stop", () => {
  test("kills what ignores its signal after the grace, and says which pid", async () => {
    const shop = await workshop({ api: { command: playing({ ignoreTerm: true, listen: "{port}" }), port: await freePorts(), stop: { grace: "150ms" } } });
    await shop.submit("start");
    const report = await shop.submit("stop");
    expect(report).toMatchObject({ ok: true, killed: [{ unitId: "Main/api" }] });
    expect(shop.log("api")).toContain("SIGTERM");
    expect(shop.life("api")).toMatchObject({ status: "stopped", exit: { kind: "signal", signal: "SIGKILL" } });
    expect(shop.processes()).toEqual([]);
  });

  test("tells only the first process when asked to, which ends the others", async () => {
    const script = "trap 'kill $!; echo asked; exit 0' INT; sleep 60 & wait";
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", script], stop: { signal: "SIGINT", to: "leader" } } });
    await shop.submit("start");
    await eventually(() => shop.engine.table.children(pidOf(shop.life("api"))).some((pid) => shop.engine.table.children(pid).length > 0), "the helper");
    expect(await shop.submit("stop")).toMatchObject({ ok: true, killed: [] });
    expect(shop.log("api")).toBe("asked\n");
    expect(shop.life("api")).toMatchObject({ exit: { kind: "code", code: 0 } });
  });

  test.each([
    ["in a session of its own", playing({ through: "session", listen: "{port}" })],
    ["whose parent has ended", playing({ through: "orphan", listen: "{port}" })],
    ["that lost its environment", playing({ through: "session", listen: "{port}", cleanEnv: true })],
    ["that daemonized itself", daemonized("{port}")],
  ])("finds a server %s", async (_how, command) => {
    const port = await freePorts();
    const shop = await workshop({ api: { command, port, stop: { grace: "1s" } } });
    expect(await shop.submit("start")).toMatchObject({ ok: true });
    expect(await isFree(port)).toBe(false);
    await shop.submit("stop");
    expect(shop.processes()).toEqual([]);
    expect(await isFree(port)).toBe(true);
  });

});

describe("stop of several", () => {
  test("ends dependents before what they depend on", async () => {
    const shop = await workshop({ a: { command: ["sleep", "60"] }, b: { command: ["sleep", "60"], depends_on: ["a"] }, c: { command: ["sleep", "60"], depends_on: ["b"] } });
    await shop.submit("start");
    await shop.submit("stop");
    expect(shop.events.flatMap((event) => (event.type === "unit_stopped" ? [event.unitId] : []))).toEqual(["Main/c", "Main/b", "Main/a"]);
    expect(shop.engine.store.state()?.stoppedAt).toBeDefined();
  });

  test("of nothing is fine, and a resume after it is not", async () => {
    const shop = await workshop({ a: { command: ["sleep", "60"] } });
    expect(await shop.submit("stop")).toMatchObject({ ok: true, exit: 0, notes: ["nothing is running"] });
    expect(await shop.submit("resume")).toMatchObject({ ok: false, exit: 1, failures: [{ reason: "not_running" }] });
  });

  test("of a unit that failed ends the run, so that nothing brings it back", async () => {
    const shop = await workshop({ a: { command: ["false"], port: await freePorts() }, b: { command: ["sleep", "60"] } });
    await shop.submit("start");
    await shop.submit("stop");
    expect(shop.engine.store.state()?.stoppedAt).toBeDefined();
    expect(shop.engine.reservations.own()).toEqual([]);
  });
});

describe("a failed start", () => {
  test("leaves nothing, not even a server that daemonized itself", async () => {
    const port = await freePorts();
    const script = 'setsid sh -c \'"$@" & \' sh "$@"; exit 0';
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", script, "sh", ...playing({ afterMs: 300, listen: "{port}" })], port } });
    expect(failureOf(await shop.submit("start"), "api")).toMatchObject({ reason: "process_exited", hint: expect.stringContaining("foreground") as string });
    expect(shop.processes()).toEqual([]);
  });
});

describe("restart", () => {
  test("has the same port again though a daemonized server held it", async () => {
    const port = await freePorts();
    const shop = await workshop({ api: { command: daemonized("{port}"), port, stop: { grace: "1s" } } });
    await shop.submit("start");
    expect(await shop.submit("restart")).toMatchObject({ ok: true, units: [{ port, status: "ready" }] });
  });

  test("happens for what changed and for nothing else", async () => {
    const services = { a: { command: ["sleep", "60"] }, b: { command: ["sleep", "60"], env: { X: "1" } } };
    const shop = await workshop(services);
    await shop.submit("start");
    const before = { a: pidOf(shop.life("a")), b: pidOf(shop.life("b")) };
    shop.configure({ ...services, b: { command: ["sleep", "60"], env: { X: "2" } } });
    const report = await shop.submit("start");
    expect(report.units.map(({ unitId, action, because }) => `${unitId} ${action} ${because}`)).toEqual(["Main/a adopt lives and is unchanged", "Main/b restart changed: env X"]);
    expect(pidOf(shop.life("a"))).toBe(before.a);
    expect(pidOf(shop.life("b"))).not.toBe(before.b);
  });
});

describe("cancelling", () => {
  test("in the middle of a start stops what was started for it, and only that", async () => {
    const shop = await workshop({ old: { command: ["sleep", "60"] }, quick: { command: ["sleep", "60"] }, slow: { command: ["sleep", "60"], port: await freePorts(), depends_on: ["quick"] } });
    await shop.submit("start", { services: ["old"] });
    const abort = new AbortController();
    shop.engine.store.subscribe((event) => {
      if (event.type === "unit_started" && event.unitId === "Main/slow") abort.abort();
    });
    expect(await shop.submit("start", {}, abort.signal)).toMatchObject({ ok: false, exit: 2 });
    expect(["old", "quick", "slow"].map((name) => shop.life(name)?.status)).toEqual(["ready", "stopped", "stopped"]);
    expect(shop.processes().filter((command) => command.includes("sleep"))).toHaveLength(2);
  });

  test("while it waits in the queue does nothing at all, and is told at once", async () => {
    const shop = await workshop({ a: { command: ["sleep", "60"], port: await freePorts(), ready: { listener: true, timeout: "60s" } } });
    const [slow, abort] = [new AbortController(), new AbortController()];
    const first = shop.submit("start", {}, slow.signal);
    const second = shop.submit("restart", {}, abort.signal);
    abort.abort();
    await expect(shop.submit("stop", { noWait: true })).rejects.toThrow("another command is being carried out");
    await expect(second).rejects.toThrow("cancelled before anything was done");
    slow.abort();
    expect(await first, "it was under way still").toMatchObject({ ok: false, exit: 2 });
    expect(shop.events.filter((event) => event.type === "unit_starting").length).toBeLessThanOrEqual(1);
  });
});

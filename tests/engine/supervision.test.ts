import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { ownProcesses } from "../../src/engine/ownership.ts";
import { exitStatusPath } from "../../src/engine/executors/process.ts";
import { sweepStrays } from "../../src/engine/strays.ts";
import { sendSignal } from "../../src/host/signals.ts";
import { ownerMark } from "../../src/model/unit.ts";
import { stageMark } from "../rig/processes.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { killUnitOf, pidOf, playing, workshop, type Workshop } from "./workshop.ts";

/** A unit without a port is ready before its front shell has started the first process; a mere copy of the shell does not count. */
function leaderOf(shop: Workshop, name: string): Promise<number> {
  const { table } = shop.engine;
  const isProgram = (pid: number): boolean => table.describe(pid).command?.includes("_envctl_status") === false;
  return eventually(() => table.children(pidOf(shop.life(name))).find(isProgram), "the first process");
}

describe("a ready unit that ends by itself", () => {
  test("is recorded with its exit and the end of its log, and what is left of it is ended", async () => {
    const script = 'echo "last words" >&2; (trap "" TERM; sleep 60) & while [ ! -e go ]; do sleep 0.01; done; exit 5';
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", script] } });
    await shop.submit("start");
    appendFileSync(`${shop.repository}/go`, "");
    await eventually(() => shop.life("api")?.status === "failed", "the crash");
    expect(shop.life("api")).toMatchObject({ exit: { kind: "code", code: 5 }, failure: { reason: "process_exited", message: "Main/api ended by itself with exit code 5", logTail: ["last words"] } });
    await eventually(() => shop.processes().length === 0, "the end of its helper");
    expect(await shop.submit("resume")).toMatchObject({ units: [{ action: "start" }] });
  });

  test("is noticed while others are still starting", async () => {
    const shop = await workshop({ quick: { command: ["/bin/sh", "-c", "exit 4"] }, slow: { command: ["sleep", "60"], ready: { delay: "300ms" } } });
    await shop.submit("start");
    expect(shop.life("quick")).toMatchObject({ status: "failed", exit: { kind: "code", code: 4 } });
  });

  test("is noticed after a restart too", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    await shop.submit("restart");
    sendSignal(await leaderOf(shop, "api"), "SIGKILL");
    await eventually(() => shop.life("api")?.status === "failed", "the crash");
    expect(shop.life("api")).toMatchObject({ exit: { kind: "signal", signal: "SIGKILL" } });
  });

  test("is noticed when its front shell was killed with it, without a status", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    await killUnitOf(shop, "api");
    await eventually(() => shop.life("api")?.status === "failed", "the crash");
    expect(shop.life("api")).toMatchObject({ exit: { kind: "unknown" } });
  });
});

describe("a new daemon", () => {
  test("takes living units over as they are and follows them", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] }, other: { command: ["sleep", "60"] } });
    await shop.submit("start");
    const pid = pidOf(shop.life("api"));
    const next = await shop.replaced();
    expect(pidOf(next.life("api"))).toBe(pid);
    expect(await next.submit("start")).toMatchObject({ units: [{ action: "adopt" }, { action: "adopt" }] });
    sendSignal(await leaderOf(next, "api"), "SIGTERM");
    await eventually(() => next.life("api")?.status === "failed", "the crash");
    expect(next.life("api")).toMatchObject({ exit: { kind: "signal", signal: "SIGTERM" } });
  });

  test("tells how a unit ended while nobody watched", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    const pid = pidOf(shop.life("api"));
    const leader = await leaderOf(shop, "api");
    shop.engine.supervisor.close();
    sendSignal(leader, "SIGINT");
    await eventually(() => shop.engine.table.row(pid) === undefined, "its end");
    const next = await shop.replaced();
    expect(next.life("api")).toMatchObject({ status: "failed", exit: { kind: "signal", signal: "SIGINT" } });
    expect(await next.submit("resume")).toMatchObject({ ok: true, units: [{ action: "start" }] });
  });

  test("clears away a start that was interrupted, and resume makes it good", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    const { spec } = shop.engine.store.state()?.units["Main/api"] ?? {};
    if (spec === undefined) throw new Error("no unit");
    await leaderOf(shop, "api");
    shop.engine.supervisor.close();
    shop.engine.store.dispatch({ type: "unit_stopped", unitId: spec.id, exit: { kind: "unknown" }, killed: [] });
    shop.engine.store.dispatch({ type: "unit_planned", unitId: spec.id, spec, because: "test", isAutomatic: false });
    shop.engine.store.dispatch({ type: "unit_starting", unitId: spec.id, mark: "m", logPath: `${shop.directory}/log`, environmentId: "e" });
    expect(shop.processes().length).toBeGreaterThan(0);
    const next = await shop.replaced();
    await eventually(() => next.processes().length === 0, "the end of what was half started");
    expect(next.life("api")).toMatchObject({ status: "failed", failure: { reason: "cancelled" } });
    expect(await next.submit("resume")).toMatchObject({ ok: true });
  });
});

test("strays are found by their mark; what others marked is not touched", async () => {
  const shop = await workshop({ api: { command: ["sleep", "60"] } });
  await shop.submit("start");
  const runId = shop.engine.store.state()?.runId ?? "";
  const marked = (mark: string) => {
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore", env: { PATH: process.env["PATH"], ENVCTL_OWNER: mark, [stageMark]: shop.directory } });
    onTestFinished(() => void child.kill("SIGKILL"));
    return child.pid ?? 0;
  };
  const stray = marked(ownerMark(shop.engine.scopeId, "Main/gone", runId));
  const foreign = marked(ownerMark("repo-another", "Main/gone", runId));
  await eventually(() => shop.engine.table.mark(stray) !== undefined && shop.engine.table.mark(foreign) !== undefined, "the marks");
  expect(await sweepStrays(shop.engine, false)).toEqual({ ended: [{ unitId: "Main/gone", pid: stray }], failures: [] });
  expect(shop.engine.table.row(stray)).toBeUndefined();
  expect(shop.engine.table.row(foreign)).toBeDefined();
  expect(shop.life("api")?.status).toBe("ready");
  sendSignal(foreign, "SIGKILL");
});

test("a number that belongs to somebody else now proves nothing", async () => {
  const shop = await workshop({ api: { command: playing({ helper: "session", listen: "{port}" }), port: await freePorts(), stop: { grace: "100ms" } } });
  await shop.submit("start");
  const { life, spec } = shop.engine.store.state()?.units["Main/api"] ?? {};
  if (life?.status !== "ready" || spec === undefined || life.handle.inside !== undefined) throw new Error("no ready process");
  const rows = shop.engine.table.rows();
  const markPrefix = `${shop.engine.scopeId}/Main/api/`;
  expect(ownProcesses(shop.engine.table, rows, { handle: life.handle, markPrefix }).length).toBeGreaterThanOrEqual(3);
  expect(ownProcesses(shop.engine.table, rows, { handle: { ...life.handle, startTime: "1" }, markPrefix })).toEqual([]);
  expect(ownProcesses(shop.engine.table, rows, { handle: life.handle, markPrefix: `${shop.engine.scopeId}/Main/other/` })).toMatchObject([]);
});

test("status files have names every file system takes", async () => {
  const shop = await workshop({});
  const long = `${"ż".repeat(100)}/backend`;
  const name = exitStatusPath(shop.engine, "run-1", long, 1).split("/").at(-1) ?? "";
  expect(Buffer.byteLength(name)).toBeLessThan(255);
  expect(exitStatusPath(shop.engine, "run-1", long, 2)).not.toBe(exitStatusPath(shop.engine, "run-1", long, 1));
  expect(exitStatusPath(shop.engine, "run-1", "Main/api", 1)).toContain("Main%2Fapi.1");
});

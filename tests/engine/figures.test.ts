import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { familyReader } from "../../src/engine/family-reader.ts";
import { familiesOf, type FamilyQuestion } from "../../src/engine/ownership.ts";
import { daemonName, type ProcessRow } from "../../src/host/process-row.ts";
import { sendSignal } from "../../src/host/signals.ts";
import type { UnitFigures } from "../../src/model/figures.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { pidOf, playing, workshop, type Workshop } from "./workshop.ts";

/** Runs it as the child of a shell that waits for it. */
const below = (command: readonly string[]): readonly string[] => ["/bin/sh", "-c", '"$@" & wait', "sh", ...command];
const mebibyte = 2 ** 20;

/** Samples until it is so. */
function sampledUntil(shop: Workshop, isSo: () => boolean, what: string): Promise<unknown> {
  return eventually(() => (shop.figures("api"), isSo()), what, 20_000);
}

/** Figures that are as expected, sampled until they are. */
function figuresWhen(shop: Workshop, name: string, isRight: (figures: UnitFigures) => boolean): Promise<UnitFigures> {
  return eventually(() => [shop.figures(name)].find((figures) => figures !== undefined && isRight(figures)), "these figures", 20_000);
}

function limitEvents(shop: Workshop): readonly unknown[] {
  return shop.events.filter((event) => event.type === "unit_limit");
}

describe("figures", () => {
  test("are of the whole process tree, of each unit its own", async () => {
    const shop = await workshop({ api: { command: below(playing({ allocate: 100, files: 60 })) }, small: { command: ["sleep", "60"] } });
    await shop.submit("start");
    const api = await figuresWhen(shop, "api", ({ memory_bytes, fds, cpu }) => memory_bytes > 100 * mebibyte && (fds ?? 60) >= 60 && cpu !== null);
    expect(api).toMatchObject({ pid: pidOf(shop.life("api")), processes: 3 });
    expect(api.uptime_ms).toBeGreaterThan(0);
    expect(api.connections).toBeUndefined();
    expect(shop.figures("small")?.memory_bytes).toBeLessThan(20 * mebibyte);
  });

  test("tell who keeps the processor busy", async () => {
    const shop = await workshop({ busy: { command: below(playing({ burn: true })) }, calm: { command: ["sleep", "60"] } });
    await shop.submit("start");
    // However many want the processor: the one takes what it can get, the other nothing.
    const cpuOf = (name: string): number | undefined => shop.figures(name)?.cpu ?? undefined;
    await eventually(() => (cpuOf("busy") ?? 0) > 0.01 && (cpuOf("busy") ?? 0) > 10 * (cpuOf("calm") ?? 1), "busy figures", 20_000);
  });

  test("are no events", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    const { seq } = shop.engine.store.state() ?? {};
    for (let times = 0; times < 20; times += 1) expect(shop.figures("api")).toBeDefined();
    expect(shop.engine.store.state()?.seq).toBe(seq);
  });

  test("are gone with the unit, and with the daemon", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"] } });
    await shop.submit("start");
    expect(shop.figures("api")?.pid).toBe(pidOf(shop.life("api")));
    const next = await shop.replaced();
    expect(existsSync(shop.engine.scope.figures)).toBe(true);
    expect(next.figures("api")?.pid).toBe(pidOf(shop.life("api")));
    await next.submit("stop");
    expect(next.figures("api")).toBeUndefined();
    expect(existsSync(next.engine.scope.figures)).toBe(false);
  });
});

describe("a unit over a limit", () => {
  test("is told once and goes on when that is all that is wanted", async () => {
    const port = await freePorts();
    const shop = await workshop({ api: { command: playing({ listen: "{port}", connections: 4, files: 40 }), port, limits: { connections: 3, fds: 30 } } });
    await shop.submit("start");
    await sampledUntil(shop, () => limitEvents(shop).length === 2, "two limits told");
    for (let times = 0; times < 10; times += 1) expect(shop.figures("api")?.connections).toBe(8);
    expect(limitEvents(shop)).toHaveLength(2);
    expect(limitEvents(shop)).toContainEqual(expect.objectContaining({ limit: "connections", measured: 8, allowed: 3, action: "warn" }));
    expect(shop.life("api")?.status).toBe("ready");
  });

  test("is restarted as its policy says", async () => {
    const command = ["/bin/sh", "-c", 'if [ -e once ]; then exec sleep 60; fi; touch once; exec "$@"', "sh", ...playing({ allocate: 100 })];
    const shop = await workshop({ api: { command, limits: { memory: "90M", on_limit: "restart" }, restart: { strategy: "fixed", base: "10ms" } } });
    await shop.submit("start");
    const before = pidOf(shop.life("api"));
    await sampledUntil(shop, () => shop.life("api")?.status === "ready" && pidOf(shop.life("api")) !== before, "its restart");
    expect(shop.events.flatMap((event) => (event.type.startsWith("unit_") && event.type !== "unit_planned" ? [event.type] : []))).toEqual([
      "unit_starting", "unit_started", "unit_ready", "unit_limit", "unit_stopping", "unit_crashed", "unit_restarting", "unit_starting", "unit_started", "unit_ready",
    ]);
    expect(shop.engine.store.state()?.units["Main/api"]).toMatchObject({ restarts: [expect.any(String)], attempt: 1 });
  });

  test("is ended for good, and the failure names what it used, what it may, and the key", async () => {
    const shop = await workshop({ api: { command: below(playing({ burn: true })), limits: { cpu: "2%", on_limit: "kill" }, restart: { strategy: "immediate" } } });
    await shop.submit("start");
    await sampledUntil(shop, () => shop.life("api")?.status === "failed", "its end");
    const { failure } = shop.life("api") as { readonly failure?: unknown };
    expect(failure).toMatchObject({
      reason: "limit_exceeded",
      message: expect.stringMatching(/^Main\/api used \d+% CPU of 2% and was ended$/) as string,
      hint: expect.stringContaining("raise services.api.limits.cpu") as string,
      logTail: [expect.stringContaining("puppet")],
    });
    expect(shop.events.some((event) => event.type === "unit_restarting")).toBe(false);
    expect(shop.processes()).toEqual([]);
  });
});

describe("a helper that clears its environment, leaves session and group and loses its parent", () => {
  const helper = playing({ helper: "session", cleanEnv: true });
  const isHelper = (command: string): boolean => command.includes("--ignoreTerm");
  const isAwake = (shop: Workshop): boolean => shop.processes().some(isHelper) && shop.log("api").split("starts").length === 3;

  test.each(["the daemon that saw it", "the next daemon"])("is ended by a stop of %s", async (whose) => {
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", '"$@" & exec sleep 60', "sh", ...helper], stop: { grace: "200ms" } } });
    await shop.submit("start");
    await eventually(() => isAwake(shop), "the helper");
    expect(shop.figures("api")?.processes).toBe(4);
    const parent = shop.engine.table.rows().find((row) => shop.engine.table.describe(row.pid).command?.endsWith("--helper=session --cleanEnv") === true && row.name === "node");
    sendSignal(parent?.pid ?? 0, "SIGKILL");
    await eventually(() => shop.engine.table.row(parent?.pid ?? 0) === undefined, "the end of its parent");
    expect(shop.processes().some(isHelper)).toBe(true);
    const stopping = whose === "the next daemon" ? await shop.replaced() : shop;
    const report = await stopping.submit("stop");
    expect(report.killed).toHaveLength(1);
    expect(shop.processes()).toEqual([]);
  });

  test("is ended after a crash of its unit too, and what is remembered is forgotten", async () => {
    const shop = await workshop({ api: { command: helper, restart: { strategy: "never" } } });
    await shop.submit("start");
    await eventually(() => isAwake(shop), "the helper");
    const { life } = shop.engine.store.state()?.units["Main/api"] ?? {};
    if (life?.status !== "ready" || life.handle.pid === undefined) throw new Error("not ready");
    expect(shop.figures("api")?.processes).toBe(3);
    sendSignal(-pidOf(life), "SIGKILL");
    await eventually(() => shop.life("api")?.status === "failed" && shop.processes().length === 0, "the end of everything");
    shop.figures("api");
    expect(shop.engine.descendants.of(life.handle)).toEqual([]);
  });
});

describe("families", () => {
  const row = (pid: number, parent: number, parts: Partial<ProcessRow> = {}): ProcessRow => ({ pid, parent, name: "node", group: pid, session: pid, startTime: String(pid), cpuMs: 0, residentBytes: 0, ...parts });
  const handle = (pid: number) => ({ pid, startTime: String(pid), bootId: "b", pidNamespace: "n" });
  const found = (rows: readonly ProcessRow[], recorded: readonly ProcessRow[] = []) =>
    Object.fromEntries([...familiesOf(rows, [{ unitId: "a", handle: handle(10), recorded }, { unitId: "b", handle: handle(20), recorded: [] }])].map(([unitId, family]) => [unitId, family.map(({ pid }) => pid)]));

  test("are found by session, group and descent, in whatever order they are read", () => {
    expect(found([row(13, 12), row(12, 11), row(11, 10, { session: 10 }), row(10, 1), row(14, 1, { group: 10 }), row(15, 14), row(20, 1), row(30, 1)])).toEqual({ a: [13, 12, 11, 10, 14, 15], b: [20] });
  });

  test("keep what was recorded, by its start time, and what descends from it", () => {
    expect(found([row(50, 1), row(51, 50)], [row(50, 10)])).toEqual({ a: [50, 51], b: [] });
    expect(found([row(50, 1, { startTime: "later" }), row(51, 50)], [row(50, 10)])).toEqual({ a: [], b: [] });
  });

  test("do not take a number for a unit that is somebody else's now, nor a circle for an end", () => {
    expect(found([row(10, 1, { startTime: "later" }), row(11, 10), row(40, 41), row(41, 40)])).toEqual({ a: [], b: [] });
  });

  test("leave a daemon that a unit started, and all that is the daemon's, alone", () => {
    expect(found([row(10, 1), row(11, 10), row(12, 11, { name: daemonName }), row(13, 12)], [row(12, 11)])).toEqual({ a: [10, 11], b: [] });
  });

  test("are looked for among everybody when a unit comes, and later among its own and the new", () => {
    const leftOut = new Set<number>();
    const living = [row(10, 1), row(20, 1), row(21, 20), row(30, 1)];
    const reader = familyReader({
      row: () => undefined,
      rows: () => living.filter(({ pid }) => !leftOut.has(pid)),
      leaveOut: (pids) => [...pids].forEach((pid) => leftOut.add(pid)),
      leaveOutNobody: () => leftOut.clear(),
      close: () => undefined,
    });
    const pids = (...questions: readonly FamilyQuestion[]): unknown => [...reader.families(questions).values()].map((family) => family.map(({ pid }) => pid));
    const [a, b] = [{ unitId: "a", handle: handle(10), recorded: [] }, { unitId: "b", handle: handle(20), recorded: [] }];
    expect(pids(a)).toEqual([[10]]);
    expect([...leftOut]).toEqual([20, 21, 30]);
    living.push(row(11, 10));
    expect(pids(a)).toEqual([[10, 11]]);
    expect(pids(a, b)).toEqual([[10, 11], [20, 21]]);
    expect([...leftOut]).toEqual([30]);
  });
});

/** One contract for every executor: whoever looks at a unit need not know how it runs. */
import { spawn } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ExecutorName } from "../../src/model/unit.ts";
import { actor, actorExecutors, actorFiles, ask } from "../rig/actor.ts";
import { freePorts } from "../rig/ports.ts";
import { eventually } from "../rig/wait.ts";
import { failureOf, playing, workshop, type Workshop } from "./workshop.ts";

const quick = { strategy: "fixed", base: "20ms", jitter: 0 };

interface Played {
  readonly shop: Workshop;
  readonly port: number;
}

async function played(executor: ExecutorName, more: Readonly<Record<string, unknown>> = {}): Promise<Played> {
  const port = await freePorts();
  const shop = await workshop({ actor: { ...actor(executor, port), env: { WORD: "hello" }, restart: { strategy: "never" }, ...more } }, { files: actorFiles });
  expect(await shop.submit("start")).toMatchObject({ ok: true });
  return { shop, port };
}

function types(shop: Workshop): readonly string[] {
  return shop.events.map((event) => event.type).filter((type) => type.startsWith("unit_"));
}

describe.each(actorExecutors)("a unit run as %s", (executor) => {
  test("starts, is ready when its port answers, and knows its environment", async () => {
    const { shop, port } = await played(executor);
    expect(shop.life("actor")).toMatchObject({ status: "ready", evidence: `127.0.0.1:${port} accepts connections` });
    expect(await ask(port)).toMatchObject({ word: "hello" });
    expect(await shop.submit("start")).toMatchObject({ units: [{ action: "adopt" }] });
  });

  test("writes to its log", async () => {
    const { shop, port } = await played(executor);
    await eventually(() => shop.log("actor").includes(`serves ${port}\n`), "the line in the log");
  });

  test("may say good-bye when it is stopped", async () => {
    const { shop, port } = await played(executor);
    expect(await shop.submit("stop")).toMatchObject({ ok: true, killed: [] });
    expect(shop.life("actor")).toMatchObject({ status: "stopped", exit: { kind: "code", code: 0 }, killed: [] });
    expect(shop.log("actor")).toMatch(/bye\n$/);
    expect(types(shop)).not.toContain("unit_crashed");
    await expect(ask(port)).rejects.toThrow("ECONNREFUSED");
  });

  test("is another one after a restart", async () => {
    const { shop, port } = await played(executor);
    const before = shop.life("actor");
    expect(await shop.submit("restart")).toMatchObject({ ok: true, units: [{ action: "restart", port }] });
    expect(shop.life("actor")).not.toMatchObject({ handle: before !== undefined && "handle" in before ? before.handle : {} });
    expect(await ask(port)).toMatchObject({ word: "hello" });
  });
});

describe.each(actorExecutors)("the end of a unit run as %s", (executor) => {
  test("is recorded with its cause and last lines, and a new one takes its place", async () => {
    const { shop, port } = await played(executor, { restart: quick });
    await ask(port, "crash");
    await eventually(() => types(shop).filter((type) => type === "unit_ready").length === 2, "the restart");
    const crash = shop.events.find((event) => event.type === "unit_crashed");
    expect(crash).toMatchObject({ exit: { kind: "code", code: 1 }, failure: { reason: "process_exited", message: "Main/actor ended by itself with exit code 1", logTail: expect.arrayContaining([expect.stringContaining("Error: asked to crash")]) } });
    expect(await ask(port)).toMatchObject({ word: "hello" });
  });

  test("has code 0 when it returns unasked", async () => {
    const { shop, port } = await played(executor);
    await ask(port, "end");
    await eventually(() => shop.life("actor")?.status === "failed", "its end");
    expect(shop.life("actor")).toMatchObject({ exit: { kind: "code", code: 0 } });
  });

  test("makes it given up when it comes too often", async () => {
    const { shop, port } = await played(executor, { restart: { ...quick, max: 1 } });
    await ask(port, "crash");
    await eventually(() => types(shop).filter((type) => type === "unit_ready").length === 2, "the restart");
    await ask(port, "crash");
    await eventually(() => shop.life("actor")?.status === "failed", "the end of patience");
    expect(shop.life("actor")).toMatchObject({ failure: { reason: "restart_limit" } });
  });

  test("is made good by a resume", async () => {
    const { shop, port } = await played(executor);
    await ask(port, "crash");
    await eventually(() => shop.life("actor")?.status === "failed", "the crash");
    expect(await shop.submit("resume")).toMatchObject({ ok: true, units: [{ action: "start", port }] });
  });
});

describe("a unit that does not hear its stop", () => {
  const deaf = { env: { DEAF: "yes" }, stop: { grace: "100ms" } };

  test.each(["process", "node", "thread"] as const)("is ended by force as %s", async (executor) => {
    const { shop, port } = await played(executor, deaf);
    expect(await shop.submit("stop")).toMatchObject({ ok: true });
    expect(shop.life("actor")).toMatchObject({ status: "stopped", exit: { kind: "signal", signal: "SIGKILL" } });
    await expect(ask(port)).rejects.toThrow("ECONNREFUSED");
  });

  test("is reported as failed as async, is not started twice, and counts as stopped once it ends after all", async () => {
    const { shop, port } = await played("async", deaf);
    const report = await shop.submit("stop");
    expect(report).toMatchObject({ ok: false, exit: 1 });
    expect(failureOf(report, "actor")).toMatchObject({ reason: "stop_failed", hint: expect.stringContaining("envctl daemon stop") });
    expect(shop.life("actor")).toMatchObject({ status: "failed", handle: { inside: "async" } });
    expect(failureOf(await shop.submit("start"), "actor")).toMatchObject({ reason: "stop_failed" });
    await ask(port, "let-go");
    await eventually(() => shop.life("actor")?.status === "stopped", "its late end");
    expect(await shop.submit("start", {})).toMatchObject({ ok: true });
    await ask(port, "let-go");
    await eventually(() => shop.life("actor")?.status === "failed", "its end");
  });
});

describe.each(["thread", "async"] as const)("a unit inside the daemon, as %s", (executor) => {
  test("names the daemon's process, which nobody signals for it: not at a stop, a crash, a restart, a kill", async () => {
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    onTestFinished(() => void bystander.kill("SIGKILL"));
    const [port, other] = [await freePorts(), await freePorts()];
    const shop = await workshop({ actor: { ...actor(executor, port), restart: quick, live: { http: "/", interval: "20ms" } }, other: { command: playing({ listen: "{port}" }), port: other } }, { files: actorFiles });
    const signalled: NodeJS.Signals[] = [];
    const note = (signal: NodeJS.Signals): void => void signalled.push(signal);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, note);
      onTestFinished(() => void process.off(signal, note));
    }
    await shop.submit("start");
    expect(shop.life("actor")).toMatchObject({ handle: { pid: process.pid, inside: executor } });
    expect(await ask(port)).toMatchObject({ pid: process.pid });
    const otherBefore = shop.life("other");
    await ask(port, "crash");
    await eventually(() => types(shop).filter((type) => type === "unit_restarting").length === 1 && shop.life("actor")?.status === "ready", "the restart");
    await shop.submit("restart", { services: ["actor"] });
    await shop.submit("stop", { services: ["actor"] });
    await shop.submit("resume");
    expect(shop.life("other")).toEqual(otherBefore);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    expect(signalled).toEqual([]);
  });

  test("leaves the daemon's own environment alone", async () => {
    const { port } = await played(executor);
    expect(process.env["WORD"]).toBeUndefined();
    expect(await ask(port)).toMatchObject(executor === "thread" ? { own: "hello" } : { word: "hello" });
  });

  test("comes back with the next daemon, which counts no failure", async () => {
    const { shop, port } = await played(executor, { restart: quick });
    const next = await shop.replaced();
    await eventually(() => next.life("actor")?.status === "ready", "its return");
    expect(next.engine.store.state()?.units["Main/actor"]).toMatchObject({ restarts: [], attempt: 0 });
    expect(next.engine.store.state()?.failures).toEqual([]);
    expect(await ask(port)).toMatchObject({ pid: process.pid });
  });

  test("comes back after what it depends on", async () => {
    const [first, second] = [await freePorts(), await freePorts()];
    const shop = await workshop({ web: { ...actor(executor, first), depends_on: ["api"] }, api: actor(executor, second) }, { files: actorFiles });
    await shop.submit("start");
    const next = await shop.replaced();
    await eventually(() => next.life("web")?.status === "ready", "their return");
    expect(next.events.filter((event) => event.type === "unit_ready").map((event) => "unitId" in event && event.unitId)).toEqual(["Main/api", "Main/web"]);
  });
});

test("a thread's own processes end with it", async () => {
  const shop = await workshop({ parent: { module: "parent.mjs", executor: "thread" } }, { files: { "parent.mjs": 'import { spawn } from "node:child_process"; import { once } from "node:events"; export async function run({ signal }) { spawn("sleep", ["61"], { detached: true, stdio: "ignore" }); await once(signal, "abort"); }' } });
  await shop.submit("start");
  await eventually(() => shop.processes().includes("sleep 61"), "its process");
  await shop.submit("stop");
  expect(shop.processes()).toEqual([]);
});

describe("a module that cannot run", () => {
  const modules = {
    "unmarked.mjs": "globalThis.wasLoaded = true; export async function run() {}",
    "empty.mjs": "export const safe = true;\n",
    "broken.mjs": "export const safe = true;\nexport async function run() { throw new Error(`cannot serve`); }",
  };

  test("is refused as async unless it is marked as safe, and not even loaded", async () => {
    const shop = await workshop({ mail: { module: "unmarked.mjs", executor: "async" } }, { files: modules });
    const failure = failureOf(await shop.submit("start"), "mail");
    expect(failure).toMatchObject({ reason: "configuration_invalid", place: { file: `${shop.repository}/unmarked.mjs` }, hint: expect.stringMatching(/export const safe = true;.*services\.mail\.executor to thread/) });
    expect("wasLoaded" in globalThis).toBe(false);
  });

  test.each(["node", "thread", "async"] as const)("is told to be missing (%s)", async (executor) => {
    const shop = await workshop({ mail: { module: "gone.mjs", executor } });
    expect(failureOf(await shop.submit("start"), "mail")).toMatchObject({ reason: "spawn_failed", message: `the module of Main/mail does not exist: ${shop.repository}/gone.mjs` });
  });

  test.each(["node", "thread", "async"] as const)("fails its start with what it says (%s)", async (executor) => {
    const shop = await workshop({ empty: { module: "empty.mjs", executor, ready: { delay: "60s" } }, broken: { module: "broken.mjs", executor, ready: { delay: "60s" } } }, { files: modules });
    const report = await shop.submit("start");
    expect(failureOf(report, "empty")).toMatchObject({ reason: "process_exited", logTail: expect.arrayContaining([expect.stringContaining("exports no function `run`")]) });
    expect(failureOf(report, "broken")).toMatchObject({ message: expect.stringContaining("exit code 1"), logTail: expect.arrayContaining([expect.stringContaining("Error: cannot serve")]) });
  });
});

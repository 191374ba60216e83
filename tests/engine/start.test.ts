import { createServer } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePorts } from "../rig/ports.ts";
import { failureOf, playing, workshop } from "./workshop.ts";

const listening = { command: playing({ listen: "{port}" }) };

test("a service that listens is ready, and its log holds what it wrote", async () => {
  const shop = await workshop({ api: { ...listening, port: await freePorts() }, web: { command: ["sleep", "60"], depends_on: ["api"] } });
  expect(await shop.submit("start")).toMatchObject({ ok: true, exit: 0 });
  expect(shop.life("api")?.status).toBe("ready");
  expect(shop.life("web")?.status).toBe("ready");
  expect(shop.log("api")).toContain("listens on");
  const order = shop.events.flatMap((event) => ("unitId" in event ? [`${event.type} ${event.unitId}`] : []));
  expect(order.indexOf("unit_starting Main/web")).toBeGreaterThan(order.indexOf("unit_ready Main/api"));
  expect(await shop.submit("stop")).toMatchObject({ ok: true, killed: [] });
  expect(shop.processes()).toEqual([]);
  expect(shop.engine.reservations.own()).toEqual([]);
});

describe("a start fails", () => {
  test("when the service exits at once, with its last lines, and what needs it is not started", async () => {
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", "echo no database; exit 3"], port: await freePorts() }, web: { command: ["sleep", "60"], depends_on: ["api"] }, other: { command: ["sleep", "60"] } });
    const report = await shop.submit("start");
    expect(report).toMatchObject({ ok: false, exit: 1 });
    expect(failureOf(report, "api")).toMatchObject({ reason: "process_exited", message: expect.stringContaining("exit code 3") as string, logTail: ["no database"] });
    expect(failureOf(report, "web")).toMatchObject({ reason: "dependency_failed" });
    expect([shop.life("api"), shop.life("web"), shop.life("other")].map((life) => life?.status)).toEqual(["failed", "blocked", "ready"]);
  });

  test("when it never listens, in time and with exit 124", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], port: await freePorts(), ready: { timeout: "150ms" } } });
    const report = await shop.submit("start");
    expect(report).toMatchObject({ ok: false, exit: 124, failures: [{ reason: "readiness_timeout" }] });
    expect(shop.processes()).toEqual([]);
  });

  test("when its health answer never ends, in time too", async () => {
    const script = `require("http").createServer((q, r) => r.writeHead(200).write("data")).listen(process.env.PORT, "127.0.0.1")`;
    const shop = await workshop({ api: { command: [process.execPath, "-e", script], port: await freePorts(), ready: { http: "/events", timeout: "400ms" } } });
    const report = await shop.submit("start");
    expect(failureOf(report, "api").reason).toBe("readiness_timeout");
  });

  test("when it listens on another port, and says on which", async () => {
    const [port, other] = [await freePorts(), await freePorts()];
    const shop = await workshop({ api: { command: playing({ listen: other }), port, ready: { timeout: "700ms" } } });
    expect(failureOf(await shop.submit("start"), "api")).toMatchObject({ reason: "wrong_port", message: `Main/api listens on ${other}, not on its port ${port}` });
  });

  test("when its directory is not there", async () => {
    const shop = await workshop({ api: { ...listening, port: await freePorts(), dir: "nowhere" } });
    await expect(shop.submit("start")).rejects.toMatchObject({ failures: [{ reason: "directory_missing", message: expect.stringContaining("nowhere") as string }] });
    expect(shop.engine.store.state()).toBeUndefined();
  });

  test("when its program is not there", async () => {
    const shop = await workshop({ api: { command: ["no-such-program-of-ours"] , port: await freePorts() } });
    await expect(shop.submit("start")).rejects.toMatchObject({ failures: [{ reason: "spawn_failed", message: expect.stringContaining('"no-such-program-of-ours" was not found') as string }] });
    expect(shop.engine.store.state()).toBeUndefined();
  });

  test("not, when what fails is not critical", async () => {
    const shop = await workshop({ api: { command: ["false"], port: await freePorts(), critical: false } });
    expect(await shop.submit("start")).toMatchObject({ ok: true, exit: 0, failures: [{ reason: "process_exited" }] });
  });
});

describe("ports", () => {
  test.each(["127.0.0.1", "::"])("one a stranger holds on %s is left to it and the next is used", async (host) => {
    const port = await freePorts(3);
    const stranger = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => void stranger.listen(port, host, resolve));
    onTestFinished(() => void stranger.close());
    const shop = await workshop({ api: { ...listening, port }, web: { command: ["sleep", "60"], env: { API: "${services.api.url}" } } });
    const report = await shop.submit("start");
    expect(report).toMatchObject({ ok: true, units: expect.arrayContaining([expect.objectContaining({ unitId: "Main/api", port: port + 1, status: "ready" })]) as unknown });
    expect(shop.events.find((event) => event.type === "port_moved")).toMatchObject({ move: { requested: port, port: port + 1, holder: { pid: process.pid } } });
    expect(shop.engine.store.state()?.units["Main/web"]?.spec.env["API"]).toBe(`http://localhost:${port + 1}`);
    await shop.submit("stop");
    expect(stranger.listening).toBe(true);
  });

  test("a stranger that answers first is not taken for the service", async () => {
    const port = await freePorts(2);
    const shop = await workshop({ api: { command: ["/bin/sh", "-c", "sleep 60"], port, ready: { timeout: "2s" } } });
    const strangers = new Set<ReturnType<typeof createServer>>();
    onTestFinished(() => strangers.forEach((one) => one.close()));
    shop.engine.store.subscribe((event) => {
      if (event.type !== "unit_starting") return;
      const stranger = createServer((socket) => socket.destroy());
      strangers.add(stranger);
      stranger.on("error", () => undefined).listen(shop.engine.store.state()?.units["Main/api"]?.spec.ports[0]?.port, "127.0.0.1");
    });
    const report = await shop.submit("start");
    expect(failureOf(report, "api")).toMatchObject({ reason: "port_taken_by_stranger" });
    expect(shop.events.filter((event) => event.type === "warning" && event.code === "plan_overtaken").length).toBeGreaterThan(0);
    expect([...strangers].every((one) => one.listening)).toBe(true);
  });
});

describe("prepare steps", () => {
  const step = { name: "install", run: ["/bin/sh", "-c", "echo run >>ran"], inputs: ["package.json"] };

  test("run once per change of what they read, and once for two services that share one", async () => {
    const shop = await workshop({ api: { command: ["sleep", "60"], prepare: [step] }, web: { command: ["sleep", "60"], prepare: [step] } });
    const runs = (): number => readFileSync(join(shop.repository, "ran"), "utf8").split("\n").length - 1;
    writeFileSync(join(shop.repository, "package.json"), "one");
    await shop.submit("start");
    expect(runs()).toBe(1);
    await shop.submit("restart");
    expect(runs()).toBe(1);
    writeFileSync(join(shop.repository, "package.json"), "two");
    await shop.submit("restart");
    expect(runs()).toBe(2);
    expect(shop.events.filter((event) => event.type === "unit_prepared").map((event) => event.skipped)).toEqual([false, false, true, true, false, false]);
    const took = shop.events.flatMap((event) => (event.type === "unit_preparing" && event.unitId === "Main/api" ? [event.lastMs] : []));
    const tookFirst = shop.events.find((event) => event.type === "unit_prepared" && event.unitId === "Main/api");
    expect(took).toEqual([undefined, tookFirst?.type === "unit_prepared" ? tookFirst.durationMs : 0, took[1]]);
  });

  test("that fail fail the start with their output, and run again the next time", async () => {
    const failing = { ...step, run: ["/bin/sh", "-c", "echo broken; test -e mended"] };
    const shop = await workshop({ api: { command: ["sleep", "60"], prepare: [failing] } });
    expect(failureOf(await shop.submit("start"), "api")).toMatchObject({ reason: "prepare_failed", logTail: ["broken"] });
    writeFileSync(join(shop.repository, "mended"), "");
    expect(await shop.submit("start")).toMatchObject({ ok: true });
  });
});

test("the environment is the caller's and the configuration's, and carries the mark", async () => {
  const shop = await workshop({ api: { command: playing({ showEnv: true, listen: "{port}" }), port: await freePorts(), env: { QUOTED: "it's", TEXT: "${project.name} $${x}" } } });
  await shop.submit("start");
  const seen = JSON.parse(shop.log("api").split("\n").find((line) => line.startsWith("{")) ?? "{}") as Record<string, string>;
  const runId = shop.engine.store.state()?.runId ?? "";
  expect(seen).toMatchObject({ QUOTED: "it's", TEXT: "Main ${x}", ENVCTL_PROJECT_NAME: "Main", ENVCTL_OWNER: `${shop.engine.scopeId}/Main/api/${runId}`, HOME: shop.directory });
});

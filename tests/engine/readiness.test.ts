import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { awaitProbe, pollDelay, type ProbeContext } from "../../src/engine/readiness.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { Probe } from "../../src/model/unit.ts";
import { freePorts } from "../rig/ports.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

async function listen(server: Server): Promise<number> {
  const port = await freePorts();
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return port;
}

function context(more: Partial<ProbeContext> = {}): ProbeContext & { readonly abort: AbortController } {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const directory = temporaryDirectory(onTestFinished, "probe");
  writeFileSync(join(directory, "log"), "ready: an earlier start\n");
  return { clock: systemClock, signal: abort.signal, logPath: join(directory, "log"), logOffset: 24, startedAt: systemClock.monotonic(), directory, environment: { PATH: process.env["PATH"] ?? "", WANTED: "file" }, opened: (word) => word, abort, ...more };
}

/** Whether the probe is satisfied at all. */
async function passes(probe: Probe, given = context()): Promise<boolean> {
  const passed = await awaitProbe(probe, given).then(() => true, () => false);
  given.abort.abort();
  return passed;
}

/** Whether the probe is satisfied before a few of its attempts have passed. */
async function isSoon(probe: Probe, given = context()): Promise<boolean> {
  const late = systemClock.sleep(80).then(() => false);
  const soon = awaitProbe(probe, given).then(() => true, () => false);
  const result = await Promise.race([soon, late]);
  given.abort.abort();
  return result;
}

test("polls begin fast, stay prompt for ten seconds and are never slower than 250 ms", () => {
  expect(pollDelay(0)).toBe(2);
  for (let waited = 0; waited < 60_000; waited += 7) {
    expect(pollDelay(waited)).toBeGreaterThanOrEqual(2);
    expect(pollDelay(waited)).toBeLessThanOrEqual(waited < 10_000 ? 49 : 250);
  }
});

test("nothing to wait for is ready at once", async () => expect(await passes({ kind: "none" })).toBe(true));

test("a listener and a TCP address are ready when they accept", async () => {
  const port = await listen(createServer((socket) => socket.destroy()));
  const silent = await freePorts();
  expect(await passes({ kind: "listener", port })).toBe(true);
  expect(await passes({ kind: "tcp", host: "127.0.0.1", port })).toBe(true);
  expect(await isSoon({ kind: "listener", port: silent })).toBe(false);
});

test.each([30, 90, 170, 330, 1000, 5003])("a listener that comes after %i ms is noticed within 50 ms of the clock", async (comesAt) => {
  const port = await freePorts();
  let now = 0;
  let isThere = false;
  // Sleeping only moves this clock on; the server comes in the middle of a sleep.
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
    if (now < comesAt || isThere) return;
    isThere = true;
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
  };
  await awaitProbe({ kind: "listener", port }, context({ clock: { now: () => now, monotonic: () => now, sleep } }));
  expect(isThere).toBe(true);
  expect(now - comesAt).toBeLessThanOrEqual(50);
});

describe("http", () => {
  const answering = async (status: number, body: string): Promise<number> => listen(createHttpServer((_request, response) => void response.writeHead(status).end(body)));
  test.each<[number, string, number | undefined, boolean]>([
    [200, "ok", undefined, true],
    [204, "", undefined, true],
    [404, "", undefined, false],
    [500, "", undefined, false],
    [302, "", undefined, false],
    [401, "", 401, true],
    [200, "", 401, false],
    [200, '{"ready":false}', undefined, false],
    [200, '{"ready":true}', undefined, true],
    [200, '{"ready":', undefined, true],
  ])("%i with %s, wanted %s, is ready: %s", async (status, body, wanted, isReady) => {
    const port = await answering(status, body);
    expect(await (isReady ? passes : isSoon)({ kind: "http", port, path: "/healthz", ...(wanted === undefined ? {} : { status: wanted }) })).toBe(isReady);
  });

  test("a server that never finishes its answer holds nothing up when the wait is given up", async () => {
    const server = createHttpServer((_request, response) => void response.writeHead(200).write("data: \n\n"));
    const port = await listen(server);
    onTestFinished(() => server.closeAllConnections());
    expect(await isSoon({ kind: "http", port, path: "/" })).toBe(false);
  });
});

test("a command is ready when it exits 0, in the unit's directory and environment", async () => {
  const given = context();
  const probe: Probe = { kind: "exec", command: ["/bin/sh", "-c", 'test -e "$WANTED"'] };
  const ready = awaitProbe(probe, given);
  writeFileSync(join(given.directory, "file"), "");
  expect(await ready).toContain("exited 0");
  expect(await isSoon({ kind: "exec", command: ["false"] })).toBe(false);
});

test("a log line counts when it was written since the start", async () => {
  const given = context();
  expect(await isSoon({ kind: "log", pattern: "^ready" }, given)).toBe(false);
  const again = { ...context(), logPath: given.logPath };
  appendFileSync(given.logPath, "starting\nready: now\n");
  expect(await awaitProbe({ kind: "log", pattern: "^ready" }, again)).toBe("its log has a line like ^ready");
});

test("a delay has passed when it has passed since the start", async () => {
  expect(await passes({ kind: "delay", forMs: 30 })).toBe(true);
  expect(await isSoon({ kind: "delay", forMs: 60_000 })).toBe(false);
});

test("an exchange needs the answer that was expected", async () => {
  const port = await listen(createServer((socket) => void socket.on("error", () => undefined).on("data", () => socket.end("+PONG\r\n"))));
  const send = Buffer.from("PING\r\n").toString("base64");
  expect(await passes({ kind: "exchange", port, send, expect: "^\\+PONG" })).toBe(true);
  expect(await isSoon({ kind: "exchange", port, send, expect: "^-" })).toBe(false);
});

/** What follows when a requirement does not start: each class in its way, and none of them with strict. */
import { join } from "node:path";
import { onTestFinished, describe, expect, test } from "vitest";
import { adapterFiles } from "../../src/host/adapter-files.ts";
import { createTrust } from "../../src/host/trust.ts";
import type { RunReport } from "../../src/model/control.ts";
import { ofType } from "../e2e/scene.ts";
import { freePorts } from "../rig/ports.ts";
import { failureOf, playing, workshop, type Workshop } from "./workshop.ts";

interface Kind {
  /** Text of an argv, in which `ports.main` is the port. */
  readonly command: string;
  readonly readyTimeoutMs?: number;
  /** Further members of the embedded engine. */
  readonly effects?: string;
}

/** A workshop with a requirement `depot` of its own kind, and a service that needs it. */
async function withDepot({ command, readyTimeoutMs = 20_000, effects = "" }: Kind, configuration: Readonly<Record<string, unknown>> = {}): Promise<Workshop> {
  const port = await freePorts(20);
  const adapter = `import { createServer } from "node:net";
    export const requirement = {
      apiVersion: 1, id: "depot", title: "Depot", provides: ["storage"], ports: { main: ${port} },
      engines: { embedded: { draft: ({ ports }) => ({ command: ${command}, readyTimeoutMs: ${readyTimeoutMs} }), ${effects} } },
    };`;
  const files = { ".envctl.d/requirements/depot.mjs": adapter };
  const shop = await workshop({ api: { command: playing({}), requires: ["storage"] } }, { configuration: { requirements: { depot: {} }, ...configuration }, files });
  createTrust(join(shop.directory, "state"), shop.repository, false).allow(adapterFiles(shop.repository));
  return shop;
}

/** Of a puppet that is run where `ports` is known. */
const listening = JSON.stringify(playing({})).replace(/\]$/, ', "--listen=" + ports.main]');
const reasons = (report: RunReport): unknown => report.units.map(({ unitId, failure }) => [unitId, failure?.reason, failure?.startClass]);
const retries = (shop: Workshop): unknown => ofType(shop.events, "requirement_retry").map(({ unitId, startClass, attempt, of }) => `${unitId} ${startClass} ${attempt} of ${of}`);
const starts = (shop: Workshop): number => ofType(shop.events, "unit_starting").filter(({ unitId }) => unitId === "Main/depot").length;

test("what of a start took how long is told", async () => {
  const shop = await withDepot({ command: listening });
  expect(reasons(await shop.submit("start"))).toEqual([["Main/depot", undefined, undefined], ["Main/api", undefined, undefined]]);
  expect(ofType(shop.events, "unit_span").map(({ unitId, span }) => `${unitId} ${span}`)).toEqual(["Main/depot data directory", "Main/depot launch", "Main/depot ready"]);
});

describe("a port that is taken between plan and start", () => {
  const thief = 'prepare: ({ ports }) => (globalThis.depotThief ??= new Promise((resolve) => { const server = createServer().listen(ports.main, "127.0.0.1", () => resolve(server)); })),';
  const caught = (): void =>
    void onTestFinished(async () => {
      const kept = globalThis as { depotThief?: Promise<{ close(done: () => void): void }> };
      const server = await kept.depotThief;
      delete kept.depotThief;
      await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(resolve)));
    });

  test("is a bind conflict: the requirement gets another one", async () => {
    const shop = await withDepot({ command: listening, effects: thief });
    caught();
    expect((await shop.submit("start")).ok).toBe(true);
    expect(retries(shop)).toEqual(["Main/depot bind_conflict_retryable 2 of 3"]);
    const ports = shop.engine.store.state()?.units["Main/depot"]?.spec.ports[0];
    expect(ports?.port).not.toBe(ports?.requested);
  });

  test("with strict it fails the start", async () => {
    const shop = await withDepot({ command: listening, effects: thief }, { strict: true });
    caught();
    const report = await shop.submit("start");
    expect([report.ok, retries(shop), starts(shop)]).toEqual([false, [], 1]);
    expect(failureOf(report, "depot")).toMatchObject({ startClass: "bind_conflict_retryable" });
  });
});

describe("a server that is too slow", () => {
  const slowOnce = `["/bin/sh", "-c", "if [ -e tried ]; then exec \\"$@\\"; fi; touch tried; exec sleep 60", "sh", ...${listening}]`;

  test("is started once more, with more time", async () => {
    const shop = await withDepot({ command: slowOnce, readyTimeoutMs: 3000 });
    expect((await shop.submit("start")).ok).toBe(true);
    expect([retries(shop), starts(shop)]).toEqual([["Main/depot transient_probe_timeout_retryable 2 of 2"], 2]);
    expect(ofType(shop.events, "unit_failed")).toMatchObject([{ unitId: "Main/depot", failure: { reason: "readiness_timeout" } }]);
  });

  test("with strict it fails the start, and what needs it is not started", async () => {
    const shop = await withDepot({ command: slowOnce, readyTimeoutMs: 300 });
    const report = await shop.submit("start", { overrides: { strict: "true" } });
    expect(reasons(report)).toEqual([["Main/depot", "readiness_timeout", "transient_probe_timeout_retryable"], ["Main/api", "dependency_failed", undefined]]);
    expect([report.exit, starts(shop)]).toEqual([124, 1]);
  });
});

describe("first steps that fail", () => {
  const bootstrap = 'bootstrap: async () => { throw new Error("no owner"); },';

  test("are a warning: the requirement runs", async () => {
    const shop = await withDepot({ command: listening, effects: bootstrap });
    expect((await shop.submit("start")).ok).toBe(true);
    expect(ofType(shop.events, "warning")).toMatchObject([{ code: "bootstrap_soft_failure", unitId: "Main/depot", message: expect.stringContaining("no owner") }]);
  });

  test("with strict they fail the start, and end the server", async () => {
    const shop = await withDepot({ command: listening, effects: bootstrap }, { strict: true });
    const report = await shop.submit("start");
    expect(failureOf(report, "depot")).toMatchObject({ reason: "bootstrap_failed", startClass: "bootstrap_soft_failure", message: expect.stringContaining("no owner") });
    expect(shop.processes()).toEqual([]);
  });
});

test("a server that ends for another reason is not started again", async () => {
  const shop = await withDepot({ command: JSON.stringify(playing({ exit: 3 })) });
  const report = await shop.submit("start");
  expect(failureOf(report, "depot")).toMatchObject({ reason: "process_exited", startClass: "hard_start_failure" });
  expect([retries(shop), starts(shop)]).toEqual([[], 1]);
});

/** A daemon's server with a real desk of services, and somebody who means it harm. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectDaemon } from "../../src/daemon/client.ts";
import { maximumLineBytes, protocolVersion } from "../../src/daemon/protocol.ts";
import { serve, type DaemonServer } from "../../src/daemon/server.ts";
import { createAttribution } from "../../src/host/attribution.ts";
import { createPlugins } from "../../src/plugins/loader.ts";
import { createServiceDesk, type ServiceDesk } from "../../src/engine/services/desk.ts";
import { WaitingLine } from "../../src/engine/waiting-line.ts";
import { createSnapshots } from "../../src/engine/snapshots.ts";
import { scopePaths } from "../../src/host/paths.ts";
import { processTableOf } from "../../src/host/process-table.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import type { Control } from "../../src/model/control.ts";
import { barrage } from "../rig/barrage.ts";
import { childrenOf } from "../rig/processes.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Stand {
  readonly socketPath: string;
  readonly server: DaemonServer;
  readonly desk: ServiceDesk;
  /** What reached the engine. */
  readonly done: readonly string[];
  /** Made by the service as soon as it is loaded. */
  readonly proof: string;
}

async function stand(): Promise<Stand> {
  const directory = temporaryDirectory(onTestFinished, "hostile");
  const proof = join(directory, "ran");
  mkdirSync(join(directory, ".envctl.d/services/svc_echo"), { recursive: true });
  writeFileSync(join(directory, ".envctl.d/services/svc_echo/index.mjs"), `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(proof)}, ""); export class Echo { static methods = ["echo"]; echo(v) { return v; } }`);
  const done: string[] = [];
  const asked = (what: string) => async (): Promise<never> => {
    done.push(what);
    throw new Error(what);
  };
  const control: Control = { preview: asked("preview"), submit: asked("submit"), data: asked("data"), jobs: asked("jobs"), state: async () => undefined, async *events() {} };
  const host = createSystemHost({});
  // Nobody has trusted anything.
  const table = processTableOf(host.machine);
  const desk = createServiceDesk({ host, table, snapshots: createSnapshots(table, host.clock), scope: scopePaths(directory, "repo-1"), scopeId: "repo-1", checkout: { repository: directory, projectRoot: directory }, trust: { isTrusted: () => false }, plugins: createPlugins({ repository: directory, environment: {}, version: "0.0.0", trust: { isTrusted: () => false }, clock: host.clock, attribution: createAttribution(), onTrouble: () => undefined, configured: async () => [] }), judge: () => "dead", line: new WaitingLine(host.clock) }, "no-runner");
  onTestFinished(() => desk.close());
  const socketPath = join(directory, "daemon.sock");
  const server = await serve({ socketPath, control, enter: desk.enter, hello: () => ({ version: "1.0.0", protocol: protocolVersion, pid: process.pid, startedAt: "", units: 0, isBusy: false, isLeaving: false }), shutdown: (because) => void done.push(`shutdown: ${because}`), log: () => undefined });
  onTestFinished(() => server.close());
  return { socketPath, server, desk, done, proof };
}

const messages = 4000;

test("thousands of malformed and hostile messages do nothing, change nothing and keep nobody from being served", async () => {
  const { socketPath, done, proof, desk, server } = await stand();
  const children = childrenOf(process.pid);
  const members = Object.getOwnPropertyNames(Object.prototype);
  const result = await barrage(socketPath, messages, 20_261_121);
  expect(result.sent).toBe(messages);
  expect(result.refused).toBeGreaterThan(messages / 2);
  expect(result.cutOff).toBeGreaterThan(messages / 100);
  expect([done, existsSync(proof), desk.count(), childrenOf(process.pid)]).toEqual([[], false, 0, children]);
  expect([Object.getOwnPropertyNames(Object.prototype), Reflect.get({}, "isAdmin")]).toEqual([members, undefined]);
  const connection = await connectDaemon(socketPath, "1.0.0");
  expect(connection?.hello.version).toBe("1.0.0");
  connection?.close();
  expect(server.connections()).toBeLessThan(3);
});

test("a message without an end is cut off before it fills the memory, and so is one that asks for too much at once", async () => {
  const { socketPath, server } = await stand();
  const endless = await connectDaemon(socketPath, "1.0.0");
  if (endless === undefined) throw new Error("nobody listens");
  const text = "x".repeat(maximumLineBytes);
  await expect(endless.services({ action: "drop", handle: text }, new AbortController().signal)).rejects.toThrow("the connection to the daemon was lost");
  expect(server.connections()).toBe(0);

  const greedy = await connectDaemon(socketPath, "1.0.0");
  if (greedy === undefined) throw new Error("nobody listens");
  onTestFinished(() => greedy.close());
  const waits = Array.from({ length: 1001 }, () => greedy.agents({ action: "wait", count: 1, forMs: 60_000, gone: false }, new AbortController().signal).then(() => "met", (error: unknown) => String(error)));
  expect(await waits[1000]).toContain("1000 of this connection are under way");
  const other = await connectDaemon(socketPath, "1.0.0");
  await other?.agents({ action: "join", name: "two", role: "agent", pid: 1, project: "Main", directory: "/" }, new AbortController().signal);
  expect(await Promise.all(waits.slice(0, 1000))).toEqual(Array.from({ length: 1000 }, () => "met"));
  other?.close();
});

/** A daemon's server with a real desk of services, and somebody who means it harm. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
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
import type { Machine } from "../../src/host/machine.ts";
import { scopePaths } from "../../src/host/paths.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "../../src/host/process-table.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import type { Control } from "../../src/model/control.ts";
import type { ProcessHandle } from "../../src/model/unit.ts";
import { barrage } from "../rig/barrage.ts";
import { childrenOf } from "../rig/processes.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Stand {
  readonly socketPath: string;
  readonly server: DaemonServer;
  readonly desk: ServiceDesk;
  readonly log: readonly string[];
  readonly machine: Machine;
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
  const [done, log]: [string[], string[]] = [[], []];
  const asked = (what: string) => async (): Promise<never> => {
    done.push(what);
    throw new Error(what);
  };
  const control: Control = { preview: asked("preview"), submit: asked("submit"), data: asked("data"), jobs: asked("jobs"), state: async () => undefined, async *events() {} };
  const host = createSystemHost({});
  // Nobody has trusted anything.
  const table = processTableOf(host.machine);
  const desk = createServiceDesk({ host, table, snapshots: createSnapshots(table, host.clock), scope: scopePaths(directory, "repo-1"), scopeId: "repo-1", checkout: { repository: directory, projectRoot: directory }, trust: { isTrusted: () => false }, plugins: createPlugins({ repository: directory, environment: {}, version: "0.0.0", trust: { isTrusted: () => false }, clock: host.clock, attribution: createAttribution(), onTrouble: () => undefined, configured: async () => [] }), judge: (handle) => judgeHandle(table, host.machine, handle), line: new WaitingLine(host.clock) }, "no-runner");
  onTestFinished(() => desk.close());
  const socketPath = join(directory, "daemon.sock");
  const server = await serve({ socketPath, control, enter: desk.enter, hello: () => ({ version: "1.0.0", protocol: protocolVersion, pid: process.pid, startedAt: "", units: 0, isBusy: false, isLeaving: false }), shutdown: (because) => void done.push(`shutdown: ${because}`), log: (line) => void log.push(line) });
  onTestFinished(() => server.close());
  return { socketPath, server, desk, log, machine: host.machine, done, proof };
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

test("a connection that floods the daemon is read no further for the rest of the second, and others are served meanwhile", async () => {
  const { socketPath, log } = await stand();
  const flood = createConnection(socketPath);
  onTestFinished(() => void flood.destroy());
  const idle = `${JSON.stringify({ id: 1, method: "cancel", target: 2 })}\n`.repeat(5000);
  // As fast as it is read: on a machine that is busy one second may be too short for so many.
  const isSlowed = (): boolean => log.some((line) => line.includes("sent 20000 messages within a second"));
  while (!isSlowed()) await new Promise<void>((resolve) => flood.write(idle, () => resolve()));
  const other = await connectDaemon(socketPath, "1.0.0");
  expect(await other?.state()).toBeUndefined();
  other?.close();
  // What it sends is not lost, but waits: for the rest of this second at least, and for all of the next. On a busy machine that only takes longer.
  const slowedAt = performance.now();
  const answer = new Promise<string>((resolve) => flood.setEncoding("utf8").once("data", resolve));
  flood.write(`${idle.repeat(10)}${JSON.stringify({ id: 7, method: "state" })}\n`);
  expect([JSON.parse(await answer), log.length]).toEqual([{ id: 7, result: null }, 1]);
  expect(performance.now() - slowedAt).toBeGreaterThan(900);
});

test("only a process that lives where its end can be seen holds anything; who has left is given nothing", async () => {
  const { socketPath, desk, machine } = await stand();
  const connection = await connectDaemon(socketPath, "1.0.0");
  const me = handleOfProcess(processTableOf(machine), machine, process.pid);
  if (connection === undefined || me === undefined) throw new Error("nobody is there");
  onTestFinished(() => connection.close());
  const reserved = async (owner: ProcessHandle) => connection.services({ action: "reserve", service: "echo", owner }, new AbortController().signal);
  for (const [made, why] of [[{ startTime: "1" }, "there is no such process"], [{ pid: 2 ** 30 }, "there is no such process"], [{ bootId: "another" }, "there is no such process"], [{ pidNamespace: "another" }, "it lives in another pid namespace"]] as const) await expect(reserved({ ...me, ...made })).rejects.toThrow(why);
  await expect(connection.services({ action: "new", service: "echo", args: { text: "[]" }, timeoutMs: 1000, owner: { ...me, startTime: "1" } }, new AbortController().signal)).rejects.toThrow("cannot hold anything");
  expect(desk.count()).toBe(0);
  expect(await reserved(me)).toMatchObject({ service: "echo", holder: `process ${process.pid}` });
  const guest = desk.enter();
  const left = new AbortController();
  const late = guest.services({ action: "reserve", service: "echo" }, left.signal);
  left.abort();
  guest.leave();
  await expect(late).rejects.toThrow("nobody waits for echo any more");
  expect(desk.count()).toBe(1);
});

import { once } from "node:events";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectDaemon } from "../../src/daemon/client.ts";
import { protocolVersion } from "../../src/daemon/protocol.ts";
import { serve, type DaemonServer } from "../../src/daemon/server.ts";
import type { Control, RunReport } from "../../src/model/control.ts";
import type { Event } from "../../src/model/events.ts";
import { exitCodes, UserError } from "../../src/model/failure.ts";
import type { Intent } from "../../src/model/intent.ts";
import { emptyRunState } from "../../src/model/run-state.ts";
import { hashOf } from "../../src/model/hash.ts";
import { nobodyAsks } from "../rig/guests.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

const intent: Intent = { kind: "start", selection: { projects: [], services: [] }, caller: { directory: "/", environment: {} } };
const report: RunReport = { ok: true, exit: 0, intent: "start", durationMs: 1, units: [], killed: [], failures: [], notes: [] };

interface Stand {
  readonly socketPath: string;
  readonly log: readonly string[];
  readonly aborted: readonly string[];
  readonly server: DaemonServer;
  readonly finish: (report: RunReport) => void;
}

/** A Control that does as told: submits end when `finish` is called, events are two and then none until aborted. */
async function stand(): Promise<Stand> {
  const socketPath = join(temporaryDirectory(onTestFinished, "daemon"), "daemon.sock");
  writeFileSync(socketPath, "left by a dead daemon");
  const log: string[] = [];
  const aborted: string[] = [];
  let finish: Stand["finish"] = () => undefined;
  const finished = new Promise<RunReport>((resolve) => (finish = resolve));
  const control: Control = {
    preview: () => Promise.reject(new UserError({ reason: "unknown_target", message: "no such thing", hint: "try another" }, exitCodes.conflict)),
    submit: (_intent, signal) => {
      signal.addEventListener("abort", () => void aborted.push("submit"));
      return finished;
    },
    data: () => Promise.reject(new Error("not asked for")),
    jobs: () => Promise.reject(new Error("not asked for")),
    state: async () => ({ ...emptyRunState("run-1"), scope: "x".repeat(300_000) }),
    async *events(fromSeq, signal) {
      for (const seq of [1, 2]) yield { type: "run_stopped", seq: fromSeq + seq, at: "", runId: "run-1" } satisfies Event;
      await once(signal, "abort");
      aborted.push("events");
    },
  };
  const server = await serve({ socketPath, control, enter: nobodyAsks, hello: () => ({ version: "1.2.3", protocol: protocolVersion, pid: process.pid, startedAt: "", units: 0, isBusy: false, isLeaving: false }), shutdown: (because) => void log.push(`shutdown: ${because}`), log: (line) => void log.push(line) });
  onTestFinished(() => server.close());
  return { socketPath, log, aborted, server, finish };
}

async function caller(socketPath: string) {
  const connection = await connectDaemon(socketPath, "1.2.3");
  if (connection === undefined) throw new Error("nobody listens");
  onTestFinished(() => connection.close());
  return connection;
}

async function raw(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket.on("error", () => undefined);
}

test("a caller is greeted over a private socket, and big answers arrive whole", async () => {
  const { socketPath } = await stand();
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  const connection = await caller(socketPath);
  expect(connection.hello).toMatchObject({ version: "1.2.3", protocol: protocolVersion });
  expect((await connection.state())?.scope.length).toBe(300_000);
});

test("an expected failure keeps its words, its hint and its exit code", async () => {
  const connection = await caller((await stand()).socketPath);
  await expect(connection.preview(intent)).rejects.toMatchObject({ name: "UserError", message: "no such thing", exit: 3, failures: [{ hint: "try another" }] });
});

test("an intent goes on when its caller is lost, a mere watcher is let go", async () => {
  const { socketPath, aborted, finish, server } = await stand();
  const connection = await caller(socketPath);
  const submitted = connection.submit(intent, new AbortController().signal).catch((error: unknown) => String(error));
  const watched = connection.events(0, new AbortController().signal)[Symbol.asyncIterator]();
  await watched.next();
  connection.close();
  await eventually(() => aborted.includes("events") && server.connections() === 0, "the end of the connection");
  expect(aborted).toEqual(["events"]);
  expect(await submitted).toContain("the connection to the daemon was lost");
  finish(report);
});

test("an intent is cancelled on request, and still answers", async () => {
  const { socketPath, aborted, finish } = await stand();
  const connection = await caller(socketPath);
  const abort = new AbortController();
  const submitted = connection.submit(intent, abort.signal);
  abort.abort();
  await eventually(() => aborted.includes("submit"), "the cancelling");
  finish(report);
  expect(await submitted).toEqual(report);
});

test("events come in order until the watcher has enough", async () => {
  const { socketPath, aborted } = await stand();
  const connection = await caller(socketPath);
  const abort = new AbortController();
  const seen: number[] = [];
  for await (const event of connection.events(7, abort.signal)) {
    seen.push(event.seq);
    if (seen.length === 2) abort.abort();
  }
  expect(seen).toEqual([8, 9]);
  await eventually(() => aborted.includes("events"), "the end of the watch");
});

test("a watcher that leaves its events is sent no more of them, and its connection goes on", async () => {
  const { socketPath, aborted } = await stand();
  const connection = await caller(socketPath);
  for await (const _event of connection.events(0, new AbortController().signal)) break;
  await eventually(() => aborted.includes("events"), "the end of the watch");
  expect((await connection.state())?.runId).toBe("run-1");
});

test.each(["garbage\n", "null\n", '{"id":"x"}\n', "GET / HTTP/1.1\r\n\r\n", '{"id":1,"method":7}\n'])("whoever sends %j is cut off, and nobody else notices", async (text) => {
  const { socketPath, log } = await stand();
  const other = await caller(socketPath);
  const socket = await raw(socketPath);
  const closed = once(socket, "close");
  socket.resume().write(text);
  await closed;
  expect(log).toEqual([expect.stringContaining("dropped a connection")]);
  expect((await other.state())?.runId).toBe("run-1");
  expect((await caller(socketPath)).hello.version).toBe("1.2.3");
});

test("a request that is half right is answered with an error", async () => {
  const { socketPath } = await stand();
  const socket = await raw(socketPath);
  socket.write('{"id":4,"method":"events"}\n{"id":5,"method":"preview"}\n');
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await eventually(() => text.includes('"id":5'), "the answer");
  expect(text).toContain('"error":');
});

test("the end does not wait for a caller that does not read", async () => {
  const { socketPath, server } = await stand();
  const socket = await raw(socketPath);
  for (let id = 0; id < 50; id += 1) socket.write(`${JSON.stringify({ id, method: "state" })}\n`);
  socket.pause();
  await eventually(() => server.connections() === 1, "the connection");
  await server.close();
  expect(existsSync(socketPath)).toBe(false);
  expect(await connectDaemon(socketPath, hashOf(1))).toBeUndefined();
});

test("a socket file that was removed is made again, and who was connected stays so", async () => {
  const { socketPath, server } = await stand();
  const before = await caller(socketPath);
  await server.ensureReachable();
  rmSync(socketPath);
  expect(await connectDaemon(socketPath, "1.2.3")).toBeUndefined();
  await server.ensureReachable();
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  await caller(socketPath);
  expect((await before.state())?.runId).toBe("run-1");
  expect(server.connections()).toBe(2);
});

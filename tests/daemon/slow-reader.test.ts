/** Somebody who asks for events and does not read them: nobody else notices, and it is told so once it reads. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectDaemon, type DaemonConnection } from "../../src/daemon/client.ts";
import { protocolVersion } from "../../src/daemon/protocol.ts";
import { serve } from "../../src/daemon/server.ts";
import { eventStream } from "../../src/engine/event-stream.ts";
import { createStore, type Store } from "../../src/engine/store.ts";
import { systemClock } from "../../src/host/clock.ts";
import { scopePaths } from "../../src/host/paths.ts";
import type { Event } from "../../src/model/events.ts";
import { createRunRepository } from "../../src/state/repository.ts";
import { nobodyAsks } from "../rig/guests.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

interface Stand {
  readonly store: Store;
  readonly socketPath: string;
  /** Sequence numbers asked from, of streams that have ended. */
  readonly over: readonly number[];
}

/** A real store, a real log and a real socket; nothing but an engine is missing. */
async function stand(): Promise<Stand> {
  const directory = temporaryDirectory(onTestFinished, "slow");
  const repository = createRunRepository(scopePaths(directory, "repo-1"), false);
  const store = createStore(repository, systemClock, undefined);
  onTestFinished(() => store.close());
  store.begin("run-1", [{ type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" }]);
  const unused = (): Promise<never> => Promise.reject(new Error("not asked for"));
  const over: number[] = [];
  async function* events(fromSeq: number, signal: AbortSignal): AsyncIterable<Event> {
    try {
      yield* eventStream({ store, repository }, fromSeq, signal);
    } finally {
      over.push(fromSeq);
    }
  }
  const socketPath = join(directory, "daemon.sock");
  const server = await serve({
    socketPath,
    enter: nobodyAsks,
    control: { preview: unused, submit: unused, data: unused, jobs: unused, state: async () => store.state(), events },
    hello: () => ({ version: "1.0.0", protocol: protocolVersion, pid: process.pid, startedAt: "", units: 0, isBusy: false, isLeaving: false }),
    shutdown: () => undefined,
    log: () => undefined,
  });
  onTestFinished(() => server.close());
  return { store, socketPath, over };
}

async function caller(socketPath: string): Promise<DaemonConnection> {
  const connection = await connectDaemon(socketPath, "1.0.0");
  if (connection === undefined) throw new Error("nobody listens");
  onTestFinished(() => connection.close());
  return connection;
}

/** Asks for events and reads nothing. */
async function sleeper(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath).pause();
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write('{"id":1,"method":"events","fromSeq":0}\n');
  return socket;
}

const filler = "x".repeat(200);
const batch = 500;
const batches = 60;

test("a reader that sleeps is cut off: the engine goes on, others get everything in order, and it learns where to go on", async () => {
  const { store, socketPath } = await stand();
  const socket = await sleeper(socketPath);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const event of (await caller(socketPath)).events(1, new AbortController().signal)) {
      seen.push(event.seq);
      if (seen.length === batch * batches) return;
    }
  })();
  for (let round = 1; round <= batches; round += 1) {
    for (let count = 0; count < batch; count += 1) store.dispatch({ type: "warning", code: "c", message: filler });
    await eventually(() => seen.length === round * batch, `batch ${round}`);
  }
  await reading;
  expect(seen).toEqual(Array.from({ length: batch * batches }, (_, index) => index + 2));

  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.resume();
  await eventually(() => text.includes('"error"'), "the word that it was too slow");
  const replies = text.trimEnd().split("\n").map((line) => JSON.parse(line) as { readonly event?: Event; readonly error?: { readonly failures: readonly { readonly reason: string; readonly hint: string }[] } });
  const numbers = replies.flatMap(({ event }) => (event === undefined ? [] : [event.seq]));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  // What waited for it stayed in the buffers of one socket, not in the daemon.
  expect(text.length).toBeLessThan(2_000_000);
  expect(replies.at(-1)?.error?.failures).toMatchObject([{ reason: "reader_too_slow", hint: `go on with \`envctl events --follow --since-seq ${numbers.at(-1)}\`` }]);
});

test("a client tells its user of it after what came through", async () => {
  const { store, socketPath, over } = await stand();
  const connection = await caller(socketPath);
  const stream = connection.events(0, new AbortController().signal)[Symbol.asyncIterator]();
  expect((await stream.next()).value).toMatchObject({ seq: 1 });
  // In one breath, so that not even the quickest reader gets a turn.
  for (let count = 0; count < 20_001; count += 1) store.dispatch({ type: "warning", code: "c", message: "" });
  await expect(stream.next()).rejects.toMatchObject({ name: "UserError", failures: [{ reason: "reader_too_slow", hint: expect.stringContaining("--since-seq 1`") as string }] });
  expect(over).toEqual([0]);
});

test("D17 listeners with filters of their own get only theirs, in order; one that dies does not disturb the other", async () => {
  const { store, socketPath, over } = await stand();
  const seen: number[] = [];
  const [warned, told] = [await caller(socketPath), await caller(socketPath)];
  const stream = told.events(1, new AbortController().signal, { units: ["Main/b*"] })[Symbol.asyncIterator]();
  const listening = (async () => {
    for await (const event of warned.events(1, new AbortController().signal, { types: ["warning"] })) seen.push(event.seq);
  })().catch(() => undefined);
  store.dispatchAll([{ type: "warning", code: "one", message: "" }, { type: "warning", code: "two", message: "", unitId: "Main/backend" }, { type: "unit_forgotten", unitId: "Main/backend", because: "" }, { type: "unit_forgotten", unitId: "Main/web", because: "" }]);
  expect([(await stream.next()).value, (await stream.next()).value]).toMatchObject([{ type: "warning", code: "two" }, { type: "unit_forgotten", unitId: "Main/backend" }]);
  await eventually(() => seen.length === 2, "both warnings");
  warned.close();
  await listening;
  store.dispatch({ type: "unit_forgotten", unitId: "Main/b2", because: "" });
  expect([(await stream.next()).value, seen]).toMatchObject([{ unitId: "Main/b2" }, [2, 3]]);
  await eventually(() => over.length === 1, "the end of the stream of the other");
});

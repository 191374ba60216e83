import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { answeringLoopback, exchange, occupiedAddress } from "../../src/host/net.ts";
import { holds, listeners, listeningAmong } from "../../src/host/sockets.ts";
import { freePorts } from "../rig/ports.ts";

async function listenOn(host: string, answer?: string): Promise<number> {
  const port = await freePorts();
  const server = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    if (answer === undefined) socket.end();
    else socket.end(answer);
  });
  await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(port, host, resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return port;
}

test.each(["127.0.0.1", "::1", "0.0.0.0", "::"])("a listener on %s takes the port", async (host) => {
  const port = await listenOn(host);
  expect(await occupiedAddress(port)).toBeDefined();
  const listener = listeners().find((one) => one.port === port);
  expect(listener?.address).toBe(host);
  expect(listener !== undefined && holds(process.pid, listener)).toBe(true);
});

test("of many ports those with a listener are told from the rest, whatever else is connected", async () => {
  const taken = await Promise.all(["127.0.0.1", "0.0.0.0", "::1", "::"].map((host) => listenOn(host)));
  const connected = createConnection(taken[0] ?? 0, "127.0.0.1").on("error", () => undefined);
  onTestFinished(() => void connected.destroy());
  await once(connected, "connect");
  const free = connected.localPort ?? 0;
  const isListening = listeningAmong([free, ...taken]);
  expect(taken.map(isListening)).toEqual([true, true, true, true]);
  expect(isListening(free)).toBe(false);
});

test("a port nobody has is free, also right after it was asked", async () => {
  const port = await freePorts();
  expect(await occupiedAddress(port)).toBeUndefined();
  expect(await occupiedAddress(port)).toBeUndefined();
});

test("who listens on one loopback address only is found there", async () => {
  expect(await answeringLoopback(await listenOn("127.0.0.1"))).toBe("127.0.0.1");
  expect(await answeringLoopback(await listenOn("::1"))).toBe("::1");
  expect(await answeringLoopback(await freePorts())).toBeUndefined();
});

test("an exchange needs the answer that was expected", async () => {
  const port = await listenOn("127.0.0.1", "+PONG\r\n");
  expect(await exchange(port, Buffer.from("PING\r\n"), /\+PONG/, 1000)).toBe(true);
  expect(await exchange(port, Buffer.from("PING\r\n"), /\+OK/, 1000)).toBe(false);
});

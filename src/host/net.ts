/** Ports: can one be had, does somebody answer. */
import { connect, createServer } from "node:net";
import { platform } from "node:os";
import { errorCode } from "./files.ts";

/** An occupant on any of these takes the port from us. */
const tested = ["127.0.0.1", "::1", "0.0.0.0", "::"] as const;

/**
 * The first of the four addresses `port` cannot be bound on, or undefined when it is free on all.
 * On Linux binding `::` for both families collides with a listener on any address, so one bind decides the usual case;
 * elsewhere, and to name the address, each is tried. Addresses this machine lacks do not count.
 */
export async function occupiedAddress(port: number): Promise<string | undefined> {
  if (platform() === "linux" && (await bindError(port, "::")) === undefined) return undefined;
  for (const address of tested) {
    const code = await bindError(port, address);
    if (code === "EADDRINUSE" || code === "EACCES") return address;
  }
  return undefined;
}

function bindError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(errorCode(error) ?? "EUNKNOWN"));
    server.listen({ port, host, exclusive: true, backlog: 1 }, () => server.close(() => resolve(undefined)));
  });
}

/** True when a TCP connect succeeds; a refused one costs microseconds on loopback. */
export function answers(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

/** True when a connection to 127.0.0.1 is still open after `ms`, or something was said on it. */
export function staysOpen(port: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ms, () => end(!socket.connecting));
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
    socket.once("end", () => end(false));
  });
}

/**
 * The loopback address something listens on, IPv4 first: `localhost` servers may hold only one of the two.
 * `families` leaves IPv6 out, for a poll that asks often.
 */
export async function answeringLoopback(port: number, families: "both" | "ipv4" = "both"): Promise<string | undefined> {
  if (await answers("127.0.0.1", port, 1000)) return "127.0.0.1";
  return families === "both" && (await answers("::1", port, 1000)) ? "::1" : undefined;
}

/** Sends bytes and collects the answer until it matches, the peer closes or time is up. Text is latin1. */
export function exchange(port: number, send: Buffer, expect: RegExp, timeoutMs: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = "";
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once("connect", () => socket.write(send));
    socket.once("error", () => end(false));
    socket.once("end", () => end(false));
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (expect.test(answer)) end(true);
      else if (answer.length > 4096) end(false);
    });
  });
}

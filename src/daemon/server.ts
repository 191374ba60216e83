/**
 * The daemon's ear: a private unix socket, any number of callers, one Control behind it. Nothing that arrives is trusted: it has the
 * shape of a request, or is refused; there are limits to how much, how often and from how many (docs/decisions/2026-11-21-calls-of-services.md).
 */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Guest } from "../engine/services/desk.ts";
import type { Control } from "../model/control.ts";
import type { Event } from "../model/events.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { errorText } from "../host/files.ts";
import { eventFits, lineReader, type Hello, type Reply, type Request, type WireError } from "./protocol.ts";
import { requestIn } from "./requests.ts";

export interface ServerParts {
  readonly socketPath: string;
  readonly control: Control;
  /** Begins a connection's dealings with services and agents. */
  readonly enter: () => Guest;
  readonly hello: () => Hello;
  readonly shutdown: (because: string, withServices: boolean) => void;
  readonly log: (line: string) => void;
}

export interface DaemonServer {
  /** Callers connected now. */
  connections(): number;
  /** Listens again when the socket file has disappeared; callers that are connected stay so. */
  ensureReachable(): Promise<void>;
  close(): Promise<void>;
}

const lingerMs = 500;
/** More callers than this are turned away. */
const maximumConnections = 512;

/** Listens; whoever holds the daemon's lock may replace a socket file left by a dead daemon. */
export async function serve(parts: ServerParts): Promise<DaemonServer> {
  rmSync(parts.socketPath, { force: true });
  const sockets = new Set<Socket>();
  const opened = async (): Promise<Server> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      attend(socket, parts);
    });
    server.maxConnections = maximumConnections;
    await listening(server, parts.socketPath);
    return server;
  };
  let server = await opened();
  return {
    connections: () => sockets.size,
    ensureReachable: async () => {
      if (existsSync(parts.socketPath)) return;
      // First: closing removes the file of that name, whoever made it.
      server.close();
      server = await opened();
      parts.log(`${parts.socketPath} had disappeared and was made again`);
    },
    close: () =>
      new Promise((resolve) => {
        rmSync(parts.socketPath, { force: true });
        server.close(() => resolve());
        for (const socket of sockets) socket.end();
        // A caller that does not read must not hold up the end.
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, lingerMs).unref();
      }),
  };
}

/** The file is born with no permissions for others. */
function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const before = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(before);
  });
}

/** One that does not read its answers is dropped once this much waits for it; events wait elsewhere. */
const maximumUnsentBytes = 64 * 1024 * 1024;
/** One connection may have so much under way, and send so much in a second; what is more waits in its socket. */
const maximumUnderWay = 1000;
const messagesPerSecond = 20_000;

/** One connection, and what of it is under way. */
interface Caller {
  readonly guest: Guest;
  readonly aborts: Map<number, AbortController>;
  readonly outlet: Outlet;
}

function attend(socket: Socket, parts: ServerParts): void {
  const caller: Caller = { guest: parts.enter(), aborts: new Map(), outlet: outletOf(socket) };
  const slowDown = paceOf(socket, parts.log);
  const read = lineReader((message) => {
    slowDown();
    const request = requestIn(message);
    if ("refused" in request) caller.outlet.send({ id: request.id, error: refusal(`a request was refused: ${request.refused}`) });
    else if (request.method === "cancel") caller.aborts.get(request.target)?.abort();
    else if (caller.aborts.size >= maximumUnderWay || caller.aborts.has(request.id)) caller.outlet.send({ id: request.id, error: refusal(`a request was refused: ${caller.aborts.size} of this connection are under way, ${request.id} perhaps among them`) });
    else void answer(request, parts, caller);
  });
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    try {
      read(chunk);
    } catch (error) {
      parts.log(`dropped a connection: ${errorText(error)}`);
      socket.destroy();
    }
  });
  socket.on("error", () => undefined);
  // A lost connection cancels what only watches; an intent under way goes on.
  socket.on("close", () => {
    for (const abort of caller.aborts.values()) if (!submits.has(abort)) abort.abort();
    caller.guest.leave();
  });
}

/** Counts messages; a socket that sends more than it may is not read for the rest of the second, which is told once. */
function paceOf(socket: Socket, log: (line: string) => void): () => void {
  let count = 0;
  let wasTold = false;
  let since = performance.now();
  return () => {
    const passedMs = performance.now() - since;
    if (passedMs >= 1000) {
      count = 0;
      since += passedMs;
    }
    count += 1;
    if (count !== messagesPerSecond) return;
    if (!wasTold) log(`a connection sent ${messagesPerSecond} messages within a second: what is more waits, there and whenever it does so again`);
    wasTold = true;
    socket.pause();
    setTimeout(() => socket.resume(), 1000 - passedMs).unref();
  };
}

function refusal(message: string): WireError {
  return { failures: [{ reason: "usage_invalid", message, hint: "another version of envctl may have sent it: `envctl daemon restart` begins one of this version" }], exit: exitCodes.failure };
}

/** Aborts that belong to intents, which outlive their connection. */
const submits = new WeakSet<AbortController>();

/** Where answers go. */
interface Outlet {
  readonly send: (reply: Reply) => void;
  /** Resolves when the caller has read enough for more, or is gone. */
  readonly hasRoom: () => Promise<void>;
}

function outletOf(socket: Socket): Outlet {
  let isCorked = false;
  return {
    send: (reply) => {
      if (socket.writableLength > maximumUnsentBytes) socket.destroy();
      if (!socket.writable) return;
      // What is sent in one turn leaves in one go: a system call for each event is most of what it costs.
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        process.nextTick(() => {
          isCorked = false;
          socket.uncork();
        });
      }
      socket.write(replyLine(reply));
    },
    hasRoom: () => roomIn(socket),
  };
}

/** The text of an event is the same for everybody who listens. */
const eventTexts = new WeakMap<Event, string>();

function replyLine(reply: Reply): string {
  if (!("event" in reply)) return `${JSON.stringify(reply)}\n`;
  const known = eventTexts.get(reply.event) ?? JSON.stringify(reply.event);
  eventTexts.set(reply.event, known);
  return `{"id":${reply.id},"event":${known}}\n`;
}

async function roomIn(socket: Socket): Promise<void> {
  if (!socket.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.once("drain", done).once("close", done);
  });
}

async function answer(request: Exclude<Request, { method: "cancel" }>, parts: ServerParts, caller: Caller): Promise<void> {
  const { outlet, aborts } = caller;
  const abort = new AbortController();
  aborts.set(request.id, abort);
  if (request.method === "submit" || request.method === "data") submits.add(abort);
  try {
    outlet.send({ id: request.id, result: (await handled(request, parts, caller, abort.signal)) ?? null });
  } catch (error) {
    outlet.send({ id: request.id, error: wireError(error) });
    if (!(error instanceof UserError)) parts.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    aborts.delete(request.id);
  }
}

async function handled(request: Exclude<Request, { method: "cancel" }>, parts: ServerParts, { guest, outlet }: Caller, signal: AbortSignal): Promise<unknown> {
  switch (request.method) {
    case "hello":
      return parts.hello();
    case "preview":
      return parts.control.preview(request.intent);
    case "state":
      return parts.control.state();
    case "data":
      return parts.control.data(request.order, signal);
    case "jobs":
      return parts.control.jobs(request.order, signal);
    case "submit":
      return parts.control.submit(request.intent, signal);
    case "events":
      for await (const event of parts.control.events(request.fromSeq, signal)) {
        if (!eventFits(event, request.filter)) continue;
        outlet.send({ id: request.id, event });
        await outlet.hasRoom();
      }
      return undefined;
    case "services":
      return guest.services(request.order, signal);
    case "agents":
      return guest.agents(request.order, signal);
    case "pushes":
      for await (const push of guest.pushes(request.filter, signal)) {
        outlet.send({ id: request.id, push });
        await outlet.hasRoom();
      }
      return undefined;
    case "shutdown":
      setImmediate(() => parts.shutdown(request.because, request.withServices === true));
      return undefined;
  }
}

function wireError(error: unknown): WireError {
  if (error instanceof UserError) return { failures: error.failures, exit: error.exit };
  const stack = error instanceof Error ? error.stack : undefined;
  return { failures: [{ reason: "internal", message: errorText(error) }], exit: exitCodes.failure, ...(stack === undefined ? {} : { stack }) };
}

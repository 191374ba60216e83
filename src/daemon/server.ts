/** The daemon's ear: a private unix socket, any number of callers, one Control behind it. */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Control } from "../model/control.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { errorText } from "../host/files.ts";
import { lineReader, type Hello, type Reply, type Request, type WireError } from "./protocol.ts";

export interface ServerParts {
  readonly socketPath: string;
  readonly control: Control;
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

function attend(socket: Socket, parts: ServerParts): void {
  const aborts = new Map<number, AbortController>();
  const send = (reply: Reply): void => {
    if (socket.writableLength > maximumUnsentBytes) socket.destroy();
    else if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
  };
  const read = lineReader((message) => {
    const request = requestOf(message);
    if (request.method === "cancel") aborts.get(request.target)?.abort();
    else void answer(request, parts, { send, hasRoom: () => roomIn(socket) }, aborts);
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
    for (const [id, abort] of aborts) if (!submits.has(abort)) aborts.get(id)?.abort();
  });
}

/** Aborts that belong to intents, which outlive their connection. */
const submits = new WeakSet<AbortController>();

/** Where answers go. */
interface Outlet {
  readonly send: (reply: Reply) => void;
  /** Resolves when the caller has read enough for more, or is gone. */
  readonly hasRoom: () => Promise<void>;
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

async function answer(request: Exclude<Request, { method: "cancel" }>, parts: ServerParts, outlet: Outlet, aborts: Map<number, AbortController>): Promise<void> {
  const { send } = outlet;
  const abort = new AbortController();
  aborts.set(request.id, abort);
  if (request.method === "submit" || request.method === "data") submits.add(abort);
  try {
    send({ id: request.id, result: (await handled(request, parts, outlet, abort.signal)) ?? null });
  } catch (error) {
    send({ id: request.id, error: wireError(error) });
    if (!(error instanceof UserError)) parts.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    aborts.delete(request.id);
  }
}

async function handled(request: Exclude<Request, { method: "cancel" }>, parts: ServerParts, outlet: Outlet, signal: AbortSignal): Promise<unknown> {
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
        outlet.send({ id: request.id, event });
        await outlet.hasRoom();
      }
      return undefined;
    case "shutdown":
      setImmediate(() => parts.shutdown(request.because, request.withServices === true));
      return undefined;
  }
}

function requestOf(message: unknown): Request {
  const isRequest = typeof message === "object" && message !== null && "id" in message && typeof message.id === "number" && "method" in message && typeof message.method === "string";
  if (!isRequest) throw new Error("not a request");
  return message as unknown as Request;
}

function wireError(error: unknown): WireError {
  if (error instanceof UserError) return { failures: error.failures, exit: error.exit };
  const stack = error instanceof Error ? error.stack : undefined;
  return { failures: [{ reason: "internal", message: errorText(error) }], exit: exitCodes.failure, ...(stack === undefined ? {} : { stack }) };
}

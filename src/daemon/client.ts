/** A Control that talks to the daemon over its socket. */
import { connect, type Socket } from "node:net";
import type { Control, RunReport } from "../model/control.ts";
import type { DataReport } from "../model/data.ts";
import { ownerOf, ownName } from "../host/file-owner.ts";
import { fieldNames, type RecordStep } from "../host/flight-recorder.ts";
import type { Event } from "../model/events.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { Job } from "../model/job.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import type { AgentOrder, AgentRow } from "../model/agent.ts";
import type { ServiceAction, ServiceActions, ServiceOrder, ServiceOrderOf, ServicePush } from "../model/service.ts";
import { assertOwnSocket } from "./own-socket.ts";
import { lineReader, protocolVersion, type EventFilter, type Hello, type Reply, type Request } from "./protocol.ts";

/** Without its id, which the connection gives it. */
type Call = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export interface DaemonConnection extends Control {
  readonly hello: Hello;
  /** Asks for services; what it makes goes with this connection, unless the order names a process. Aborting the signal ends a wait. */
  services<A extends ServiceAction>(order: ServiceOrderOf<A>, signal: AbortSignal): Promise<ServiceActions[A]["answer"]>;
  /** Joins as an agent for as long as this connection lasts, or looks at those that have. */
  agents(order: AgentOrder, signal: AbortSignal): Promise<readonly AgentRow[]>;
  /** What services tell, from now on, until aborted. */
  pushes(filter: PushFilter, signal: AbortSignal): AsyncIterable<ServicePush>;
  events(fromSeq: number, signal: AbortSignal, filter?: EventFilter): AsyncIterable<Event>;
  /** Resolves when it has gone; `withServices`: and what ran is stopped. */
  shutdown(because: string, withServices?: boolean): Promise<void>;
  /** Resolves when the daemon has gone. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface PushFilter {
  readonly service?: string;
  readonly topic?: string;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly item: (item: Item) => void;
}

/** What a stream consists of. */
type Item = Event | ServicePush;

/** A daemon that does not greet in this time hangs or was stopped with a signal. */
const defaultHelloMs = 5000;

/** Undefined when nobody listens on the socket. Throws a UserError when somebody does, but never answers, or is another user. */
export async function connectDaemon(socketPath: string, version: string, { helloMs = defaultHelloMs, record }: ConnectOptions = {}): Promise<DaemonConnection | undefined> {
  assertOwnSocket(socketPath);
  const socket = await opened(socketPath);
  return socket === undefined ? undefined : greeted(callsOver(socket, record), socket, version, helloMs);
}

export interface ConnectOptions {
  readonly helloMs?: number;
  /** Told of every message, without what is in it. */
  readonly record?: RecordStep;
}

function opened(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => (error.code === "EACCES" ? reject(ofAnother(path)) : resolve(undefined)));
  });
}

function ofAnother(path: string): UserError {
  const owner = ownerOf(path) ?? "another user";
  return new UserError({ reason: "state_unreadable", message: `the daemon of this repository cannot be asked: ${path} belongs to ${owner}, and you are ${ownName()}`, hint: `ask as ${owner}, or keep a state of your own: ENVCTL_STATE_DIR names another directory` });
}

/** Requests over one socket, each answered by its number. */
interface Calls {
  call(request: Call, item?: (item: Item) => void): { readonly id: number; readonly result: Promise<unknown> };
  cancel(id: number): void;
  /** Passes an abort on; the answer is how to stop listening for it. */
  cancelOn(signal: AbortSignal, id: number): () => void;
  readonly closed: Promise<void>;
}

function callsOver(socket: Socket, record?: RecordStep): Calls {
  const waiting = new Map<number, Waiting>();
  let sequence = 0;
  const cancel = (id: number): void => void socket.write(`${JSON.stringify({ id: 0, method: "cancel", target: id })}\n`);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let trouble: Error | undefined;
  void closed.then(() => {
    for (const one of waiting.values()) one.reject(trouble ?? lostError());
  });
  socket.on("error", () => undefined);
  socket.setEncoding("utf8");
  const read = lineReader((message) => {
    record?.({ kind: "received", what: kindOf(message as Reply), bytes: JSON.stringify(message).length, names: fieldNames(message) });
    deliver(message as Reply, waiting);
  });
  socket.on("data", (chunk: string) => {
    try {
      read(chunk);
    } catch (error) {
      // A program that uses this must not end because of what somebody else says.
      trouble = nonsenseError(error);
      socket.destroy();
    }
  });
  return {
    closed,
    call: (request, item = () => undefined) => {
      sequence += 1;
      const id = sequence;
      // What is asked of a connection that has ended would wait for ever.
      const result = socket.destroyed ? Promise.reject<unknown>(lostError()) : new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject, item })).finally(() => waiting.delete(id));
      const line = JSON.stringify({ id, ...request });
      record?.({ kind: "sent", what: request.method, bytes: line.length, names: fieldNames(request) });
      socket.write(`${line}\n`);
      return { id, result };
    },
    cancel,
    cancelOn: (signal, id) => {
      const passOn = (): void => cancel(id);
      if (signal.aborted) passOn();
      signal.addEventListener("abort", passOn, { once: true });
      return () => signal.removeEventListener("abort", passOn);
    },
  };
}

function kindOf(reply: Reply): string {
  return "event" in reply ? reply.event.type : "push" in reply ? "push" : "error" in reply ? "error" : "result";
}

async function greeted(calls: Calls, socket: Socket, version: string, helloMs: number): Promise<DaemonConnection | undefined> {
  const hello = await helloOf(socket, calls, version, helloMs);
  if (hello === undefined) return undefined;
  return {
    hello,
    closed: calls.closed,
    close: () => socket.end(),
    preview: async (intent) => (await calls.call({ method: "preview", intent }).result) as Plan,
    state: async () => ((await calls.call({ method: "state" }).result) as RunState | null) ?? undefined,
    submit: async (intent, signal) => (await cancellable(calls, { method: "submit", intent }, signal)) as RunReport,
    data: async (order, signal) => (await cancellable(calls, { method: "data", order }, signal)) as DataReport,
    jobs: async (order, signal) => (await cancellable(calls, { method: "jobs", order }, signal)) as readonly Job[],
    events: (fromSeq, signal, filter) => streamed<Event>(calls, { method: "events", fromSeq, ...(filter === undefined ? {} : { filter }) }, signal),
    services: async (order, signal) => (await cancellable(calls, { method: "services", order: order as ServiceOrder }, signal)) as ServiceActions[typeof order.action]["answer"],
    agents: async (order, signal) => (await cancellable(calls, { method: "agents", order }, signal)) as readonly AgentRow[],
    pushes: (filter, signal) => streamed<ServicePush>(calls, { method: "pushes", filter }, signal),
    shutdown: async (because, withServices = false) => {
      await calls.call({ method: "shutdown", because, withServices }).result.catch(() => undefined);
      await calls.closed;
    },
  };
}

async function cancellable(calls: Calls, request: Call, signal: AbortSignal): Promise<unknown> {
  const { id, result } = calls.call(request);
  const forget = calls.cancelOn(signal, id);
  return result.finally(forget);
}

/** Undefined when the daemon leaves right now. Throws a UserError when it says nothing. */
async function helloOf(socket: Socket, calls: Calls, version: string, helloMs: number): Promise<Hello | undefined> {
  let isSilent = false;
  const deadline = setTimeout(() => {
    isSilent = true;
    socket.destroy();
  }, helloMs);
  const hello = (await calls.call({ method: "hello", version, protocol: protocolVersion }).result.catch(() => undefined)) as Hello | undefined;
  clearTimeout(deadline);
  if (isSilent) throw silentError(helloMs);
  return hello;
}

async function* streamed<T extends Item>(calls: Calls, request: Call, signal: AbortSignal): AsyncIterable<T> {
  const backlog: Item[] = [];
  let wake: () => void = () => undefined;
  let outcome: { readonly trouble?: unknown } | undefined;
  const { id, result } = calls.call(request, (item) => {
    backlog.push(item);
    wake();
  });
  const end = (how: { readonly trouble?: unknown }): void => {
    outcome = how;
    wake();
  };
  void result.then(() => end({}), (trouble: unknown) => end({ trouble }));
  const forget = calls.cancelOn(signal, id);
  // A daemon that hangs would never say that it has stopped.
  const rouse = (): void => wake();
  signal.addEventListener("abort", rouse, { once: true });
  try {
    for (;;) {
      const item = backlog.shift();
      if (item !== undefined) yield item as T;
      else if (signal.aborted) return;
      else if (outcome?.trouble !== undefined) throw outcome.trouble;
      else if (outcome !== undefined) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    forget();
    signal.removeEventListener("abort", rouse);
    // What nobody reads any more would be sent, and kept, as long as the connection lasts.
    if (outcome === undefined && !signal.aborted) calls.cancel(id);
  }
}

function deliver(reply: Reply, waiting: ReadonlyMap<number, Waiting>): void {
  const one = waiting.get(reply.id);
  if (one === undefined) return;
  if ("event" in reply) one.item(reply.event);
  else if ("push" in reply) one.item(reply.push);
  else if ("error" in reply) one.reject(remoteError(reply.error));
  else one.resolve(reply.result);
}

function remoteError(error: Extract<Reply, { error: unknown }>["error"]): Error {
  if (error.stack === undefined) return new UserError(error.failures, error.exit);
  return Object.assign(new Error(error.failures[0]?.message ?? "the daemon failed"), { stack: error.stack });
}

function silentError(helloMs: number): UserError {
  return new UserError({
    reason: "daemon_unreachable",
    message: `the daemon does not answer within ${helloMs / 1000} s: it hangs, or was stopped with a signal`,
    hint: "end it with `envctl daemon stop`; what runs goes on running, and the next command starts a new daemon",
  });
}

function nonsenseError(error: unknown): UserError {
  const what = error instanceof Error ? error.message : String(error);
  return new UserError({ reason: "daemon_unreachable", message: `the daemon said something that is no message: ${what}`, hint: "the connection was ended; what runs goes on running, and `envctl daemon restart` begins a new daemon" });
}

function lostError(): UserError {
  return new UserError(
    { reason: "daemon_unreachable", message: "the connection to the daemon was lost", hint: "what runs goes on running; `envctl resume` brings the rest back, `envctl daemon logs` may tell why" },
    exitCodes.failure,
  );
}

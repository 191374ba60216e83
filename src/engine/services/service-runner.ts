/** The program around a service module: it lives in a process of its own, for as long as its channel to the daemon. */
import { pathToFileURL } from "node:url";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from "vscode-jsonrpc/node";
import { packed, unpacked } from "../../host/payload.ts";
import type { HandleRow, Payload, RemoteError } from "../../model/service.ts";
import { defaultCallMs, isCallableName } from "../../model/service.ts";
import { ServiceObjects, type ServiceContext } from "./objects.ts";
import { remoteErrorOf } from "./remote-error.ts";
import { callRequest, createRequest, disposeRequest, loadRequest, orderRequest, pushNotification, thrownCode } from "./service-line.ts";

const [, , path = "", service = "", repository = "", payloads = ""] = process.argv;
const objects = new ServiceObjects();
const line = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));

// Without the daemon nobody can call it any more; a stop of everything is a signal.
process.once("disconnect", leave);
process.once("SIGTERM", leave);
// What is thrown where nobody waits for it ends the process with its stack in the log, as Node does by itself.

line.onRequest(loadRequest, async ({ edition }) => {
  const { href } = pathToFileURL(path);
  return thrownBy(undefined, async () => objects.learn((await import(edition === 0 ? href : `${href}?edition=${edition}`)) as object, path));
});
line.onRequest(createRequest, async ({ instance, className, args }) =>
  thrownBy(undefined, async () => {
    objects.create(instance, className, contextOf(instance), listOf(args));
    return null;
  }),
);
line.onRequest(callRequest, async ({ instance, method, args }) => thrownBy(instance, async () => packed(await objects.call(instance, method, listOf(args)), payloads)));
line.onRequest(disposeRequest, async ({ instance }) =>
  thrownBy(instance, async () => {
    await objects.dispose(instance);
    return null;
  }),
);
line.listen();

/** Whoever ends the process waits a second before it is killed. */
const leaveMs = 800;

/** Objects may close what they opened, as when they are dropped. */
function leave(): void {
  setTimeout(() => process.exit(0), leaveMs);
  void objects.disposeAll().finally(() => process.exit(0));
}

const longestTopic = 200;

function contextOf(instance: string): ServiceContext {
  return {
    emit: (topic, value) => {
      if (typeof topic !== "string" || topic.length > longestTopic) throw new TypeError(`a topic is a text of ${longestTopic} characters at most`);
      void line.sendNotification(pushNotification, { instance, topic, value: packed(value, undefined) });
    },
    log: (text) => void process.stdout.write(`${text}\n`),
    get: async (target, ...args) => {
      const { handle } = (await line.sendRequest(orderRequest, { action: "new", service: target, args: packed(args, payloads), timeoutMs: defaultCallMs })) as HandleRow;
      return proxyOf(handle);
    },
    repository,
  };
}

/** An object whose every method is a call; names that whoever awaits or shows an object asks for are none. */
function proxyOf(handle: string): unknown {
  return new Proxy(Object.create(null) as object, {
    get: (_target, method) => {
      if (method === Symbol.asyncDispose) return async () => void (await line.sendRequest(orderRequest, { action: "drop", handle }));
      if (typeof method !== "string" || !isCallableName(method)) return undefined;
      return async (...args: readonly unknown[]) =>
        unpacked((await line.sendRequest(orderRequest, { action: "call", target: handle, method, args: packed(args, payloads), timeoutMs: defaultCallMs })) as Payload, payloads);
    },
  });
}

function listOf(args: Payload): readonly unknown[] {
  const list = unpacked(args, payloads);
  return Array.isArray(list) ? (list as readonly unknown[]) : [list];
}

async function thrownBy<T>(instance: string | undefined, work: () => Promise<T>): Promise<T | ResponseError<RemoteError>> {
  try {
    return await work();
  } catch (error) {
    const remote = remoteErrorOf(error);
    return new ResponseError(thrownCode, remote.message, { ...remote, service, ...(instance === undefined ? {} : { instance }) });
  }
}

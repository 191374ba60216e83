/** One process of a service module, from its start to its end: loaded, called, ended with everything it started. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from "vscode-jsonrpc/node";
import { errorText, makeDirectory } from "../../host/files.ts";
import { sendSignal } from "../../host/signals.ts";
import { inheritedEnvironment } from "../../model/environment.ts";
import { UserError } from "../../model/failure.ts";
import type { Payload, RemoteError, ServiceClass, ServiceOrder } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";
import { patiently, type Limit } from "./patience.ts";
import { callRequest, createRequest, disposeRequest, loadRequest, orderRequest, pushNotification } from "./service-line.ts";
import { serviceMark } from "./service-mark.ts";

export interface ServiceProcessParts {
  readonly engine: Pick<EngineParts, "host" | "scope" | "scopeId" | "checkout">;
  readonly name: string;
  readonly path: string;
  /** The program around the module. */
  readonly runner: string;
  /** Calls of the service to others. */
  readonly onOrder: (order: ServiceOrder) => Promise<unknown>;
  readonly onPush: (push: { readonly instance: string; readonly topic: string; readonly value: Payload }) => void;
  /** It has ended by itself or was ended; called once. */
  readonly onGone: () => void;
}

export interface ServiceProcess {
  readonly pid: number;
  /** Reads the module, and anew for every later edition. */
  load(edition: number, within: Limit): Promise<readonly ServiceClass[]>;
  create(instance: string, className: string, args: Payload, within: Limit): Promise<void>;
  call(instance: string, method: string, args: Payload, within: Limit): Promise<Payload>;
  dispose(instance: string, within: Limit): Promise<void>;
  /** Ends it and what it started; resolves when it is gone. */
  end(): Promise<void>;
}

const graceMs = 2000;

/** Throws a UserError when it cannot be started. */
export async function startServiceProcess(parts: ServiceProcessParts): Promise<ServiceProcess> {
  const child = await spawned(parts);
  const line = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const waiting = new Set<(error: Error) => void>();
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      isGone = true;
      // It leads a group of its own: what it started goes with it.
      sendSignal(-(child.pid ?? 0), "SIGKILL");
      line.dispose();
      for (const reject of waiting) reject(endedError(parts, code, signal));
      parts.onGone();
      resolve();
    });
  });
  line.onError(() => undefined);
  line.onRequest(orderRequest, (order) => answered(parts, order));
  line.onNotification(pushNotification, parts.onPush);
  line.listen();
  const asked = createAsk(parts, waiting, () => isGone);
  return {
    pid: child.pid ?? 0,
    load: (edition, within) => asked(() => line.sendRequest(loadRequest, { edition }), within),
    create: async (instance, className, args, within) => void (await asked(() => line.sendRequest(createRequest, { instance, className, args }), within)),
    call: (instance, method, args, within) => asked(() => line.sendRequest(callRequest, { instance, method, args }), within),
    dispose: async (instance, within) => void (await asked(() => line.sendRequest(disposeRequest, { instance }), within)),
    end: async () => {
      if (isGone) return;
      const kill = setTimeout(() => sendSignal(-(child.pid ?? 0), "SIGKILL"), graceMs);
      // Its channel is its life; a module that hangs is killed.
      if (child.connected) child.disconnect();
      await gone.finally(() => clearTimeout(kill));
    },
  };
}

async function spawned({ engine, name, path, runner }: ServiceProcessParts): Promise<ChildProcess> {
  const { scope, scopeId, host, checkout } = engine;
  makeDirectory(scope.services, host.machine.isRoot);
  const log = openSync(join(scope.services, `${name}.log`), "a", 0o600);
  const environment = { ...inheritedEnvironment(host.environment), ENVCTL_OWNER: serviceMark(scopeId, name) };
  try {
    const child = spawn(process.execPath, [runner, path, name, checkout.repository, scope.payloads], { cwd: checkout.repository, env: environment, detached: true, stdio: ["ignore", log, log, "ipc"] });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return child;
  } catch (error) {
    throw new UserError({ reason: "spawn_failed", message: `the process of service ${name} cannot be started: ${errorText(error)}` });
  } finally {
    closeSync(log);
  }
}

type Ask = <R>(request: () => Promise<R>, within: Limit) => Promise<R>;

/** One request with its deadline. A race with the end of the process would keep every answer for as long as that lives. */
function createAsk(parts: ServiceProcessParts, waiting: Set<(error: Error) => void>, isGone: () => boolean): Ask {
  return async (request, within) => {
    if (isGone()) throw endedError(parts, null, null);
    const { outcome, fail } = patiently(() => request().catch((error: unknown) => Promise.reject(told(error))), within);
    waiting.add(fail);
    return outcome.finally(() => waiting.delete(fail));
  };
}

/** What the module threw, as the failure of a command. */
function told(error: unknown): Error {
  if (!(error instanceof ResponseError) || error.data === undefined) return error instanceof Error ? error : new Error(errorText(error));
  const remote = error.data as RemoteError;
  return new UserError({ reason: "remote_error", message: `${remote.name}: ${remote.message}`, remote });
}

/** What the order of a service came to; its failure travels as words. */
async function answered({ onOrder, name }: ServiceProcessParts, order: ServiceOrder): Promise<unknown> {
  try {
    return (await onOrder(order)) ?? null;
  } catch (error) {
    const remote = error instanceof UserError ? error.failures[0]?.remote : undefined;
    return new ResponseError(1, errorText(error), remote ?? { name: "Error", message: errorText(error), stack: "", service: name });
  }
}

function endedError({ name, engine }: ServiceProcessParts, code: number | null, signal: string | null): UserError {
  const how = signal ?? (code === null ? "nobody saw how" : `exit code ${code}`);
  return new UserError({ reason: "process_exited", message: `the process of service ${name} ended: ${how}`, hint: `its log may tell why: ${join(engine.scope.services, `${name}.log`)}; the next call starts it again` });
}

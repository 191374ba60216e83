/** The typed client: a connection to the daemon of a repository, which starts on first need. */
import { composeRuntime } from "../cli/compose.ts";
import { readTail } from "../commands/log-file.ts";
import type { DaemonConnection } from "../daemon/client.ts";
import type { ServiceAccess } from "../daemon/service-access.ts";
import { UserError } from "../model/failure.ts";
import { defaultCallMs, isCallableName, type HandleRow, type ServiceAction, type ServiceActions, type ServiceOrderOf } from "../model/service.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { Connect, Envctl, IntentRequest, Pushed, PushedFilter, Remote, Reservation, SubscribeOptions } from "./api.ts";
import { remoteFailure } from "./remote-failure.ts";

/** A new one each time: what listens to one that lives for ever is kept for ever. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** Throws an Error outside a repository. */
export const connect: Connect = async ({ cwd = process.cwd(), env = process.env } = {}) => {
  const runtime = await composeRuntime({ environment: { ...env }, directory: cwd });
  const access = await runtime.services();
  const connection = await access.connect();
  const objects = objectsOver(connection, access);
  const close = (): void => connection.close();
  return {
    ...objects,
    ...talkOver(connection, access),
    ...runOver(connection, runtime),
    join: async ({ name, role = "agent" }) => {
      const project = (await runtime.discoverProjects()).find(({ root }) => root === runtime.checkout.projectRoot)?.name ?? "Main";
      await connection.agents({ action: "join", name, role, pid: process.pid, project, directory: runtime.checkout.projectRoot }, neverAborted());
    },
    agents: () => connection.agents({ action: "list" }, neverAborted()),
    closed: connection.closed,
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
};

type ObjectCalls = Pick<Envctl, "get" | "drop" | "setTimeout" | "services" | "stats" | "reserve">;

function objectsOver(connection: DaemonConnection, { pack, unpack, search }: ServiceAccess): ObjectCalls {
  const handles = new WeakMap<object, string>();
  let timeoutMs = defaultCallMs;
  const ask = async <A extends ServiceAction>(order: ServiceOrderOf<A>, signal: AbortSignal = neverAborted()): Promise<ServiceActions[A]["answer"]> => {
    try {
      return await connection.services(order, signal);
    } catch (error) {
      throw remoteFailure(error);
    }
  };
  const drop = async (remote: object): Promise<void> => {
    const handle = handles.get(remote);
    if (handle === undefined) throw new TypeError("only what get() answered can be dropped");
    await ask({ action: "drop", handle });
  };
  const proxyOf = <T>({ handle }: HandleRow): Remote<T> => {
    const known = new Map<string, unknown>();
    const proxy: object = new Proxy(Object.create(null) as object, {
      get: (_target, key) => {
        if (key === Symbol.asyncDispose) return () => drop(proxy);
        // Who shows an object, writes it as JSON or awaits it asks for these: a call that is refused would be a rejection nobody sees coming.
        if (typeof key !== "string" || !isCallableName(key)) return undefined;
        const call = known.get(key) ?? (async (...args: readonly unknown[]) => unpack(await ask({ action: "call", target: handle, method: key, args: pack(args), timeoutMs })));
        known.set(key, call);
        return call;
      },
    });
    handles.set(proxy, handle);
    return proxy as Remote<T>;
  };
  return {
    drop,
    get: async <T>(service: string, ...args: readonly unknown[]) => proxyOf<T>(await ask({ action: "new", service, args: pack(args), search, timeoutMs })),
    setTimeout: (ms) => {
      timeoutMs = ms;
    },
    services: () => ask({ action: "list", search }),
    stats: () => ask({ action: "stats" }),
    reserve: async (service, { signal, ...how } = {}): Promise<Reservation> => {
      const lease = await ask({ action: "reserve", service, search, ...how }, signal);
      const release = async (): Promise<void> => void (await ask({ action: "release", lease: lease.lease }));
      return { ...lease, release, [Symbol.asyncDispose]: release };
    },
  };
}

function talkOver(connection: DaemonConnection, { unpack }: ServiceAccess): Pick<Envctl, "on" | "subscribe"> {
  return {
    on: (filter: PushedFilter, listener: (pushed: Pushed) => void) => {
      const stop = new AbortController();
      void (async () => {
        for await (const { value, ...push } of connection.pushes(filter, stop.signal)) toldTo(listener, { ...push, value: unpack(value) });
        // The end of the connection is told by `closed`.
      })().catch(() => undefined);
      return () => stop.abort();
    },
    subscribe: async function* events({ fromSeq, signal = neverAborted(), ...filter }: SubscribeOptions = {}) {
      yield* connection.events(fromSeq ?? (await connection.state())?.seq ?? 0, signal, filter);
    },
  };
}

/** What it throws is the program's own, as with every listener of Node's; the next one is told all the same. */
function toldTo(listener: (pushed: Pushed) => void, pushed: Pushed): void {
  try {
    listener(pushed);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

function runOver(connection: DaemonConnection, { checkout, host, discoverProjects }: EngineRuntime): Pick<Envctl, "state" | "submit" | "logs"> {
  const environment = Object.fromEntries(Object.entries(host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  return {
    state: () => connection.state(),
    submit: async ({ kind, projects, services = [], signal = neverAborted() }: IntentRequest) => {
      const own = (await discoverProjects()).find(({ root }) => root === checkout.projectRoot)?.name ?? "Main";
      return connection.submit({ kind, selection: { projects: projects ?? [own], services }, caller: { directory: checkout.projectRoot, environment } }, signal);
    },
    logs: async (unitId, lines = 100) => {
      const path = (await connection.state())?.units[unitId]?.logPath;
      if (path === undefined) throw new UserError({ reason: "unknown_target", message: `${unitId} has no log`, hint: "state() tells which units there are" });
      return (await readTail(path, { lines })).lines.map(({ text }) => text);
    },
  };
}

/** Objects that live in services, and what services tell, over one connection. */
import type { DaemonConnection } from "../daemon/client.ts";
import type { ServiceAccess } from "../daemon/service-access.ts";
import { UserError } from "../model/failure.ts";
import { defaultCallMs, isCallableName, type HandleRow, type ServiceAction, type ServiceActions, type ServiceOrderOf, type ServicePush } from "../model/service.ts";
import type { Envctl, Pushed, PushedFilter, Remote, Reservation } from "./api.ts";
import { neverAborted } from "./never-aborted.ts";
import { remoteFailure } from "./remote-failure.ts";

type ObjectCalls = Pick<Envctl, "get" | "drop" | "setTimeout" | "services" | "stats" | "reserve">;

/** Their access is loaded when it is first needed: who only follows a run never does. */
export function objectsOver(connection: DaemonConnection, access: () => Promise<ServiceAccess>): ObjectCalls {
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
  const proxyOf = <T>({ handle }: HandleRow, { pack, unpack }: ServiceAccess): Remote<T> => {
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
    get: async <T>(service: string, ...args: readonly unknown[]) => {
      const opened = await access();
      return proxyOf<T>(await ask({ action: "new", service, args: opened.pack(args), search: opened.search, timeoutMs }), opened);
    },
    setTimeout: (ms) => {
      timeoutMs = ms;
    },
    services: async () => ask({ action: "list", search: (await access()).search }),
    stats: () => ask({ action: "stats" }),
    reserve: async (service, { signal, ...how } = {}): Promise<Reservation> => {
      const { search } = await access();
      const lease = await ask({ ...how, action: "reserve", service, search }, signal);
      const release = async (): Promise<void> => void (await ask({ action: "release", lease: lease.lease }));
      return { ...lease, release, [Symbol.asyncDispose]: release };
    },
  };
}

/** What services tell. */
export function pushesOver(connection: DaemonConnection, access: () => Promise<ServiceAccess>): Pick<Envctl, "on"> {
  return {
    on: (filter: PushedFilter, listener: (pushed: Pushed) => void) => {
      const stop = new AbortController();
      const { signal } = stop;
      const tell = (pushed: Pushed): void => (signal.aborted ? undefined : toldTo(listener, pushed));
      void (async () => {
        while (await wasCutOff(connection.pushes(filter, signal), access, tell));
        // The end of the connection is told by `closed`.
      })().catch(() => undefined);
      return () => stop.abort();
    },
  };
}

/** Hands on what is told until it ends: true when this program was too slow for it. Who listens again sees by `seq` what it missed. */
async function wasCutOff(pushes: AsyncIterable<ServicePush>, access: () => Promise<ServiceAccess>, tell: (pushed: Pushed) => void): Promise<boolean> {
  try {
    for await (const { value, ...push } of pushes) tell({ ...push, value: (await access()).unpack(value) });
    return false;
  } catch (error) {
    if (error instanceof UserError && error.failures[0]?.reason === "reader_too_slow") return true;
    throw error;
  }
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

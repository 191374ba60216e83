/** What each order about services does. */
import { judgedService, withPluginServices, type ServiceFile } from "../../host/service-files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import { isHandle, splitTarget, type LeaseRow, type Payload, type ServiceAction, type ServiceActions, type ServiceListing, type ServiceOrderOf } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";
import { createCallFigures } from "./call-figures.ts";
import { handleRow, type Handle, type Handles } from "./handles.ts";
import { capacityOf, fileOf, filesOf, type Searching } from "./find-service.ts";
import type { Holder } from "./holders.ts";
import { heldText, type Leases } from "./leases.ts";
import type { Instance, LivingServices } from "./living-services.ts";
import { patiently } from "./patience.ts";

/** What an order is carried out for. */
export interface Asking {
  readonly holder: Holder;
  readonly signal: AbortSignal;
}

/** One more action is one more row. */
export type ServiceOrders = { readonly [A in ServiceAction]: (order: ServiceOrderOf<A>, asking: Asking) => Promise<ServiceActions[A]["answer"]> };

export interface OrderParts {
  readonly engine: Pick<EngineParts, "host" | "checkout" | "trust" | "plugins" | "judge">;
  readonly handles: Handles;
  readonly leases: Leases;
  readonly living: LivingServices;
  /** Begins to look after holders. */
  readonly look: () => void;
}

/** Every order, over the tables they share. */
export function serviceOrders(parts: OrderParts): ServiceOrders {
  return { ...objectOrders(parts), ...leaseOrders(parts), ...serviceLifeOrders(parts) };
}

/** The object goes too, unless it is there for all. */
export async function dropped(handles: Handles, living: LivingServices, { id, instance }: Handle): Promise<void> {
  handles.remove(id);
  if (instance.class.instanceMode === "per_connection") await living.dispose(instance);
}

function objectOrders({ engine, handles, living, look }: OrderParts): Pick<ServiceOrders, "new" | "call" | "drop" | "handles" | "stats"> {
  const figures = createCallFigures();
  const measured = async (instance: Instance, { method, args, timeoutMs }: ServiceOrderOf<"call">, { signal }: Asking): Promise<Payload> => {
    const begun = engine.host.clock.monotonic();
    const note = (isError: boolean): void => {
      if (instance.class.methods.includes(method)) figures.note(instance.service, method, engine.host.clock.monotonic() - begun, isError);
    };
    try {
      const answer = await living.call(instance, method, args, { ms: timeoutMs, signal });
      note(false);
      return answer;
    } catch (error) {
      note(true);
      throw error;
    }
  };
  const disposed = (instance: Instance): void => void (instance.class.instanceMode === "per_connection" ? living.dispose(instance).catch(() => undefined) : undefined);
  // A module that hangs, or a constructor: others may wait for the same.
  const objectOf = async (target: string, order: ObjectOrder, args: Payload, { signal }: Asking): Promise<Instance> => {
    const { service, className } = splitTarget(target);
    const file = await fileOf(engine, service, order);
    return patiently(() => living.object(file, className, args, order.reload === true), { ms: order.timeoutMs, what: `what makes an object of ${target}`, signal }, disposed).outcome;
  };
  return {
    new: async (order, asking) => {
      handles.assertRoom();
      const holder = holderOf(engine, order, asking);
      const handle = handles.add(await objectOf(order.service, order, order.args, asking), holder);
      look();
      return handleRow(handle);
    },
    call: async (order, asking) => {
      if (isHandle(order.target)) return measured(handles.find(order.target).instance, order, asking);
      const instance = await objectOf(order.target, order, { text: "[]" }, asking);
      return measured(instance, order, asking).finally(() => disposed(instance));
    },
    drop: async ({ handle }) => {
      const found = handles.find(handle);
      await dropped(handles, living, found);
      return handleRow(found);
    },
    handles: async () => handles.all().map(handleRow),
    stats: async () => figures.all(),
  };
}

type ObjectOrder = Searching & Pick<ServiceOrderOf<"new">, "reload" | "timeoutMs">;

function leaseOrders({ engine, leases, look }: OrderParts): Pick<ServiceOrders, "reserve" | "release" | "leases"> {
  return {
    reserve: async (order, asking) => {
      const capacity = await capacityOf(engine, order.service, order);
      const lease = await leases.reserve({ service: order.service, capacity, owner: holderOf(engine, order, asking), isAlone: order.alone === true, ...(order.label === undefined ? {} : { label: order.label }), ...(order.waitMs === undefined ? {} : { waitMs: order.waitMs }) }, asking.signal);
      look();
      return lease;
    },
    release: async ({ lease }) => {
      const ofJob = leases.rows().find((row) => row.lease === lease && lease.startsWith("job-"));
      if (ofJob !== undefined) throw new UserError({ reason: "conflict", message: `${lease} is no reservation to give back: ${ofJob.holder} has its place in ${ofJob.service} until it ends`, hint: `end it with \`envctl job stop ${lease.slice("job-".length)}\`` }, exitCodes.conflict);
      const released = leases.release(lease);
      if (released === undefined) throw new UserError({ reason: "unknown_target", message: `unknown reservation ${lease}`, hint: "it was given back, or its holder ended; `envctl svc list` shows how many there are" }, exitCodes.interrupted);
      return released;
    },
    leases: async () => leases.rows(),
  };
}

function serviceLifeOrders({ engine, handles, leases, living }: OrderParts): Pick<ServiceOrders, "list" | "shutdown"> {
  return {
    list: async (order) => withPluginServices(filesOf(engine, order), await engine.plugins.services()).map((file) => listing(file, engine, living, leases)),
    shutdown: async (order) => {
      const { path, name } = await fileOf(engine, order.service, order);
      const count = handles.on(path).length;
      return { service: name, instances: await living.shutdown(path, order.timeoutMs), handles: count };
    },
  };
}

/**
 * The connection that asks, unless a process is to hold it: a shell has a new connection for every command. Throws a UserError for a process
 * that nobody could see the end of, as it is not there or in another namespace.
 */
function holderOf({ judge }: OrderParts["engine"], { owner }: Pick<ServiceOrderOf<"new">, "owner">, { holder }: Asking): Holder {
  if (owner === undefined) return holder;
  const truth = judge(owner);
  if (truth === "alive") return { kind: "process", handle: owner };
  const why = truth === "dead" ? "there is no such process" : "it lives in another pid namespace";
  throw new UserError({ reason: "usage_invalid", message: `process ${owner.pid}, started ${owner.startTime}, cannot hold anything: ${why}`, hint: "a program that holds its own connection needs no such process: `import { connect } from \"envctl\"`" });
}

function listing(file: ServiceFile, { trust }: OrderParts["engine"], living: LivingServices, leases: Leases): ServiceListing {
  const { name, path, origin, manifest } = file;
  return { name, path, origin, ...manifest, ...living.known(path), ...held(leases.rows().filter(({ service }) => service === name)), ...judgedService(file, trust) };
}

function held(rows: readonly LeaseRow[]): Pick<ServiceListing, "reserved" | "holders"> {
  return { reserved: rows.length, holders: rows.map((row) => heldText([row])) };
}

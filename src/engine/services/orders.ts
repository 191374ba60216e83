/** What each order about services does. */
import { externalServicePaths, serviceFiles, trustableService, withPluginServices, type ServiceFile } from "../../host/service-files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import { isHandle, splitTarget, type Payload, type ServiceAction, type ServiceActions, type ServiceListing, type ServiceOrderOf } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";
import { createCallFigures } from "./call-figures.ts";
import { handleRow, type Handle, type Handles } from "./handles.ts";
import type { Holder } from "./holders.ts";
import type { Leases } from "./leases.ts";
import type { Instance, LivingServices } from "./living-services.ts";

/** What an order is carried out for. */
export interface Asking {
  readonly holder: Holder;
  readonly signal: AbortSignal;
}

/** One more action is one more row. */
export type ServiceOrders = { readonly [A in ServiceAction]: (order: ServiceOrderOf<A>, asking: Asking) => Promise<ServiceActions[A]["answer"]> };

export interface OrderParts {
  readonly engine: Pick<EngineParts, "host" | "checkout" | "trust" | "plugins">;
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
  const objectOf = async (target: string, order: Searching & { readonly reload?: boolean }, args: Payload): Promise<Instance> => {
    const { service, className } = splitTarget(target);
    return living.object(await fileOf(engine, service, order), className, args, order.reload === true);
  };
  return {
    new: async (order, asking) => {
      handles.assertRoom();
      const instance = await objectOf(order.service, order, order.args);
      const handle = handles.add(instance, holderOf(order, asking));
      look();
      // Whoever it was made for is gone, and could not drop it.
      if (asking.signal.aborted && order.owner === undefined) await dropped(handles, living, handle);
      return handleRow(handle);
    },
    call: async (order, asking) => {
      if (isHandle(order.target)) return measured(handles.find(order.target).instance, order, asking);
      const instance = await objectOf(order.target, order, { text: "[]" });
      const isOwn = instance.class.instanceMode === "per_connection";
      return measured(instance, order, asking).finally(() => (isOwn ? void living.dispose(instance).catch(() => undefined) : undefined));
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

function leaseOrders({ engine, leases, look }: OrderParts): Pick<ServiceOrders, "reserve" | "release" | "leases"> {
  return {
    reserve: async (order, asking) => {
      const { name, manifest } = await fileOf(engine, order.service, order);
      const lease = await leases.reserve({ service: name, capacity: manifest.capacity, owner: holderOf(order, asking), ...(order.waitMs === undefined ? {} : { waitMs: order.waitMs }) }, asking.signal);
      look();
      return lease;
    },
    release: async ({ lease }) => {
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

type Searching = Pick<ServiceOrderOf<"list">, "search">;

function filesOf({ checkout, host }: OrderParts["engine"], { search }: Searching): readonly ServiceFile[] {
  return serviceFiles(checkout.repository, search ?? externalServicePaths(host.environment));
}

/** Plug-ins are only asked for one that nobody else has. */
async function fileOf(engine: OrderParts["engine"], name: string, searching: Searching): Promise<ServiceFile> {
  const isMeant = (one: ServiceFile): boolean => one.name === name;
  const file = filesOf(engine, searching).find(isMeant) ?? (await engine.plugins.services()).find(isMeant);
  if (file !== undefined) return file;
  throw new UserError({ reason: "unknown_target", message: `there is no service ${JSON.stringify(name)}`, hint: "`envctl svc list` shows those there are; one is a folder .envctl.d/services/svc_NAME with an index.mjs" }, exitCodes.interrupted);
}

/** The connection that asks, unless a process is to hold it: a shell has a new connection for every command. */
function holderOf({ owner }: Pick<ServiceOrderOf<"new">, "owner">, { holder }: Asking): Holder {
  return owner === undefined ? holder : { kind: "process", handle: owner };
}

function listing(file: ServiceFile, { trust }: OrderParts["engine"], living: LivingServices, leases: Leases): ServiceListing {
  const { name, path, origin, manifest, problem, needsTrust } = file;
  const isTrusted = problem === undefined && (!needsTrust || trust.isTrusted(trustableService(file)));
  return { name, path, origin, ...manifest, isTrusted, ...living.known(path), reserved: leases.countOf(name), ...(problem === undefined ? {} : { problem }) };
}

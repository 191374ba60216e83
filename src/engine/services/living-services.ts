/** Services that run: a process for each from its first use on, and the objects in it. */
import { randomBytes } from "node:crypto";
import { sendSignal } from "../../host/signals.ts";
import { trustableService, type ServiceFile } from "../../host/service-files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import { defaultCallMs, type Payload, type ServiceClass, type ServicePush } from "../../model/service.ts";
import type { ServiceOrder } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";
import { markedProcesses } from "../ownership.ts";
import { assertUsable } from "./find-service.ts";
import { isOfEarlierDaemon, serviceMarks } from "./service-mark.ts";
import type { Limit } from "./patience.ts";
import type { ServiceProcess } from "./service-process.ts";

/** An object of a service. */
export interface Instance {
  readonly id: string;
  readonly service: string;
  readonly path: string;
  readonly class: ServiceClass;
}

export interface LivingParts {
  readonly engine: Pick<EngineParts, "host" | "scope" | "scopeId" | "checkout" | "trust" | "table" | "snapshots">;
  readonly runner: string;
  readonly onOrder: (order: ServiceOrder, service: string) => Promise<unknown>;
  readonly onPush: (push: ServicePush) => void;
  /** A process has ended, and its objects with it. */
  readonly onGone: (file: ServiceFile) => void;
}

interface Running {
  readonly process: ServiceProcess;
  readonly instances: Map<string, Instance>;
  readonly singletons: Map<string, Promise<Instance>>;
  readonly edition: number;
  readonly contentHash: string;
  readonly classes: readonly ServiceClass[];
}

/** A module that takes longer to be read than this is taken for one that hangs. */
const loadMs = 60_000;

/** Begins with none. */
export class LivingServices {
  readonly #parts: LivingParts;
  readonly #running = new Map<string, Promise<Running>>();
  /** What is known of those that are loaded, by path. */
  readonly #known = new Map<string, Running>();
  /** How much each has told so far, over the lives of its process. */
  readonly #pushes = new Map<string, number>();
  #swept: Promise<void> | undefined;

  constructor(parts: LivingParts) {
    this.#parts = parts;
  }

  /** Of a service that is loaded. */
  known(path: string): { readonly pid: number; readonly classes: readonly ServiceClass[] } | undefined {
    const running = this.#known.get(path);
    return running === undefined ? undefined : { pid: running.process.pid, classes: running.classes };
  }

  instances(): number {
    return [...this.#known.values()].reduce((sum, { instances }) => sum + instances.size, 0);
  }

  /** A new object, or the singleton, made once however many ask at once. Throws a UserError for a class it does not have, or with what the module throws. */
  async object(file: ServiceFile, className: string | undefined, args: Payload, wantsReload: boolean): Promise<Instance> {
    const running = await this.#ensure(file, wantsReload);
    const found = classMeant(file.name, running.classes, className);
    if (found.instanceMode === "per_connection") return this.#made(file, running, found, args);
    const there = running.singletons.get(found.name);
    if (there !== undefined) return there;
    const made = this.#made(file, running, found, args);
    running.singletons.set(found.name, made);
    made.catch(() => running.singletons.delete(found.name));
    return made;
  }

  /** Throws a UserError, exit 2, for what cannot be called; with what the method throws; exit 124 when it takes too long. */
  async call(instance: Instance, method: string, args: Payload, within: Pick<Limit, "ms" | "signal">): Promise<Payload> {
    if (!instance.class.methods.includes(method)) throw uncallableError(instance, method);
    const running = this.#known.get(instance.path);
    if (running === undefined) throw new UserError({ reason: "not_running", message: `service ${instance.service} has ended`, hint: "make a new object" });
    return running.process.call(instance.id, method, args, { ...within, what: `${instance.service}.${method}` });
  }

  async dispose(instance: Instance, ms = defaultCallMs): Promise<void> {
    const running = this.#known.get(instance.path);
    if (running === undefined || !running.instances.delete(instance.id)) return;
    await running.process.dispose(instance.id, { ms, what: `the shutdown of ${instance.id}`, signal: neverAborted() });
  }

  /** Lets every object of a service go, then ends its process; answers how many there were. */
  async shutdown(path: string, ms: number): Promise<number> {
    const running = this.#known.get(path);
    if (running === undefined) return 0;
    const instances = [...running.instances.values()];
    await Promise.allSettled(instances.map((instance) => this.dispose(instance, ms)));
    await running.process.end();
    return instances.length;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(async (running) => (await running).process.end()));
  }

  /** The process of a service, started and loaded by whoever is first. */
  #ensure(file: ServiceFile, wantsReload: boolean): Promise<Running> {
    const there = this.#running.get(file.path);
    if (there !== undefined && !wantsReload) return there;
    const next = there === undefined ? this.#start(file) : there.then((running) => this.#reloaded(file, running));
    this.#running.set(file.path, next);
    next.catch(() => {
      if (this.#running.get(file.path) !== next) return;
      if (there === undefined) this.#running.delete(file.path);
      else this.#running.set(file.path, there);
    });
    return next;
  }

  async #start(file: ServiceFile): Promise<Running> {
    const { engine, runner, onOrder } = this.#parts;
    const contentHash = trustedHash(file, engine);
    const { startServiceProcess } = await import("./service-process.ts");
    await (this.#swept ??= endOrphans(engine));
    const process = await startServiceProcess({
      engine,
      name: file.name,
      path: file.path,
      runner,
      onOrder: (order) => onOrder(order, file.name),
      onPush: (push) => this.#parts.onPush({ ...push, service: file.name, seq: this.#nextPush(file.name) }),
      onGone: () => this.#gone(file),
    });
    try {
      const classes = await process.load(0, { ms: loadMs, what: `loading service ${file.name}`, signal: neverAborted() });
      const running: Running = { process, classes, contentHash, edition: 0, instances: new Map(), singletons: new Map() };
      this.#known.set(file.path, running);
      return running;
    } catch (error) {
      await process.end();
      throw error;
    }
  }

  #nextPush(service: string): number {
    const seq = (this.#pushes.get(service) ?? 0) + 1;
    this.#pushes.set(service, seq);
    return seq;
  }

  /** With the module as it is now; objects that live stay what they are. */
  async #reloaded(file: ServiceFile, running: Running): Promise<Running> {
    const contentHash = trustedHash(file, this.#parts.engine);
    if (contentHash === running.contentHash) return running;
    const edition = running.edition + 1;
    const classes = await running.process.load(edition, { ms: loadMs, what: `loading service ${file.name}`, signal: neverAborted() });
    const next = { ...running, classes, edition, contentHash };
    this.#known.set(file.path, next);
    return next;
  }

  async #made(file: ServiceFile, running: Running, found: ServiceClass, args: Payload): Promise<Instance> {
    const instance: Instance = { id: `${file.name}-${randomBytes(4).toString("hex")}`, service: file.name, path: file.path, class: found };
    await running.process.create(instance.id, found.name, args, { ms: defaultCallMs, what: `making a ${found.name} of ${file.name}`, signal: neverAborted() });
    running.instances.set(instance.id, instance);
    return instance;
  }

  #gone(file: ServiceFile): void {
    this.#known.delete(file.path);
    this.#running.delete(file.path);
    this.#parts.onGone(file);
  }
}

/** A process of a killed daemon ends with its channel, unless its module never yields. */
async function endOrphans({ table, snapshots, scopeId }: LivingParts["engine"]): Promise<void> {
  for (const { pid, mark } of markedProcesses(table, await snapshots.rows(), serviceMarks(scopeId))) if (isOfEarlierDaemon(mark)) sendSignal(pid, "SIGKILL");
}

/** Throws a UserError for code that may not run. */
function trustedHash(file: ServiceFile, { trust }: Pick<EngineParts, "trust">): string {
  assertUsable(file);
  const trustable = trustableService(file);
  if (!file.needsTrust || trust.isTrusted(trustable)) return trustable.contentHash;
  throw new UserError({
    reason: "adapter_untrusted",
    message: `service ${file.name} is code of ${file.path} that nobody has allowed to run as it is now`,
    hint: "look at it, then allow it with `envctl trust`; `envctl trust --dry-run` shows what that would allow",
  });
}

function classMeant(service: string, classes: readonly ServiceClass[], name: string | undefined): ServiceClass {
  const [only] = classes;
  const found = name === undefined && classes.length === 1 ? only : classes.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = classes.map((one) => `${service}/${one.name}`).join(", ");
  throw new UserError({ reason: "unknown_target", message: name === undefined ? `service ${service} has several classes` : `service ${service} has no class ${name}`, hint: `one of ${names}` }, exitCodes.interrupted);
}

function uncallableError({ service, class: { methods } }: Instance, method: string): UserError {
  return new UserError({ reason: "unknown_target", message: `${service} has no method ${JSON.stringify(method)} that may be called`, hint: `one of ${methods.join(", ")}` }, exitCodes.interrupted);
}

/** A new one each time: listeners on one that lives for ever would be kept for ever. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

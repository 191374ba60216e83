/** The classes of a module and the objects made of them, inside the process of the service. */
import { isCallableName, instanceModes, type InstanceMode, type ServiceClass } from "../../model/service.ts";

/** What the constructor of a class is given before its own arguments; see docs/guides/remote-objects.md. */
export interface ServiceContext {
  /** Tells whoever listens. */
  readonly emit: (topic: string, value?: unknown) => void;
  /** Appends a line to the service's log. */
  readonly log: (line: string) => void;
  /** Another service of the repository: an object whose methods are those of the other one. */
  readonly get: (service: string, ...args: readonly unknown[]) => Promise<unknown>;
  readonly repository: string;
}

type ServiceConstructor = new (context: ServiceContext, ...args: readonly unknown[]) => object;

interface LoadedClass extends ServiceClass {
  readonly make: ServiceConstructor;
}

interface Living {
  readonly object: object;
  readonly methods: ReadonlySet<string>;
}

/** Begins empty. Every method throws what the module throws. */
export class ServiceObjects {
  readonly #living = new Map<string, Living>();
  #classes = new Map<string, LoadedClass>();

  /** Takes the classes of a module; objects made before stay what they are. Throws a TypeError for a module that offers nothing. */
  learn(module: object, path: string): readonly ServiceClass[] {
    const classes = classesOf(module, path);
    this.#classes = new Map(classes.map((one) => [one.name, one]));
    return classes.map(({ name, instanceMode, methods }) => ({ name, instanceMode, methods }));
  }

  create(instance: string, className: string, context: ServiceContext, args: readonly unknown[]): void {
    const found = this.#classes.get(className);
    if (found === undefined) throw new TypeError(`no class ${className}`);
    this.#living.set(instance, { object: new found.make(context, ...args), methods: new Set(found.methods) });
  }

  async call(instance: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const living = this.#living.get(instance);
    // The daemon has looked already; what stands between a name and a property of an object is worth two looks.
    if (living === undefined || !living.methods.has(method) || !isCallableName(method)) throw new TypeError(`${method} cannot be called`);
    const called: unknown = Reflect.get(living.object, method);
    if (typeof called !== "function") throw new TypeError(`${method} is no method any more`);
    return Reflect.apply(called, living.object, args);
  }

  /** Lets go of it; its `shutdown`, if it has one, may close what it opened. */
  async dispose(instance: string): Promise<void> {
    const living = this.#living.get(instance);
    this.#living.delete(instance);
    const shutdown: unknown = living === undefined ? undefined : Reflect.get(living.object, "shutdown");
    if (living !== undefined && typeof shutdown === "function") await Reflect.apply(shutdown, living.object, []);
  }

  /** Lets go of all of them, whatever one of them throws. */
  async disposeAll(): Promise<void> {
    await Promise.allSettled([...this.#living.keys()].map((instance) => this.dispose(instance)));
  }
}

function classesOf(module: object, path: string): readonly LoadedClass[] {
  const offered = Object.entries(module).filter((entry): entry is [string, ServiceConstructor] => typeof entry[1] === "function" && Object.hasOwn(entry[1], "methods"));
  if (offered.length === 0) throw new TypeError(`${path} exports no class with a list of methods: write \`export class Name { static methods = ["first"]; first() { … } }\``);
  return offered.map(([name, make]) => ({ name, make, methods: methodsOf(name, make), instanceMode: modeOf(name, make) }));
}

function methodsOf(name: string, make: ServiceConstructor): readonly string[] {
  const listed: unknown = Reflect.get(make, "methods");
  if (!Array.isArray(listed)) throw new TypeError(`${name}.methods is no list`);
  return listed.map((method: unknown) => {
    const isThere = typeof method === "string" && isCallableName(method) && typeof Reflect.get(make.prototype as object, method) === "function";
    if (!isThere) throw new TypeError(`${name}.methods names ${JSON.stringify(method)}, which is no method of it that may be called`);
    return method;
  });
}

function modeOf(name: string, make: ServiceConstructor): InstanceMode {
  const said: unknown = Reflect.get(make, "instanceMode") ?? "per_connection";
  const mode = instanceModes.find((one) => one === said);
  if (mode === undefined) throw new TypeError(`${name}.instanceMode is ${JSON.stringify(said)}: one of ${instanceModes.join(", ")}`);
  return mode;
}

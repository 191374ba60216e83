/** The contract of a module: what it exports and what it is given, see docs/guides/modules.md. */
import { pathToFileURL } from "node:url";
import type { ModuleOrder } from "./module-order.ts";

/** What `run` of a module is called with. */
interface ModuleContext {
  /** The service's port, if it has one. */
  readonly port?: number;
  /** Every port by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** The whole environment of the service. */
  readonly env: Readonly<Record<string, string>>;
  /** The service's directory; the working directory is not it, except for `node`. */
  readonly directory: string;
  /** Aborts when the service is to end. */
  readonly signal: AbortSignal;
  /** Appends a line to the service's log. */
  readonly log: (line: string) => void;
}

/** What depends on where the module runs. */
export type ModuleSurroundings = Pick<ModuleContext, "env" | "signal" | "log"> & {
  /** Set where modules stay loaded: another one makes it load anew. */
  readonly edition?: number;
};

/** Loads the module and runs it to its end. Rejects with what the module throws, also while it is loaded. */
export async function runModule(order: ModuleOrder, { edition, ...given }: ModuleSurroundings): Promise<void> {
  const { href } = pathToFileURL(order.module);
  const loaded: unknown = await import(edition === undefined ? href : `${href}?edition=${edition}`);
  if (typeof loaded !== "object" || loaded === null || !("run" in loaded) || typeof loaded.run !== "function") {
    throw new TypeError(`${order.module} exports no function \`run\`: write \`export async function run({ port, signal, log }) { … }\``);
  }
  const [port] = Object.values(order.ports);
  const context: ModuleContext = { ...given, ...(port === undefined ? {} : { port }), ports: order.ports, directory: order.directory };
  await loaded.run(context);
}

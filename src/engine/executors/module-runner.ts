/** The program around a module, in a process of its own (`node`) or in a worker thread of the daemon (`thread`). */
import { parentPort, workerData } from "node:worker_threads";
import type { ModuleOrder } from "./module-order.ts";
import { runModule } from "./run-module.ts";

const longestTimerMs = 2 ** 31 - 1;

// A module that waits for nothing but its end would not keep the process alive.
setInterval(() => undefined, longestTimerMs);
process.on("uncaughtException", (error) => void end(error));
const stop = new AbortController();
onStop(() => stop.abort());
runModule(order(), { env: environment(), signal: stop.signal, log: (line) => void process.stdout.write(`${line}\n`) }).then(() => end(undefined), end);

function order(): ModuleOrder {
  if (parentPort !== null) return workerData as ModuleOrder;
  const [, , module = "", ports = "{}"] = process.argv;
  return { module, directory: process.cwd(), ports: JSON.parse(ports) as ModuleOrder["ports"] };
}

/** The daemon tells a thread by a message, a process by a signal. */
function onStop(told: () => void): void {
  if (parentPort !== null) parentPort.once("message", told);
  else for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, told);
}

function environment(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Servers and timers the module left open do not keep it alive. */
async function end(error: unknown): Promise<void> {
  if (error !== undefined) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  for (const stream of [process.stdout, process.stderr]) await new Promise<void>((written) => stream.write("", () => written()));
  process.exit(error === undefined ? 0 : 1);
}

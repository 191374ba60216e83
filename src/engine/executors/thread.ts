/** Modules in worker threads of the daemon: they share its process, not its loop. */
import { finished } from "node:stream/promises";
import { Worker } from "node:worker_threads";
import type { Exit } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import type { Executor, StartOrder } from "./executor.ts";
import { moduleOrder } from "./module-order.ts";
import { openLog, residentExecutor, type Resident } from "./residents.ts";

/** `runnerPath` is the program around the module, see module-runner.ts. */
export function threadExecutor(engine: EngineParts, runnerPath: string): Executor {
  return residentExecutor(engine, (order) => startThread(engine, order, runnerPath));
}

function startThread(engine: EngineParts, { spec, environment, logPath }: StartOrder, runnerPath: string): Resident {
  const workerData = moduleOrder(spec);
  const worker = new Worker(runnerPath, { workerData, env: environment, stdout: true, stderr: true, execArgv: [], name: spec.id });
  const log = openLog(logPath);
  let isTerminated = false;
  worker.stdout.on("data", (chunk: Buffer) => log.write(chunk));
  worker.stderr.on("data", (chunk: Buffer) => log.write(chunk));
  // What the runner cannot catch, such as a heap that is full.
  worker.on("error", (error) => log.write(`${error.stack ?? error.message}\n`));
  const exited = new Promise<number>((resolve) => worker.once("exit", resolve));
  const drained = [worker.stdout, worker.stderr].map((stream) => finished(stream).catch(() => undefined));
  const gone = Promise.all([exited, ...drained]).then(([code]): Exit => {
    log.close();
    return isTerminated ? { kind: "signal", signal: "SIGKILL" } : { kind: "code", code };
  });
  return {
    handle: { ...engine.me, inside: "thread", instance: worker.threadId },
    ended: gone,
    gone,
    ask: () => worker.postMessage("stop", []),
    terminate: () => {
      isTerminated = true;
      void worker.terminate();
    },
  };
}

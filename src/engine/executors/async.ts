/** Modules in the daemon's own loop, for those that say they are safe there. What they throw is theirs, not the daemon's. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Exit } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import type { Executor, StartOrder } from "./executor.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { assertSafe, moduleOrder } from "./module-order.ts";
import { openLog, residentExecutor, type Resident } from "./residents.ts";
import { runModule } from "./run-module.ts";

/** Told what code of a unit throws where nobody catches it. */
type Blame = (error: unknown) => void;

/** `watch` sees to it that the loop goes round while such units live. */
export function asyncExecutor(engine: EngineParts, watch: LoopWatch): Executor {
  const blamed = new AsyncLocalStorage<Blame>();
  let starts = 0;
  const follow = (): void => watch.over(engine.residents.unitIds("async"));
  const executor = residentExecutor(engine, (order) => {
    assertSafe(order.spec);
    catchUncaught((error) => attribute(blamed, error));
    starts += 1;
    return startInLoop(engine, order, blamed, starts);
  });
  return {
    ...executor,
    start: async (order) => {
      const tracked = await executor.start(order);
      follow();
      void engine.residents.find(tracked.handle)?.gone.then(follow);
      return tracked;
    },
  };
}

/** For good: what a unit left behind may still throw when it has ended. */
function catchUncaught(take: (error: Error) => void): void {
  // Only an empty place can be taken.
  process.setUncaughtExceptionCaptureCallback(null);
  process.setUncaughtExceptionCaptureCallback(take);
}

/** An error of nobody's does what it would do without us: it is thrown again, with nobody left to catch it. */
function attribute(blamed: AsyncLocalStorage<Blame>, error: unknown): void {
  const blame = blamed.getStore();
  if (blame !== undefined) return blamed.exit(() => blame(error));
  process.setUncaughtExceptionCaptureCallback(null);
  process.nextTick(() => {
    throw error;
  });
}

function startInLoop(engine: EngineParts, { spec, environment, logPath }: StartOrder, blamed: AsyncLocalStorage<Blame>, edition: number): Resident {
  const order = moduleOrder(spec);
  const stop = new AbortController();
  const log = openLog(logPath);
  let fail: (exit: Exit) => void = () => undefined;
  const failed = new Promise<Exit>((resolve) => (fail = resolve));
  const blame: Blame = (error) => {
    log.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    fail(exitCode(1));
  };
  const running = blamed.run(blame, () => runModule(order, { env: environment, signal: stop.signal, log: (line) => log.write(`${line}\n`), edition }));
  const gone = running.then(() => exitCode(0), (error: unknown) => {
    blame(error);
    return exitCode(1);
  });
  void gone.then(() => log.close());
  return {
    handle: { ...engine.me, inside: "async", instance: edition },
    ended: Promise.race([failed, gone]),
    gone,
    // What its listeners throw is its own, too.
    ask: () => blamed.run(blame, () => stop.abort()),
  };
}

function exitCode(code: number): Exit {
  return { kind: "code", code };
}

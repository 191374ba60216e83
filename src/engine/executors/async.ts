/** Modules in the daemon's own loop, for those that say they are safe there. What they throw is theirs, not the daemon's. */
import type { Blame } from "../../host/attribution.ts";
import type { Exit } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import type { Executor, StartOrder } from "./executor.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { assertSafe, moduleOrder } from "./module-order.ts";
import { openLog, residentExecutor, type Resident } from "./residents.ts";
import { runModule } from "./run-module.ts";

/** `watch` sees to it that the loop goes round while such units live. */
export function asyncExecutor(engine: EngineParts, watch: LoopWatch): Executor {
  let starts = 0;
  const follow = (): void => watch.over(engine.residents.unitIds("async"));
  const executor = residentExecutor(engine, (order) => {
    assertSafe(order.spec);
    starts += 1;
    return startInLoop(engine, order, starts);
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

function startInLoop(engine: EngineParts, { spec, environment, logPath }: StartOrder, edition: number): Resident {
  const order = moduleOrder(spec);
  const stop = new AbortController();
  const log = openLog(logPath);
  let fail: (exit: Exit) => void = () => undefined;
  const failed = new Promise<Exit>((resolve) => (fail = resolve));
  const blame: Blame = (error) => {
    log.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    fail(exitCode(1));
  };
  const running = engine.attribution.run(blame, () => runModule(order, { env: environment, signal: stop.signal, log: (line) => log.write(`${line}\n`), edition }));
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
    ask: () => engine.attribution.run(blame, () => stop.abort()),
  };
}

function exitCode(code: number): Exit {
  return { kind: "code", code };
}

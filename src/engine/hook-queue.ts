/** Work in the order of its unit, some units at once, and never too much of it waiting. */
import type { UnitId } from "../model/unit.ts";
import type { Engine } from "./engine.ts";

export interface HookQueue {
  /** Work never rejects; its signal tells that nobody waits for it any more. Returns at once. */
  add(unitId: UnitId, work: Work): void;
  /** What runs or waits. */
  count(): number;
  /** Waits a moment for what is there, then gives up what waits and aborts what runs. */
  close(): Promise<void>;
}

type Work = (signal: AbortSignal) => Promise<void>;

const unitsAtOnce = 4;
const longestQueue = 100;
const lastWaitMs = 1000;

/** `onDropped` hears how many were dropped when more waited than may, the oldest first; once until the queue is empty again. */
export function createHookQueue({ host, impatience }: Pick<Engine, "host" | "impatience">, onDropped: (count: number) => void): HookQueue {
  const waiting: { readonly unitId: UnitId; readonly work: Work }[] = [];
  const running = new Map<UnitId, Promise<void>>();
  const closing = new AbortController();
  let dropped = 0;
  let isTold = false;

  const proceed = (): void => {
    if (dropped > 0 && !isTold) {
      isTold = true;
      onDropped(dropped);
    }
    while (running.size < unitsAtOnce) {
      const index = waiting.findIndex(({ unitId }) => !running.has(unitId));
      const next = index < 0 ? undefined : waiting.splice(index, 1)[0];
      if (next === undefined) break;
      running.set(next.unitId, next.work(closing.signal).finally(() => {
        running.delete(next.unitId);
        proceed();
      }));
    }
    if (waiting.length > 0) return;
    dropped = 0;
    isTold = false;
  };
  const emptied = async (): Promise<void> => {
    while (running.size > 0) await Promise.race(running.values());
  };
  return {
    add: (unitId, work) => {
      waiting.push({ unitId, work });
      if (waiting.length > longestQueue) {
        waiting.shift();
        dropped += 1;
      }
      setImmediate(proceed);
    },
    count: () => waiting.length + running.size,
    close: async () => {
      proceed();
      const done = new AbortController();
      const late = host.clock.sleep(lastWaitMs, AbortSignal.any([done.signal, impatience.signal])).catch(() => undefined);
      await Promise.race([emptied(), late]);
      done.abort();
      waiting.length = 0;
      closing.abort();
      await Promise.all(running.values());
    },
  };
}

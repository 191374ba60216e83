/** Work of all callers, one after another. */
import { exitCodes, UserError } from "../model/failure.ts";

export interface Turns {
  /** When its turn has come. Whoever gives up before that is told at once, and nothing is done. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** How many are carried out or wait. */
  waiting(): number;
  /** Resolves when everything until now is over. */
  settled(): Promise<unknown>;
}

/** The first turn comes after `before`. */
export function createTurns(before: Promise<unknown>): Turns {
  let queue = before;
  let waiting = 0;
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    waiting += 1;
    const mine = queue.then(work);
    queue = mine.catch(() => undefined).finally(() => (waiting -= 1));
    return mine;
  };
  return {
    take: (signal, work) => {
      const begun = new AbortController();
      const done = queued(() => {
        if (signal.aborted) throw cancelledError();
        begun.abort();
        return work();
      });
      return Promise.race([done, givenUp(signal, begun.signal)]);
    },
    waiting: () => waiting,
    settled: () => queue,
  };
}

/** Rejects when it is given up before it has begun, and settles in no other case. */
function givenUp(signal: AbortSignal, begun: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(cancelledError());
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true, signal: begun });
  });
}

/** Of a caller who has gone away before anything was done. */
export function cancelledError(): UserError {
  return new UserError({ reason: "cancelled", message: "cancelled before anything was done" }, exitCodes.interrupted);
}

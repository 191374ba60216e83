/** Waits until it has been quiet for a while: many changes in a row are one. */
import type { Clock } from "../host/clock.ts";

export interface Quiet {
  /** Something happened: the wait begins anew. */
  poke(): void;
  close(): void;
}

/** `then` is called once it has been quiet for `ms`. */
export function createQuiet(clock: Clock, ms: number, then: () => void): Quiet {
  let waiting = new AbortController();
  let isClosed = false;
  return {
    poke: () => {
      waiting.abort();
      if (isClosed) return;
      const mine = new AbortController();
      waiting = mine;
      void clock.sleep(ms, mine.signal).then(() => !mine.signal.aborted && then(), () => undefined);
    },
    close: () => {
      isClosed = true;
      waiting.abort();
    },
  };
}

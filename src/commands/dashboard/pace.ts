/** Does a piece of work soon after it was asked for, never twice at once, and never more often than it may cost. */
import type { Clock } from "../../host/clock.ts";

export interface Pace {
  /** `isUrgent`: a person waits for it. */
  ask(isUrgent?: boolean): void;
  close(): void;
}

export interface PaceOptions {
  readonly work: () => Promise<void> | void;
  readonly clock: Clock;
  /** Between the ends of works nobody waits for. */
  readonly leastMs: number;
  /** Rest after work that nobody waits for, as a multiple of what it took. */
  readonly rest: number;
}

/** Asked for while it works, it works once more afterwards. */
export function paced({ work, clock, leastMs, rest }: PaceOptions): Pace {
  let timer: NodeJS.Timeout | undefined;
  let [isWorking, isAsked, isClosed] = [false, false, false];
  let isNextUrgent = false;
  let [endedAt, tookMs] = [Number.NEGATIVE_INFINITY, 0];
  const schedule = (): void => {
    if (isWorking || isClosed || !isAsked) return;
    const dueMs = isNextUrgent ? 0 : Math.max(0, endedAt + Math.max(leastMs, tookMs * rest) - clock.monotonic());
    clearTimeout(timer);
    timer = setTimeout(() => void begin(), dueMs);
  };
  const begin = async (): Promise<void> => {
    isWorking = true;
    [isAsked, isNextUrgent] = [false, false];
    const begun = clock.monotonic();
    try {
      await work();
    } finally {
      endedAt = clock.monotonic();
      tookMs = endedAt - begun;
      isWorking = false;
      schedule();
    }
  };
  return {
    ask: (isUrgent = false) => {
      isNextUrgent ||= isUrgent;
      if (isAsked && !isUrgent) return;
      isAsked = true;
      schedule();
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

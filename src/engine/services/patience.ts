/** Waiting for something that may never come, or that others wait for as well: whoever's time is over leaves, and it goes on without him. */
import { errorText } from "../../host/files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";

/** How long a caller waits, and what it waits for, in words. */
export interface Limit {
  readonly ms: number;
  readonly what: string;
  readonly signal: AbortSignal;
}

export interface Wait<T> {
  readonly outcome: Promise<T>;
  /** Ends the wait; nothing when it is over. */
  readonly fail: (error: Error) => void;
}

/** Rejects with a UserError when it took too long, exit 124, or nobody waits any more. `late` is given what comes after that. */
export function patiently<T>(work: () => Promise<T>, { ms, what, signal }: Limit, late: (value: T) => void = () => undefined): Wait<T> {
  let fail: (error: Error) => void = () => undefined;
  const outcome = new Promise<T>((resolve, reject) => {
    let isOver = false;
    const settle = (): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    };
    fail = (error) => {
      if (isOver) return;
      settle();
      reject(error);
    };
    const cancel = (): void => fail(new UserError({ reason: "cancelled", message: `${what}: the caller waits no longer` }, exitCodes.interrupted));
    const timer = setTimeout(() => fail(timeoutError(what, ms)), ms);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) return cancel();
    work().then(
      (value) => {
        if (isOver) return late(value);
        settle();
        resolve(value);
      },
      (error: unknown) => fail(error instanceof Error ? error : new Error(errorText(error))),
    );
  });
  return { outcome, fail };
}

function timeoutError(what: string, ms: number): UserError {
  return new UserError({ reason: "timed_out", message: `${what} did not answer within ${ms / 1000} s`, hint: "it may still be at it; give it longer with --timeout, or end it with `envctl svc shutdown`" }, exitCodes.timeout);
}

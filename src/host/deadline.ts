/** A limit of time on top of somebody's signal. */

/**
 * The work's own outcome; its signal is aborted with the outer one's reason, or with a TimeoutError. Not `AbortSignal.any`, which
 * holds what it listens to so weakly in Node 20 that a timeout may be collected before it is over: nodejs/node#57736.
 */
export async function withDeadline<T>(outer: AbortSignal, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const pass = (): void => controller.abort(outer.reason);
  const timer = setTimeout(() => controller.abort(new DOMException("out of time", "TimeoutError")), ms);
  outer.addEventListener("abort", pass, { once: true });
  if (outer.aborted) pass();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener("abort", pass);
  }
}

/** For waits that nobody ends. */

/** A new one each time: what listens to one that lives for ever is kept for ever. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

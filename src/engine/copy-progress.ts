/** How far a copy of data is, seen from outside: by what has arrived, since programs that copy say nothing. */
import type { Clock } from "../host/clock.ts";
import { treeBytesAside } from "../host/space.ts";
import type { Effects } from "./requirement-drafts.ts";

export interface Copy {
  readonly text: string;
  readonly totalBytes: number;
  /** The directory that fills. */
  readonly to: string;
  readonly clock: Clock;
}

const leastMs = 400;
/** Looking takes at most so small a share of the time. */
const rest = 20;

/** Does the work, and tells meanwhile how much of it is there. */
export async function toldCopy(progress: Effects["progress"], copy: Copy, work: () => Promise<void>): Promise<void> {
  const { text, totalBytes } = copy;
  const ending = new AbortController();
  progress(text, 0, totalBytes);
  const telling = tell(progress, copy, ending.signal);
  await work().finally(() => {
    ending.abort();
    return telling;
  });
  progress(text, totalBytes, totalBytes);
}

async function tell(progress: Effects["progress"], { text, totalBytes, to, clock }: Copy, signal: AbortSignal): Promise<void> {
  let pauseMs = leastMs;
  for (;;) {
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const begun = clock.monotonic();
    // What cannot be looked at is copied all the same.
    const bytes = await treeBytesAside(to).catch(() => undefined);
    if (signal.aborted) return;
    if (bytes !== undefined) progress(text, Math.min(bytes, totalBytes), totalBytes);
    pauseMs = Math.max(leastMs, (clock.monotonic() - begun) * rest);
  }
}

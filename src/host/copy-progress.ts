/** How far a copy of files is, seen from outside: by what has arrived, since programs that copy say nothing. */
import type { Clock } from "./clock.ts";
import { treeBytesAside } from "./space.ts";

/** Told the bytes that are there, and how many there will be. */
export type CopyTold = (doneBytes: number, totalBytes: number) => void;

export interface CopyProgress {
  readonly told: CopyTold;
  readonly totalBytes: number;
  /** The directory that fills. */
  readonly to: string;
  readonly clock: Clock;
}

const leastMs = 400;
/** Looking takes at most so small a share of the time. */
const rest = 20;

/** Does the work, and tells meanwhile how much of it is there; that all of it is, its caller knows. */
export async function toldCopy<T>(progress: CopyProgress, work: () => Promise<T>): Promise<T> {
  const ending = new AbortController();
  progress.told(0, progress.totalBytes);
  const telling = tell(progress, ending.signal);
  return work().finally(() => {
    ending.abort();
    return telling;
  });
}

async function tell({ told, totalBytes, to, clock }: CopyProgress, signal: AbortSignal): Promise<void> {
  let pauseMs = leastMs;
  for (;;) {
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const begun = clock.monotonic();
    // What cannot be looked at is copied all the same.
    const bytes = await treeBytesAside(to).catch(() => undefined);
    if (signal.aborted) return;
    if (bytes !== undefined) told(Math.min(bytes, totalBytes), totalBytes);
    pauseMs = Math.max(leastMs, (clock.monotonic() - begun) * rest);
  }
}

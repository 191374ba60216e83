/** Ids of jobs and messages: nanoseconds since 1970 as 19 digits, each larger than the one before. Always text: a number would lose digits. */
import type { Clock } from "../host/clock.ts";

const digits = 19;

/** What a wall clock of milliseconds does not tell: without it the last digits of ids, by which people call jobs, would be alike. */
function nanosecondsIn(monotonicMs: number): bigint {
  return BigInt(Math.floor((monotonicMs % 1) * 1_000_000));
}

/** Makes ids later than `last`, also when the clock goes back. */
export function createIds(clock: Pick<Clock, "now" | "monotonic">, last = ""): () => string {
  let previous = last === "" ? 0n : BigInt(last);
  return () => {
    const now = BigInt(clock.now()) * 1_000_000n + nanosecondsIn(clock.monotonic());
    previous = now > previous ? now : previous + 1n;
    return previous.toString().padStart(digits, "0");
  };
}

/** Ids of jobs and messages: nanoseconds since 1970 as 19 digits, each larger than the one before. Always text: a number would lose digits. */
import type { Clock } from "../host/clock.ts";

const digits = 19;

/** Makes ids later than `last`, also when the clock goes back. */
export function createIds(clock: Pick<Clock, "now">, last = ""): () => string {
  let previous = last === "" ? 0n : BigInt(last);
  return () => {
    const now = BigInt(clock.now()) * 1_000_000n;
    previous = now > previous ? now : previous + 1n;
    return previous.toString().padStart(digits, "0");
  };
}

/** True for a whole id. */
export function isId(text: string): boolean {
  return text.length === digits && /^\d+$/.test(text);
}

/** The ids that `text` may mean: itself, or those that end with it. */
export function idsMeant(text: string, known: readonly string[]): readonly string[] {
  return isId(text) ? known.filter((id) => id === text) : known.filter((id) => text.length >= 4 && id.endsWith(text));
}

/** Waiting for the world in tests: asks again until it is so, with a deadline. */
import { systemClock } from "../../src/host/clock.ts";

/** The first value that is not undefined or false. */
export async function eventually<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what = "it", withinMs = 15_000): Promise<T> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (systemClock.monotonic() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await systemClock.sleep(5);
  }
}

/** Ports for tests: below the range the system hands out by itself, and free when asked. */
import { createServer } from "node:net";
import getPort from "get-port";

const lowest = 20_000;
const highest = 29_000;
/** Two files of tests run at a time: each looks in a half of its own, so that neither takes what the other will use in a moment. */
const half = (highest - lowest) / 2;
const begin = lowest + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 2) * half;

/** The first of `count` neighbouring ports nobody listens on. */
export async function freePorts(count = 1): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const first = begin + Math.floor(Math.random() * (half - count));
    const wanted = Array.from({ length: count }, (_, index) => first + index);
    // It also remembers what it gave away, so two tests of one worker do not get the same.
    const given = await Promise.all(wanted.map((port) => getPort({ port })));
    if (given.every((port, index) => port === wanted[index])) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${begin} and ${begin + half}`);
}

/** True when the port can be bound on all addresses. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "::", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

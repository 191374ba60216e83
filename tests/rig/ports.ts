/** Ports for tests: below the range the system hands out by itself, and free when asked. */
import { createServer } from "node:net";
import getPort from "get-port";

const lowest = 20_000;
const highest = 29_000;

/** The first of `count` neighbouring ports nobody listens on. */
export async function freePorts(count = 1): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest));
    const wanted = Array.from({ length: count }, (_, index) => first + index);
    // It also remembers what it gave away, so two tests of one worker do not get the same.
    const given = await Promise.all(wanted.map((port) => getPort({ port })));
    if (given.every((port, index) => port === wanted[index])) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${lowest} and ${highest}`);
}

/** True when the port can be bound on all addresses. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "::", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

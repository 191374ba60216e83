/** Ports for tests: below the range the system hands out by itself, and free when asked. */
import { createServer } from "node:net";

const lowest = 20_000;
const blockSize = 100;
const blocksOfWorker = 45;

/** Two workers of the test runner never look into the same block. */
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 2;

/** Moves on with every port given away, so that one a test got is not given to the next while nobody listens on it yet. */
const cursor = { block: Math.floor(Math.random() * blocksOfWorker), offset: 0 };

/** The first of `count` neighbouring ports nobody listens on. */
export async function freePorts(count = 1): Promise<number> {
  for (let tries = 0; tries < blocksOfWorker * blockSize; tries += 1) {
    if (cursor.offset + count > blockSize) {
      cursor.block = (cursor.block + 1) % blocksOfWorker;
      cursor.offset = 0;
    }
    const first = lowest + (cursor.block * 2 + worker) * blockSize + cursor.offset;
    const taken = await firstTaken(first, count);
    cursor.offset += taken === undefined ? count : taken - first + 1;
    if (taken === undefined) return first;
  }
  throw new Error(`no ${count} free ports in a row from ${lowest} on`);
}

async function firstTaken(first: number, count: number): Promise<number | undefined> {
  for (let port = first; port < first + count; port += 1) {
    if (!(await isFree(port))) return port;
  }
  return undefined;
}

/** True when the port can be bound on all addresses. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "::", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A module for every executor: says who it is on its port, and misbehaves when asked to. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

export const safe = true;

/** In the environment: DEAF=yes ignores the stop until `/let-go`; WORD is told by `/`. */
export async function run({ port, env, directory, signal, log }) {
  let letGo = () => undefined;
  const free = new Promise((resolve) => (letGo = resolve));
  const acts = {
    "/crash": () => setImmediate(() => crash()),
    "/reject": () => void Promise.reject(new Error("asked to reject")),
    "/end": letGo,
    "/let-go": letGo,
    // Keeps its thread, and nobody knows whose else, busy.
    "/busy": () => spinUntil(() => existsSync(join(directory, "enough"))),
    "/pause": () => spinUntil(() => performance.now() > pausedAt + 900, (pausedAt = performance.now())),
  };
  let pausedAt = 0;
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ pid: process.pid, threadId, word: env.WORD, own: process.env.WORD }));
    const act = acts[request.url];
    // Not within the HTTP parser: Node 20 dies of a thread that is ended while its code runs in there.
    if (act !== undefined) response.once("close", () => setImmediate(act));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  log(`serves ${port}`);
  await (env.DEAF === "yes" ? free : Promise.race([free, once(signal, "abort")]));
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  log("bye");
}

function crash() {
  throw new Error("asked to crash");
}

function spinUntil(isOver) {
  while (!isOver());
}

/** 10,000 events a second to five listeners and one that sleeps: a real store, log and socket in this process, the listeners in others. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { loadSource } from "../../scripts/load-source.mjs";

const perTick = 100;
const tickMs = 10;
const total = 30_000;
const listenerProgram = fileURLToPath(new URL("../event-listener.mjs", import.meta.url));

export const listenersRow = {
  name: "listeners",
  about: "10,000 events a second to five listeners, and one that sleeps",
  async run(stage) {
    const stand = await eventStand(join(stage.directory, "scope"));
    const listeners = Array.from({ length: 5 }, () => listener(stand.socketPath, String(total)));
    const sleeper = listener(stand.socketPath, "sleep");
    await Promise.all([...listeners, sleeper].map(({ listens }) => listens));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const since = performance.now();
    await new Promise((resolve) => {
      let sent = 0;
      const timer = setInterval(() => {
        // As many as are due: a late timer must not make it fewer.
        const due = Math.min(total, (Math.floor((performance.now() - since) / tickMs) + 1) * perTick);
        for (; sent < due; sent += 1) stand.store.dispatch({ type: "warning", code: "bench", message: "x".repeat(80) });
        if (sent < total) return;
        clearInterval(timer);
        resolve();
      }, tickMs);
    });
    const sentMs = performance.now() - since;
    delay.disable();
    await Promise.all(listeners.map(({ ended }) => ended));
    const allMs = performance.now() - since;
    sleeper.end();
    await stand.close();
    return [
      { what: "lag of the loop, p99, 10,000 events/s to 5", ours: delay.percentile(99) / 1e6 - 1, unit: "ms", goal: { most: 20 } },
      { what: "30,000 events dispatched in", ours: sentMs, unit: "ms", goal: { most: 3500 } },
      { what: "all five had them after", ours: allMs, unit: "ms", goal: { most: 4500 } },
    ];
  },
};

async function eventStand(directory) {
  const [{ serve }, { eventStream }, { createStore }, { systemClock }, { scopePaths }, { createRunRepository }] = await Promise.all(
    ["daemon/server", "engine/event-stream", "engine/store", "host/clock", "host/paths", "state/repository"].map((name) => loadSource(`src/${name}.ts`)),
  );
  mkdirSync(directory, { mode: 0o700 });
  const repository = createRunRepository(scopePaths(directory, "repo-1"), false);
  const store = createStore(repository, systemClock, undefined);
  store.begin("run-1", [{ type: "run_started", schemaVersion: 1, mode: "main", scope: "repo-1", repository: "/repo" }]);
  const socketPath = join(directory, "daemon.sock");
  const control = { state: async () => undefined, events: (fromSeq, signal) => eventStream({ store, repository }, fromSeq, signal) };
  const server = await serve({ socketPath, control, enter: () => ({ leave: () => undefined }), hello: () => ({}), shutdown: () => undefined, log: () => undefined });
  return {
    store,
    socketPath,
    close: async () => {
      await server.close();
      store.close();
    },
  };
}

/** Says "listens", then ends once it has so many. */
function listener(socketPath, count) {
  const child = spawn(process.execPath, [listenerProgram, socketPath, count], { stdio: ["ignore", "pipe", "inherit"] });
  return {
    listens: new Promise((resolve) => child.stdout.once("data", resolve)),
    ended: new Promise((resolve, reject) => child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a listener ended with ${code}: events were missing or out of order`))))),
    end: () => child.kill("SIGKILL"),
  };
}

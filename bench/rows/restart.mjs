import { spawn } from "node:child_process";
import { median } from "../bench-stage.mjs";
import { accepts, firstPort } from "../services.mjs";

export const restartRow = {
  name: "restart",
  about: "SIGKILL of a service with `immediate` to its new listener, against its own start",
  async run(stage) {
    const service = { command: [...stage.server, "{port}"], port: firstPort, restart: { strategy: "immediate", max: 1000 } };
    const root = stage.repository("restart", JSON.stringify({ version: 1, services: { api: service, other: { ...service, port: firstPort + 1 } } }));
    stage.envctl(root, "start", "--headless", "--json");
    const taken = { floor: [], ours: [] };
    for (let index = 0; index < stage.runs * 3; index += 1) {
      taken.floor.push(await ownStart(stage, firstPort + 2));
      const ms = await restarted(stage, root);
      if (ms !== undefined) taken.ours.push(ms);
    }
    return [{ what: "SIGKILL to new listener", ours: median(taken.ours), floor: median(taken.floor), unit: "ms", goal: { above: 15 } }];
  },
};

const longestGapMs = 500;

/** Milliseconds from the spawn to the first accepted connection. */
async function ownStart(stage, port) {
  const since = performance.now();
  const child = spawn(stage.server[0], [...stage.server.slice(1), String(port)], { env: stage.env, stdio: "ignore" });
  while (!(await accepts(port)));
  const ms = performance.now() - since;
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  return ms;
}

/**
 * Milliseconds from the SIGKILL of the program, whose front shell survives it, to the first connection its successor accepts.
 * Undefined when the gap was too short to be seen from here.
 */
async function restarted(stage, root) {
  const status = JSON.parse(stage.envctl(root, "status", "--json").stdout);
  const program = status.projects[0].units.find(({ name }) => name === "api").pid;
  const since = performance.now();
  process.kill(program, "SIGKILL");
  while ((await accepts(firstPort)) && performance.now() - since < longestGapMs);
  const isSeen = performance.now() - since < longestGapMs;
  while (!(await accepts(firstPort)));
  const ms = isSeen ? performance.now() - since : undefined;
  // The next round begins when this one is recorded as ready.
  while (!JSON.parse(stage.envctl(root, "status", "--json").stdout).projects[0].units.every((unit) => unit.status === "running"));
  return ms;
}

import { daemonPid, processorMs, residentMegabytes } from "../daemon-figures.mjs";
import { tinyServices } from "../services.mjs";

export const idleRow = {
  name: "idle",
  about: "the daemon with 50 idle services: processor and memory",
  async run(stage) {
    const root = stage.repository("idle", tinyServices(stage, 50, 21_100));
    stage.envctl(root, "start", "--headless", "--json");
    const pid = daemonPid(stage.stateRoot);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = processorMs(pid);
    const since = performance.now();
    await new Promise((resolve) => setTimeout(resolve, stage.idleSeconds * 1000));
    const share = (100 * (processorMs(pid) - before)) / (performance.now() - since);
    const memory = residentMegabytes(pid);
    stage.envctl(root, "stop-all");
    return [
      { what: "idle daemon, of a core", ours: share, unit: "%", goal: { most: 0.5 } },
      { what: "idle daemon, memory", ours: memory, unit: "MB", goal: { most: 90 } },
    ];
  },
};

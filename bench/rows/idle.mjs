import { daemonPid, processorMs, residentMegabytes } from "../daemon-figures.mjs";
import { tinyServices } from "../services.mjs";

export const idleRow = {
  name: "idle",
  about: "the daemon with 50 idle services, and with 100 that have limits: processor and memory",
  async run(stage) {
    const idle = await costOf(stage, "idle", tinyServices(stage, 50, 21_100));
    const limited = await costOf(stage, "limited", tinyServices(stage, 100, 21_200, { limits: { memory: "512M", cpu: "400%", fds: 1000 } }));
    return [
      { what: "idle daemon, of a core", ours: idle.share, unit: "%", goal: { most: 0.5 } },
      { what: "idle daemon, memory", ours: idle.memory, unit: "MB", goal: { most: 90 } },
      { what: "daemon, 100 limited", ours: limited.share, unit: "%", goal: { most: 1 } },
    ];
  },
};

/** Percent of a core and megabytes that the daemon takes while the services of a configuration do nothing. */
async function costOf(stage, name, configuration) {
  const root = stage.repository(name, configuration);
  stage.envctl(root, "start", "--headless", "--json");
  const pid = daemonPid(stage.stateRoot);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const before = processorMs(pid);
  const since = performance.now();
  await new Promise((resolve) => setTimeout(resolve, stage.idleSeconds * 1000));
  const share = (100 * (processorMs(pid) - before)) / (performance.now() - since);
  const memory = residentMegabytes(pid);
  stage.envctl(root, "stop-all");
  stage.envctl(root, "daemon", "stop");
  return { share, memory };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { median } from "../bench-stage.mjs";
import { daemonPid, processorMs } from "../daemon-figures.mjs";

const lines = 1_000_000;
const lineBytes = 100;

export const logRow = {
  name: "log",
  about: "1,000,000 lines of 100 bytes from one service, against the same program writing to a plain file",
  async run(stage) {
    const report = join(stage.directory, "flood-ns");
    const command = [...stage.server, "--flood", String(lines), report];
    const root = stage.repository("log", `${JSON.stringify({ version: 1, services: { flood: { command, ready: "none" }, calm: { command: "sleep 600" } } })}\n`);
    stage.envctl(root, "start", "--service", "calm", "--headless", "--json");
    const pid = daemonPid(stage.stateRoot);
    const taken = { floor: [], ours: [], share: [] };
    for (let index = 0; index < Math.max(3, Math.ceil(stage.runs / 2)); index += 1) {
      taken.floor.push(await plainFile(stage, command, report));
      rmSync(report, { force: true });
      stage.envctl(root, "start", "--service", "flood", "--headless", "--json");
      const before = processorMs(pid);
      const since = performance.now();
      await written(report);
      taken.share.push((100 * (processorMs(pid) - before)) / (performance.now() - since));
      taken.ours.push(Number(readFileSync(report, "utf8")) / 1e6);
      const { ok, problems, services } = JSON.parse(stage.envctl(root, "logs", "--service", "flood", "--verify", "--json").stdout);
      const missing = (index + 1) * lines * lineBytes - services[0].written_bytes;
      if (!ok || missing > 0) throw new Error(`${missing} bytes are missing; ${problems.join("; ")}`);
      stage.envctl(root, "stop", "--service", "flood");
    }
    stage.envctl(root, "stop-all");
    return [
      { what: "1,000,000 log lines", ours: median(taken.ours), floor: median(taken.floor), unit: "ms", goal: { ratio: 1.3 } },
      { what: "daemon's share meanwhile", ours: median(taken.share), unit: "%", goal: { most: 1 } },
    ];
  },
};

async function plainFile(stage, [program, ...args], report) {
  const path = join(stage.directory, "plain.log");
  rmSync(report, { force: true });
  const file = openSync(path, "w");
  const child = spawn(program, args, { stdio: ["ignore", file, "inherit"], env: stage.env });
  await written(report);
  child.kill("SIGKILL");
  await once(child, "close");
  closeSync(file);
  rmSync(path);
  return Number(readFileSync(report, "utf8")) / 1e6;
}

async function written(path) {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 2));
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { median } from "../bench-stage.mjs";
import { daemonPid, processorMs } from "../daemon-figures.mjs";

const lines = 1_000_000;

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
      const found = await countLines(newestLog(stage.stateRoot));
      if (found < lines) throw new Error(`${lines - found} lines are missing`);
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

/** Every run has logs of its own; the newest is the one just written. */
function newestLog(stateRoot) {
  const found = readdirSync(stateRoot, { recursive: true }).filter((path) => /runs\/[^/]+\/logs\/.*flood\.log$/.test(path));
  const newest = found.sort().at(-1);
  if (newest === undefined) throw new Error("the service's log was not found");
  return join(stateRoot, newest);
}

async function countLines(path) {
  let count = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) count += 1;
  return count;
}

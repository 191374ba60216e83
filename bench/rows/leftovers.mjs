import { fileURLToPath } from "node:url";
import { median } from "../bench-stage.mjs";
import { daemonPid } from "../daemon-figures.mjs";

const puppet = fileURLToPath(new URL("../../tests/rig/puppet.mjs", import.meta.url));
const graceMs = 1000;
const goal = { most: graceMs + 500 };

/** What the service does (helpers ignore SIGTERM), and whether the supervisor is killed first. */
const cases = [
  ["well-behaved", [], false],
  ["ignores SIGTERM", ["--ignoreTerm"], false],
  ["grandchild", ["--helper=orphan"], false],
  ["grandchild, own session", ["--helper=session"], false],
  ["supervisor killed", [], true],
];

export const leftoversRow = {
  name: "leftovers",
  about: "stop-all and blast-all of a service with a grace of 1 s, whatever it does",
  async run(stage) {
    const results = [];
    for (const [index, [name, flags, isOrphaned]] of cases.entries()) {
      const port = 21_500 + index;
      const root = stage.repository(`leftovers${index}`, `${JSON.stringify({ version: 1, services: { api: { command: [process.execPath, puppet, "--listen={port}", ...flags], port, stop: { grace: `${graceMs}ms` } } } })}\n`);
      for (const command of ["stop-all", "blast-all"]) {
        const times = [];
        for (let run = 0; run < Math.min(stage.runs, 3); run += 1) {
          stage.envctl(root, "start", "--headless", "--json");
          if (isOrphaned) process.kill(daemonPid(stage.stateRoot), "SIGKILL");
          times.push(stage.envctl(root, command).ms);
        }
        results.push({ what: `${command}, ${name}`, ours: median(times), unit: "ms", goal });
      }
      stage.envctl(root, "daemon", "stop");
    }
    return results;
  },
};

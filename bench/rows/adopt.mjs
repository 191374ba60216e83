import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { median } from "../bench-stage.mjs";
import { daemonPid } from "../daemon-figures.mjs";
import { tinyServices } from "../services.mjs";

const count = 50;

export const adoptRow = {
  name: "adopt",
  about: "a daemon of 50 services is killed; the next one adopts them",
  async run(stage) {
    const root = stage.repository("adopt", tinyServices(stage, count, 21_400));
    stage.envctl(root, "start", "--headless", "--json");
    const taken = { whole: [], adoption: [], start: [] };
    for (let index = 0; index < stage.runs; index += 1) {
      process.kill(daemonPid(stage.stateRoot), "SIGKILL");
      const { ms, stdout } = stage.envctl(root, "daemon", "start", "--json");
      const { units } = JSON.parse(stdout);
      if (units !== count) throw new Error(`${units} of ${count} units were adopted`);
      const { adoption, whole } = told(stage.stateRoot);
      taken.whole.push(ms);
      taken.adoption.push(adoption);
      taken.start.push(whole - adoption);
    }
    stage.envctl(root, "stop-all");
    return [
      { what: "adoption of 50, lock to listening", ours: median(taken.adoption), unit: "ms", goal: { most: 300 } },
      { what: "  the daemon's start before it", ours: median(taken.start), unit: "ms", goal: { most: 1000 } },
      { what: "  `daemon start`, all of it", ours: median(taken.whole), unit: "ms", goal: { most: 1500 } },
    ];
  },
};

/** The last line in which a daemon says how long it took. */
function told(stateRoot) {
  const scope = readdirSync(stateRoot).find((name) => name.startsWith("repo-"));
  const [, adoption, whole] = [...readFileSync(join(stateRoot, scope, "daemon.log"), "utf8").matchAll(/units adopted, (\d+) ms after it got its lock, (\d+) ms after its start/g)].at(-1);
  return { adoption: Number(adoption), whole: Number(whole) };
}

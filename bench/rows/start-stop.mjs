import { median } from "../bench-stage.mjs";
import { openPorts, portsOf, shellLoop, tinyServices } from "../services.mjs";

const count = 50;

export const startStopRow = {
  name: "start50",
  about: "start of 50 tiny services, daemon warm and cold, against a bare `sh` loop; stop of 50",
  async run(stage) {
    const root = stage.repository("start50", tinyServices(stage, count));
    const ports = portsOf(count);
    const taken = { floor: [], warm: [], cold: [], stop: [] };
    stage.envctl(root, "start", "--headless", "--json");
    await stop(stage, root, ports);
    for (let index = 0; index < stage.runs; index += 1) {
      taken.floor.push(await shellLoop(stage, ports));
      taken.warm.push(stage.envctl(root, "start", "--headless", "--json").ms);
      taken.stop.push(await stop(stage, root, ports));
      stage.envctl(root, "daemon", "stop");
      taken.cold.push(stage.envctl(root, "start", "--headless", "--json").ms);
      taken.stop.push(await stop(stage, root, ports));
    }
    const floor = median(taken.floor);
    return [
      { what: "start of 50, warm", ours: median(taken.warm), floor, unit: "ms", goal: { ratio: 5 } },
      { what: "start of 50, cold", ours: median(taken.cold), floor, unit: "ms", goal: { ratio: 9 } },
      { what: "stop of 50", ours: median(taken.stop), unit: "ms", goal: { most: 200 } },
    ];
  },
};

/** Milliseconds of a stop; throws when it left something. */
async function stop(stage, root, ports) {
  const { ms } = stage.envctl(root, "stop", "--json");
  const open = await openPorts(ports);
  if (open.length > 0) throw new Error(`stop left ${open.length} services listening`);
  return ms;
}

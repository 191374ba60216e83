import { inTurns, timed } from "../bench-stage.mjs";
import { tinyServices } from "../services.mjs";

export const queriesRow = {
  name: "queries",
  about: "health, status, endpoints and completed names of a run against `node -e 0`",
  async run(stage) {
    const root = stage.repository("queries", tinyServices(stage, 3, 21_300));
    stage.envctl(root, "start", "--headless", "--json");
    const query = (name) => () => stage.envctl(root, name, "--json").ms;
    const medians = await inTurns(stage.runs * 3, {
      floor: () => timed([process.execPath, "-e", "0"], { env: stage.env, cwd: root }).ms,
      health: query("health"),
      status: query("status"),
      endpoints: query("endpoints"),
      complete: () => stage.envctl(root, "__complete", "units").ms,
    });
    stage.envctl(root, "stop-all");
    const queries = ["health", "status", "endpoints"].map((name) => ({ what: `${name} --json`, ours: medians[name], floor: medians.floor, unit: "ms", goal: { ratio: 2 } }));
    return [...queries, { what: "names for the Tab key", ours: medians.complete, floor: medians.floor, unit: "ms", goal: { most: 80 } }];
  },
};

/** Jobs through the whole program: one without work against Node that does nothing, and twenty that are left to the daemon. */
import { inTurns, timed } from "../bench-stage.mjs";

const submits = 20;

export const runRow = {
  name: "run",
  about: "jobs without work",
  async run(stage) {
    const root = stage.repository("repository", "services: {}\n");
    stage.envctl(root, "run", "--", "true");
    const { ours, floor, drained } = await inTurns(stage.runs, {
      ours: () => stage.envctl(root, "run", "--", "true").ms,
      floor: () => timed([process.execPath, "-e", "0"], { cwd: root, env: stage.env }).ms,
      drained: () => drain(stage, root),
    });
    return [
      { what: "run -- true", ours, floor, unit: "ms", goal: { ratio: 3 } },
      { what: `${submits} submitted, one after another, and all of them ended`, ours: drained, unit: "ms", goal: { most: 1500 } },
    ];
  },
};

/** Results are taken outside the time: how many there are is another question. */
function drain(stage, root) {
  const since = performance.now();
  for (let count = 0; count < submits; count += 1) stage.envctl(root, "run", "--no-wait", "--", "true");
  stage.envctl(root, "job", "status", "--all", "--watch");
  const ms = performance.now() - since;
  stage.envctl(root, "result", "--all");
  return ms;
}

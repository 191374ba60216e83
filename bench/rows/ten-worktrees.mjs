/** Ten worktrees, each with a PostgreSQL and a Redis of its own: how soon all are ready, and what each holds in memory. */
import { execFileSync } from "node:child_process";
import { proportionalMegabytes } from "../daemon-figures.mjs";
import { median } from "../bench-stage.mjs";

const count = 10;
const config = `version: 1
services:
  app: { command: sleep 600, depends_on: [postgres, redis] }
requirements:
  postgres: { version: 16, isolation: isolated }
  redis: {}
`;

export const tenWorktreesRow = {
  name: "ten-worktrees",
  about: "ten worktrees with a PostgreSQL and a Redis each, from the command to ready; what they hold in memory",
  async run(stage) {
    const root = stage.repository("ten", config);
    for (let index = 1; index <= count; index += 1) {
      execFileSync("git", ["worktree", "add", "--quiet", "-b", `w${index}`, `trees/w/${index}`], { cwd: root, env: stage.env, stdio: "pipe" });
    }
    const projects = Array.from({ length: count }, (_, index) => ["--project", `w-${index + 1}`]).flat();
    stage.envctlFetching(root, "start", "--headless", "--json");
    stage.envctl(root, "stop-all");
    const first = stage.envctl(root, "start", ...projects, "--headless", "--json").ms;
    const held = proportionalMegabytes(stage.stateRoot, ["postgres", "redis-server"]) / count;
    const again = [];
    for (let index = 0; index < Math.min(stage.runs, 3); index += 1) {
      stage.envctl(root, "stop-all");
      again.push(stage.envctl(root, "start", ...projects, "--headless", "--json").ms);
    }
    stage.envctl(root, "stop-all");
    return [
      { what: "10 new PostgreSQL + Redis", ours: first, unit: "ms", goal: { most: 6000 } },
      { what: "10 stopped ones again", ours: median(again), unit: "ms", goal: { most: 6000 } },
      { what: "memory of one pair", ours: held, unit: "MB", goal: { most: 40 } },
    ];
  },
};

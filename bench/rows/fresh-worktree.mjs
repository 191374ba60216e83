import { execFileSync } from "node:child_process";
import { median } from "../bench-stage.mjs";

const config = `version: 1
services:
  app: { command: sleep 600, depends_on: [postgres, redis] }
requirements:
  postgres: { version: 16 }
  redis: {}
`;

export const freshWorktreeRow = {
  name: "fresh-worktree",
  about: "PostgreSQL and Redis of a further worktree, from the command to ready",
  async run(stage) {
    const root = stage.repository("fresh", config);
    stage.envctlFetching(root, "start", "--headless", "--json");
    stage.envctl(root, "daemon", "stop");
    stage.envctl(root, "resume", "--json");
    const times = [];
    for (let index = 0; index < stage.runs; index += 1) {
      const name = `w${index}`;
      execFileSync("git", ["worktree", "add", "--quiet", "-b", name, `trees/${name}`], { cwd: root, env: stage.env, stdio: "pipe" });
      times.push(stage.envctl(root, "start", "--project", name, "--headless", "--json").ms);
      stage.envctl(root, "stop", "--project", name);
    }
    stage.envctl(root, "stop-all");
    return [{ what: "new PostgreSQL + Redis", ours: median(times), unit: "ms", goal: { most: 600 } }];
  },
};

import { execFileSync } from "node:child_process";
import { Client } from "pg";
import { median } from "../bench-stage.mjs";

const config = `version: 1
services:
  app: { command: sleep 600, depends_on: [postgres] }
requirements:
  postgres: { version: 16, seed: main }
`;
/** Rows of a kilobyte each: a hundred megabytes of data beside what an empty server has. */
const fill = "create table load as select n, repeat(md5(n::text), 31) as text from generate_series(1, 100000) n; checkpoint";

export const cloneRow = {
  name: "clone",
  about: "a worktree that begins with Main's 100 MB while Main runs, and a snapshot of them",
  async run(stage) {
    const root = stage.repository("clone", config);
    stage.envctlFetching(root, "start", "--main", "--headless", "--json");
    const client = new Client(stage.envctl(root, "db", "url").stdout.trim());
    await client.connect();
    await client.query(fill);
    await client.end();
    const [starts, snapshots] = [[], []];
    for (let index = 0; index < stage.runs; index += 1) {
      const name = `w${index}`;
      execFileSync("git", ["worktree", "add", "--quiet", "-b", name, `trees/${name}`], { cwd: root, env: stage.env, stdio: "pipe" });
      starts.push(stage.envctl(root, "start", "--project", name, "--headless", "--json").ms);
      stage.envctl(root, "stop", "--project", name);
      snapshots.push(stage.envctl(root, "db", "snapshot", name, "--json").ms);
    }
    stage.envctl(root, "stop-all");
    return [
      { what: "start with Main's 100 MB", ours: median(starts), unit: "ms", goal: { most: 2000 } },
      { what: "snapshot of 100 MB", ours: median(snapshots), unit: "ms", goal: { most: 2000 } },
    ];
  },
};

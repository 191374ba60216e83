/** Ten plans become ten worktrees of the shop, each with its PostgreSQL, its Redis, an API, a page and a worker: one command, until all are ready. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const shop = fileURLToPath(new URL("../../examples/shop", import.meta.url));
const count = 10;

export const plansRow = {
  name: "plans",
  about: "ten worktrees of the shop from ten plans, made and started by one command",
  async run(stage) {
    const root = stage.repository("plans", `${readFileSync(join(shop, ".envctl"), "utf8")}\nworktrees: { copy: [backend/node_modules] }\n`);
    for (const name of ["backend", "frontend"]) cpSync(join(shop, name), join(root, name), { recursive: true });
    mkdirSync(join(root, "todo", "plans", "features"), { recursive: true });
    for (let index = 1; index <= count; index += 1) writeFileSync(join(root, "todo", "plans", "features", `plan${index}.md`), `# Plan ${index}\n`);
    writeFileSync(join(root, ".gitignore"), "node_modules/\n");
    const git = (...args) => execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: root, env: stage.env, stdio: "pipe" });
    git("add", "--all");
    git("commit", "--quiet", "--message", "shop");
    stage.envctlFetching(root, "start", "--main", "--headless", "--json");
    stage.envctl(root, "stop-all");
    const { ms } = stage.envctl(root, "plan", "features/*", "--headless", "--json");
    stage.envctl(root, "stop-all");
    return [{ what: "10 plans to 10 running shops", ours: ms, unit: "ms", goal: { most: 8000 } }];
  },
};

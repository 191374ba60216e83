/** `npm run demo`: a repository made from examples/shop with two worktrees, all three started side by side. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { demoDirectory, makeDemoDirectory, packageRoot, program, repository, worktrees } from "./demo-place.mjs";

const isNew = makeDemoDirectory();
console.log(`${isNew ? "Making" : "Using"} the demo's repository in ${repository}`);
if (!existsSync(join(repository, ".git"))) makeRepository();
for (const name of worktrees) if (!existsSync(join(repository, "trees", name))) git("worktree", "add", "--quiet", "-B", name, join("trees", name));

const projects = ["Main", ...worktrees].join(",");
console.log(`Starting ${projects}: a backend, a frontend and a worker each, with their own PostgreSQL and Redis.`);
console.log("The first start fetches the server programs and may take a minute.\n");
const code = envctl("start", "--project", projects, "--headless");
if (code === 0) envctl("endpoints");
printNextSteps(code);
process.exitCode = code;

function makeRepository() {
  cpSync(join(packageRoot, "examples", "shop"), repository, { recursive: true, filter: (path) => !path.includes("node_modules") });
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("-c", "user.name=envctl demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "The shop");
}

function git(...args) {
  // No hooks of the user's own: the demo must behave the same everywhere.
  const { status, error } = spawnSync("git", ["-c", "core.hooksPath=/dev/null", ...args], { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error(`git ${args[0]} failed${error === undefined ? "" : `: ${error.message}`}; ${demoDirectory} can be deleted`);
}

function envctl(...args) {
  const { status, error } = spawnSync(process.execPath, [program, ...args], { cwd: repository, stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function printNextSteps(code) {
  const lines = [
    "",
    code === 0 ? "Open a frontend above: a product added in one checkout is not in the others." : "The start did not succeed; the reasons are above.",
    "",
    `  cd ${repository}`,
    `  alias envctl="node ${program}"`,
    ...(code === 0 ? viewLines() : ["  envctl errors               what went wrong"]),
    "  envctl logs --follow        all logs, in order of time",
    "  envctl explain backend      why this port, this order, these values",
    "",
    "  npm run demo:stop           stops everything and removes it again",
  ];
  console.log(lines.join("\n"));
}

/** A version without the command does not name it. */
function viewLines() {
  const { status } = spawnSync(process.execPath, [program, "dashboard", "--help"], { cwd: repository, stdio: "ignore" });
  return [status === 0 ? "  envctl dashboard            the live view" : "  envctl status               how everything is doing"];
}

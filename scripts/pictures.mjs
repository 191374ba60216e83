/**
 * `npm run pictures`: draws the dashboard's screens into docs/images, from the shop in three checkouts, in a real terminal, as PNG. To look at them otherwise:
 * `-- --into DIRECTORY [--light] [--no-color] [--size 80x24]`.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Resvg } from "@resvg/resvg-js";
import { packageRoot, program, worktrees } from "./demo-place.mjs";
import { loadSource } from "./load-source.mjs";

const { openScreen } = await loadSource("tests/rig/terminal-screen.ts");
const { values } = parseArgs({ options: { into: { type: "string" }, light: { type: "boolean", default: false }, "no-color": { type: "boolean", default: false }, size: { type: "string", default: "138x38" } } });
const images = values.into === undefined ? join(packageRoot, "docs", "images") : resolve(values.into);
const [columns, rows] = values.size.split("x").map(Number);
const directory = realpathSync(mkdtempSync(join(tmpdir(), "envctl-pictures-")));
// As root, database servers run as somebody else, who must be able to pass.
chmodSync(directory, 0o711);
const root = join(directory, "shop");
/** As long, since what is on the screen has its width already. */
const shownDirectory = `/home/sam/side-by-side${"-".repeat(80)}`.slice(0, directory.length);
const env = { ...process.env, ENVCTL_STATE_DIR: join(directory, "state"), npm_config_loglevel: "error" };
delete env.NODE_EXTRA_CA_CERTS;

try {
  mkdirSync(images, { recursive: true });
  makeShop();
  // With what fetching server programs may need.
  const { status, stderr } = run(process.env, "start", "--project", ["Main", ...worktrees].join(","), "--headless");
  if (status !== 0) throw new Error(`the shop did not start: ${stderr}`);
  await breakSomething();
  await drawAll();
} finally {
  run(env, "stop-all");
  run(env, "daemon", "stop");
  rmSync(directory, { recursive: true, force: true });
}

function makeShop() {
  cpSync(join(packageRoot, "examples", "shop"), root, { recursive: true, filter: (path) => !path.includes("node_modules") });
  mkdirSync(join(directory, "state"), { mode: 0o711 });
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("-c", "user.name=shop", "-c", "user.email=shop@localhost", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "The shop");
  for (const name of worktrees) git("worktree", "add", "--quiet", "-B", name, join("trees", name));
  appendFileSync(join(root, "trees", worktrees[0], "backend", "server.mjs"), "// being worked on\n");
}

function git(...args) {
  const { status } = spawnSync("git", ["-c", "core.hooksPath=/dev/null", ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`git ${args[0]} failed`);
}

function run(environment, ...args) {
  return spawnSync(process.execPath, [program, ...args], { cwd: root, env: { ...environment, ENVCTL_STATE_DIR: env.ENVCTL_STATE_DIR, npm_config_loglevel: env.npm_config_loglevel }, encoding: "utf8" });
}

/** A worker dies and cannot come back; a frontend is stopped on purpose; the others sell. */
async function breakSomething() {
  const program = join(root, "trees", "search-2", "backend", "worker.mjs");
  writeFileSync(program, `throw new TypeError("the list of orders is not what it was");\n${readFileSync(program, "utf8")}`);
  const worker = units().find(({ unit_id }) => unit_id === "search-2/worker").shell_pid;
  if (!(worker > 1)) throw new Error("the worker does not run");
  process.kill(-worker, "SIGKILL");
  run(env, "stop", "--service", "search-2/frontend");
}

async function sellSomething() {
  for (const product of ["teapot", "umbrella", "lantern", "kettle"]) {
    for (const { url } of units().filter(({ name }) => name === "backend")) await fetch(new URL("/api/orders", url), { method: "POST", body: JSON.stringify({ product }) });
  }
}

function units() {
  return JSON.parse(run(env, "status", "--json").stdout).projects.flatMap((project) => project.units);
}

async function drawAll() {
  const terminal = openScreen([...(values["no-color"] ? ["env", "NO_COLOR=1"] : []), process.execPath, program, "dashboard"], { columns, rows, directory: root, environment: env });
  await terminal.shows(/worker +✗ failed/);
  await sellSomething();
  await terminal.shows(/checkout-1 ±1/);
  terminal.press("!L");
  await terminal.shows(/Details search-2\/worker[\s\S]*is failed/);
  await terminal.shows(/Logs everything[\s\S]*order \d/);
  draw(terminal, "dashboard");
  terminal.press("L");
  terminal.press(":res back");
  await terminal.shows(/restart checkout-1\/backend/);
  draw(terminal, "palette");
  terminal.press("\u001b");
  await terminal.shows(/^[^╭]*$/);
  terminal.press("w");
  await terminal.shows(/Startup \d+ units/);
  draw(terminal, "startup");
  terminal.press("w:Main/backend\r=");
  await terminal.shows(/answers +200 in[\s\S]*GET[\s\S]*GET/);
  draw(terminal, "compare");
  run(env, "run", "--no-wait", "--project", "checkout-1", "--name", "codes", "--", "sh", "-c", "echo no table promotions >&2; exit 3");
  run(env, "run", "--no-wait", "--name", "seed orders", "--", "sh", "-c", "for row in 1 2 3 4 5 6 7 8; do echo order $row of 4000; done; sleep 60");
  terminal.press("=J");
  await terminal.shows(/running +seed orders[\s\S]*failed +codes[\s\S]*order 8 of 4000/);
  draw(terminal, "jobs");
  terminal.press("q");
  await terminal.ended;
}

function draw(terminal, name) {
  const path = join(images, `${name}.png`);
  const drawing = terminal.picture("envctl dashboard", values.light ? "light" : "dark").replaceAll(directory, shownDirectory);
  writeFileSync(path, new Resvg(drawing, { font: { defaultFontFamily: "DejaVu Sans Mono" } }).render().asPng());
  console.log(path);
}

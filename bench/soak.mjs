/**
 * `npm run bench:soak [-- --rounds 100]`: orders ten jobs and moves ten messages a round, and kills -9 the daemon and the mover at a random
 * moment of each. Then every job must have run exactly once, and every order and message be in one place. Ends with 1 when not.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadSource } from "../scripts/load-source.mjs";
import { makeStage, program } from "./bench-stage.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "100" } } });
const rounds = Number(values.rounds);
const perRound = 10;
const items = Array.from({ length: perRound }, (_, index) => String(index));
const longestMs = 400;

const stage = makeStage({});
const root = stage.repository("repository", "services: {}\n");
const ran = join(stage.directory, "ran");
mkdirSync(join(root, ".envctl.d", "pipelines"), { recursive: true });
writeFileSync(join(root, ".envctl.d", "pipelines", "ten.json"), JSON.stringify({ stages: [{ foreach: items, command: `echo $ENVCTL_JOB >> '${ran}'` }] }));
stage.envctl(root, "run", "--", "true");
const scope = join(stage.stateRoot, readdirSync(stage.stateRoot).find((name) => name.startsWith("repo-")));
const { Spool } = await loadSource("src/jobs/spool.ts");
const queues = new Spool(join(scope, "queues"), "process");

const messages = [];
const ordered = [];
const troubles = [];
let [kills, movers] = [0, 0];
const since = performance.now();
try {
  for (let round = 0; round < rounds; round += 1) await oneRound(round);
  stage.envctl(root, "daemon", "start");
  stage.envctl(root, "job", "status", "--all", "--watch");
  report(await judged());
} finally {
  stage.remove();
}

async function oneRound(round) {
  for (const item of items) messages.push({ id: String(round * perRound + Number(item)).padStart(19, "0"), body: Buffer.from(`message ${round}.${item}`) });
  for (const message of messages.slice(-perRound)) await queues.write("in", message);
  const order = outcome("run", "--no-wait", "--pipeline", "ten");
  const move = outcome("queue", "move", "in", "out", "--all");
  await Promise.all([daemonKilled(), moverKilled(move.child)]);
  const { code, stdout, stderr } = await order.ended;
  await move.ended;
  if (code === 0) ordered.push(...stdout.trim().split("\n"));
  else troubles.push(`round ${round}: the order ended with ${code}: ${stderr.split("\n")[0]}`);
  if (round % 10 === 9) console.error(`… ${round + 1} rounds, ${kills} daemons and ${movers} movers killed, ${Math.round((performance.now() - since) / 1000)} s`);
}

function outcome(...args) {
  const child = spawn(process.execPath, [program, ...args], { cwd: root, env: stage.env, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (written[name] += text));
  return { child, ended: once(child, "close").then(([code]) => ({ code, ...written })) };
}

async function daemonKilled() {
  await sleep(Math.random() * longestMs);
  const pid = daemonPid();
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
    kills += 1;
  } catch {
    // It was gone already.
  }
}

async function moverKilled(child) {
  await sleep(Math.random() * longestMs);
  if (child.exitCode === null && child.kill("SIGKILL")) movers += 1;
}

/** From its lock, which says who has it. */
function daemonPid() {
  for (const name of readdirSync(scope).filter((one) => one.startsWith("daemon.lock")).sort().reverse()) {
    try {
      const { pid } = JSON.parse(readFileSync(join(scope, name), "utf8"));
      if (typeof pid === "number") return pid;
    } catch {
      // Being written or removed.
    }
  }
  return undefined;
}

async function judged() {
  const lines = existsSync(ran) ? readFileSync(ran, "utf8").trim().split("\n") : [];
  const times = new Map();
  for (const id of lines) times.set(id, (times.get(id) ?? 0) + 1);
  const places = ["inbox", "reserved", "done", "taken", "damaged"].map((name) => (existsSync(join(scope, "jobs", name)) ? readdirSync(join(scope, "jobs", name)) : []));
  const homes = [await queues.ids("in"), await queues.ids("out")];
  const bodies = await Promise.all(messages.map(async ({ id, body }) => ((await queues.peek("in", id)) ?? (await queues.peek("out", id)))?.body.equals(body) === true));
  return {
    jobs: ordered.length,
    "jobs that never ran": ordered.filter((id) => !times.has(id)).length,
    "jobs that ran twice": [...times.values()].filter((count) => count > 1).length,
    "orders not in one place": ordered.filter((id) => places.filter((names) => names.includes(id)).length !== 1).length,
    messages: messages.length,
    "messages lost or changed": bodies.filter((isSame) => !isSame).length,
    "messages in two places": homes[0].filter((id) => homes[1].includes(id)).length,
  };
}

function report(found) {
  const rows = { "daemons killed": kills, "movers killed": movers, ...found, "orders refused": troubles.length, seconds: Math.round((performance.now() - since) / 1000) };
  for (const [what, count] of Object.entries(rows)) console.log(`${what.padEnd(26)} ${String(count).padStart(6)}`);
  for (const trouble of troubles) console.log(trouble);
  const wrong = Object.entries(found).filter(([what, count]) => what !== "jobs" && what !== "messages" && count > 0);
  process.exitCode = wrong.length + troubles.length > 0 ? 1 : 0;
}

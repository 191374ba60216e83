/** PostgreSQL and Redis of a further worktree in containers, beside `docker run` of the same images; the initdb inside is most of both. */
import { execFileSync, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inTurns } from "../bench-stage.mjs";

const images = { postgres: process.env.ENVCTL_BENCH_POSTGRES ?? "postgres:16.11", redis: process.env.ENVCTL_BENCH_REDIS ?? "redis:7.4.2" };
/** What each is asked, and its first answer begins with: PostgreSQL's request for encryption; a command of Redis, which wants a password. */
const questions = { postgres: [Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), /^[NS]/], redis: [Buffer.from("PING\r\n"), /^[+-]/] };

export const containersRow = {
  name: "containers",
  about: "PostgreSQL and Redis in containers of a further worktree, from the command to ready; needs a Docker engine that has the images",
  async run(stage) {
    const missing = Object.values(images).filter((image) => spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status !== 0);
    if (missing.length > 0) {
      console.error(`  left out: no Docker engine has ${missing.join(" and ")} (ENVCTL_BENCH_POSTGRES, ENVCTL_BENCH_REDIS name others)`);
      return [];
    }
    const version = /:(\d+)/.exec(images.postgres)[1];
    const root = stage.repository("contained", `version: 1
services:
  app: { command: sleep 600, depends_on: [postgres, redis] }
requirements:
  postgres: { engine: docker, image: "${images.postgres}", version: ${version} }
  redis: { engine: docker, image: "${images.redis}" }
`);
    stage.envctl(root, "start", "--headless", "--json");
    let count = 0;
    const further = () => {
      const name = `w${(count += 1)}`;
      execFileSync("git", ["worktree", "add", "--quiet", "-b", name, `trees/${name}`], { cwd: root, env: stage.env, stdio: "pipe" });
      const { ms } = stage.envctl(root, "start", "--project", name, "--headless", "--json");
      stage.envctl(root, "stop", "--project", name, "--remove-volumes");
      return ms;
    };
    const { ours, floor } = await inTurns(stage.runs, { ours: further, floor: dockerRun });
    stage.envctl(root, "stop-all", "--remove-volumes");
    return [{ what: "new PostgreSQL + Redis in containers", ours, floor, unit: "ms", goal: { ratio: 1.5 } }];
  },
};

/** Milliseconds until both answer. They are gone when it returns. */
async function dockerRun() {
  const since = performance.now();
  const ids = [
    started(["-e", "POSTGRES_PASSWORD=bench", "-p", "127.0.0.1::5432", images.postgres]),
    started(["-p", "127.0.0.1::6379", images.redis, "redis-server", "--requirepass", "bench"]),
  ];
  await Promise.all([answered(portOf(ids[0], 5432), questions.postgres), answered(portOf(ids[1], 6379), questions.redis)]);
  const ms = performance.now() - since;
  execFileSync("docker", ["rm", "--force", "--volumes", ...ids], { stdio: "ignore" });
  return ms;
}

function started(args) {
  return execFileSync("docker", ["run", "--detach", ...args], { encoding: "utf8" }).trim();
}

function portOf(id, inside) {
  return Number(execFileSync("docker", ["port", id, String(inside)], { encoding: "utf8" }).trim().split(":").at(-1));
}

async function answered(port, [question, expected]) {
  for (let tries = 0; tries < 3000; tries += 1) {
    if (expected.test(await answer(port, question))) return;
    await sleep(10);
  }
  throw new Error(`nothing answered on ${port}`);
}

/** The first bytes of an answer; none when there is no server yet. */
function answer(port, question) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(question));
    const done = (text) => {
      socket.destroy();
      resolve(text);
    };
    socket.once("data", (bytes) => done(bytes.toString("latin1")));
    socket.once("error", () => done(""));
    socket.once("close", () => done(""));
  });
}

/** Logs as a person sees them: complete and in order, whatever happens to the daemon, the file or its size. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LogsReport, LogsVerification } from "../../src/contracts/log-reports.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { ofType, scene, type Scene } from "./scene.ts";

const counted = /#(\d+) at \d+/;

function numbersIn(texts: readonly string[]): readonly number[] {
  return texts.flatMap((text) => counted.exec(text)?.[1] ?? []).map(Number);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

async function verification(stack: Scene): Promise<LogsVerification> {
  return (await stack.envctl(["logs", "--verify", "--json"])).json() as LogsVerification;
}

/** The daemon's pid, as `envctl daemon` tells it. */
async function daemonPid(stack: Scene): Promise<number> {
  return Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
}

test("a follower sees every line once, through rotations and pieces that are dropped behind it", async () => {
  // It writes only when the follower is there: what was dropped before nobody can see.
  const command = ["/bin/sh", "-c", 'echo waiting; until [ -e go ]; do sleep 0.05; done; exec "$@"', "sh", ...puppet({ count: 4000, padding: 150 })];
  const stack = await scene(() => ({ services: { api: { command } }, logs: { max_size: "64K", keep: 6 } }));
  await stack.envctl(["start", "--json"]);
  const follower = stack.start(["logs", "--tail", "all", "--follow"]);
  await follower.seen(/\| waiting/);
  stack.repo.write("go", "");
  await follower.seen(/\| done/);
  follower.signal("SIGINT");
  const { stdout } = await follower.ended;
  expect(numbersIn(stdout.split("\n"))).toEqual(upTo(4000));
  expect(stdout).not.toContain("\0");
  expect(ofType(stack.events(), "log_rotated").length).toBeGreaterThan(3);
  expect(await verification(stack)).toMatchObject({ ok: true, services: [{ complete: true, pieces: 6 }] });
});

test("the daemon is killed while a child writes: every line is there, with the interval nobody watched, and it is proven complete", async () => {
  const stack = await scene(() => ({ services: { api: { command: puppet({ count: 100_000, everyMs: 2 }) } } }));
  await stack.envctl(["start", "--json"]);
  const path = join(stack.scope(), "runs", stack.state().runId, "logs", "Main", "api.log");
  const reached = (): number => Math.max(-1, ...numbersIn(readFileSync(path, "utf8").split("\n")));
  const past = async (number: number): Promise<void> => void (await eventually(() => reached() > number, `line ${number}`, 30_000));
  await past(200);
  process.kill(await daemonPid(stack), "SIGKILL");
  const killedAt = new Date().toISOString();
  const unwatched = reached() + 100;
  await past(unwatched + 100);
  expect(await verification(stack)).toMatchObject({ ok: true });
  const backAt = new Date().toISOString();
  await stack.envctl(["resume", "--json"]);
  await past(reached() + 100);
  expect(await verification(stack)).toMatchObject({ ok: true, services: [{ complete: true, problems: [] }] });
  await stack.envctl(["stop"]);
  await stack.envctl(["daemon", "stop"]);
  const { services } = await verification(stack);
  expect(services).toMatchObject([{ complete: true, indexed_bytes: readFileSync(path).length }]);
  const { lines } = (await stack.envctl(["logs", "--tail", "all", "--json"])).json() as LogsReport;
  expect(numbersIn(lines.map(({ text }) => text))).toEqual(upTo(reached() + 1));
  const line = lines.find(({ text }) => text.startsWith(`#${unwatched} `));
  expect([line?.at, (line?.from ?? "9") <= killedAt, (line?.to ?? "") >= backAt]).toEqual([null, true, true]);
});

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
  const stack = await scene(() => ({ services: { api: { command: puppet({ count: 4000, padding: 150 }) } }, logs: { max_size: "64K", keep: 6 } }));
  await stack.envctl(["start", "--json"]);
  const follower = stack.start(["logs", "--tail", "all", "--follow"]);
  await follower.seen(/\| done/);
  follower.signal("SIGINT");
  const { stdout } = await follower.ended;
  expect(numbersIn(stdout.split("\n"))).toEqual(upTo(4000));
  expect(stdout).not.toContain("\0");
  expect(ofType(stack.events(), "log_rotated").length).toBeGreaterThan(3);
  expect(await verification(stack)).toMatchObject({ ok: true, services: [{ complete: true, pieces: 6 }] });
});

test("the daemon is killed while a child writes: every line is there, with the interval nobody watched, and it is proven complete", async () => {
  const stack = await scene(() => ({ services: { api: { command: puppet({ count: 1500, everyMs: 2 }) } } }));
  await stack.envctl(["start", "--json"]);
  const path = join(stack.scope(), "runs", stack.state().runId, "logs", "Main", "api.log");
  await eventually(() => readFileSync(path, "utf8").includes("#200 "), "some lines");
  process.kill(await daemonPid(stack), "SIGKILL");
  const killedAt = new Date().toISOString();
  await eventually(() => readFileSync(path, "utf8").includes("#600 "), "lines nobody watches");
  expect(await verification(stack)).toMatchObject({ ok: true });
  const backAt = new Date().toISOString();
  await stack.envctl(["resume", "--json"]);
  await eventually(() => readFileSync(path, "utf8").includes("done"), "the end", 20_000);
  expect(await verification(stack)).toMatchObject({ ok: true, services: [{ complete: true, problems: [] }] });
  const { lines } = (await stack.envctl(["logs", "--tail", "all", "--json"])).json() as LogsReport;
  expect(numbersIn(lines.map(({ text }) => text))).toEqual(upTo(1500));
  const gap = lines.filter(({ at }) => at === null);
  expect(numbersIn(gap.map(({ text }) => text))).toContain(600);
  for (const { from, to } of gap) expect([(from ?? "") <= killedAt, (to ?? "") >= backAt]).toEqual([true, true]);
  expect(lines.at(-1)?.at).toBeTypeOf("string");
  await stack.envctl(["stop"]);
  await stack.envctl(["daemon", "stop"]);
  expect(await verification(stack)).toMatchObject({ ok: true });
});

import { expect, test } from "vitest";
import type { AgentsAnswer } from "../../src/contracts/service-reports.ts";
import { connect } from "../../src/sdk/connect.ts";
import type { RunningProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

const waitMs = 30_000;

async function agentsOf(stack: Scene): Promise<AgentsAnswer> {
  return (await stack.envctl(["agents", "--json"])).json() as AgentsAnswer;
}

function joined(stack: Scene, name: string, ...words: readonly string[]): RunningProgram {
  return stack.start(["agent", "join", "--name", name, ...words, "--json"]);
}

test("D1 D2 agents join, are waited for, leave or are lost with their connection, and join the next daemon by themselves", async () => {
  const stack = await scene(() => ({}));
  expect(await agentsOf(stack)).toEqual([]);
  const waiting = stack.start(["agents", "wait", "--count", "2", "--timeout", "60", "--json"]);
  const [one, two] = [joined(stack, "one"), joined(stack, "two", "--role", "service")];
  expect((await waiting.ended).code).toBe(0);
  const rows = await agentsOf(stack);
  expect(rows.map(({ name, role, state, project }) => [name, role, state, project]).sort()).toEqual([["one", "agent", "registered", "Main"], ["two", "service", "registered", "Main"]]);
  expect(rows.map(({ pid }) => pid)).toEqual([one.pid, two.pid].sort((first, second) => first - second));

  const missing = await stack.envctl(["agents", "wait", "--count", "3", "--timeout", "0.3"]);
  expect([missing.code, missing.stderr.split("\n")[0]]).toEqual([124, expect.stringMatching(/^2\/3 agents have joined: (one, two|two, one)$/)]);
  expect((await stack.envctl(["agent", "join", "--name", "three", "--project", "nope"])).code).toBe(2);
  const taken = await stack.envctl(["agent", "join", "--name", "one"]);
  expect([taken.code, taken.stderr]).toEqual([3, expect.stringContaining(`an agent called one has joined already: pid ${one.pid}`)]);
  expect((await stack.envctl(["agent", "join", "--name", "a b"])).code).toBe(1);

  // Killed: lost. Asked to end: gone.
  two.signal("SIGKILL");
  await eventually(async () => (await agentsOf(stack)).find(({ name }) => name === "two")?.state === "lost", "the loss", waitMs);
  const daemonPid = Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
  process.kill(daemonPid, "SIGKILL");
  await one.seen(/"state":"lost"/);
  expect((await stack.envctl(["daemon", "start"])).code).toBe(0);
  await one.lines(3);
  expect((await agentsOf(stack)).map(({ name, state, pid }) => [name, state, pid])).toEqual([["one", "registered", one.pid]]);
  const gone = stack.start(["agents", "wait", "--gone", "--timeout", "1e9"]);
  one.signal("SIGTERM");
  const ended = await one.ended;
  expect([ended.code, ended.jsonLines().map((line) => Reflect.get(line as object, "state") as unknown)]).toEqual([0, ["registered", "lost", "registered", "left"]]);
  expect([(await gone.ended).code, await agentsOf(stack)]).toEqual([0, []]);

  const envctl = await connect({ cwd: stack.repo.root, env: stack.env });
  await envctl.join({ name: "program" });
  expect(await envctl.agents()).toMatchObject([{ name: "program", pid: process.pid, state: "registered" }]);
  envctl.close();
});

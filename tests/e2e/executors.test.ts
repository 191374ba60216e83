/** Services that are modules, over the built program: where they run, and what becomes of them when the daemon dies. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StatusReport } from "../../src/contracts/reports.ts";
import type { ExecutorName } from "../../src/model/unit.ts";
import { actor, actorExecutors, actorFiles, ask } from "../rig/actor.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, type Scene } from "./scene.ts";

const quick = { strategy: "fixed", base: "20ms", jitter: 0 };

/** One actor per executor, on neighbouring ports. */
function cast(port: number, names: readonly ExecutorName[] = actorExecutors, more: object = {}) {
  return { services: Object.fromEntries(names.map((name, index) => [name, { ...actor(name, port + index), restart: quick, ...more }])) };
}

async function daemonPid(stack: Scene): Promise<number> {
  return Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
}

describe("S5 executors", () => {
  test("S5 the same service answers on its port under every executor: in a process, a thread or the loop of its own or of the daemon", async () => {
    const stack = await scene((port) => cast(port, actorExecutors, { env: { WORD: "echo" } }), { files: actorFiles });
    expect((await stack.envctl(["start", "--json"])).code).toBe(0);
    const daemon = await daemonPid(stack);
    const [process, node, thread, loop] = await Promise.all(actorExecutors.map((_, index) => ask(stack.port + index)));
    for (const answer of [process, node, thread, loop]) expect(answer).toMatchObject({ word: "echo" });
    expect(new Set([process?.pid, node?.pid, daemon]).size).toBe(3);
    expect(thread?.pid).toBe(daemon);
    expect(thread?.threadId).not.toBe(0);
    expect(loop).toMatchObject({ pid: daemon, threadId: 0 });
    expect((await stack.envctl(["health", "--json"])).code).toBe(0);
  });

  test("S5 a busy loop in a thread or a process does not hold up the daemon", async () => {
    const names = ["process", "node", "thread"] as const;
    const stack = await scene((port) => cast(port, names), { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const daemon = await daemonPid(stack);
    for (const index of names.keys()) await ask(stack.port + index, "busy");
    // Until `enough` is there, none of them can answer, and the daemon does.
    for (const index of names.keys()) await expect(ask(stack.port + index, "", 300)).rejects.toThrow("did not answer");
    expect(await daemonPid(stack)).toBe(daemon);
    writeFileSync(join(stack.repo.root, "enough"), "");
    for (const index of names.keys()) await ask(stack.port + index);
  });

  test("S5 a crash in a thread is caught and the thread restarted, as one in the loop is; the daemon stays", async () => {
    const names = ["thread", "async"] as const;
    const stack = await scene((port) => cast(port, names), { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const daemon = await daemonPid(stack);
    for (const [index, act] of ["crash", "reject"].entries()) {
      for (const offset of names.keys()) await ask(stack.port + offset, act);
      for (const name of names) await eventually(() => ofType(stack.events(), "unit_ready").filter(({ unitId }) => unitId === `Main/${name}`).length === index + 2, `the restart of ${name}`);
    }
    expect(await daemonPid(stack)).toBe(daemon);
    expect(ofType(stack.events(), "unit_crashed").map(({ failure }) => failure.logTail?.join("\n"))).toEqual(expect.arrayContaining([expect.stringContaining("asked to crash"), expect.stringContaining("asked to reject")]));
  });

  test("S5 a module that is not marked as safe is refused in the loop", async () => {
    const stack = await scene((port) => ({ services: { mail: { module: "mail.mjs", executor: "async", port } } }), { files: { "mail.mjs": "export async function run() {}\n" } });
    const outcome = await stack.envctl(["start", "--json"]);
    expect(outcome.code).toBe(1);
    expect(reportOf(outcome).failures).toMatchObject([{ reason: "configuration_invalid", place: { file: join(stack.repo.root, "mail.mjs") }, hint: expect.stringContaining("executor to thread") }]);
  });
});

describe("when the daemon ends", () => {
  const names = ["node", "thread", "async"] as const;

  test("by SIGKILL: the process is adopted, thread and loop come back at once, and nobody counts it as their failure", async () => {
    const stack = await scene((port) => cast(port, names), { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const [before, node] = [await daemonPid(stack), stack.pids()["Main/node"]];
    process.kill(before, "SIGKILL");
    await eventually(() => !isAlive(before), "the daemon's end");
    await stack.envctl(["daemon", "start"]);
    await eventually(() => names.every((name) => stack.state().units[`Main/${name}`]?.life.status === "ready"), "their return");
    const after = await daemonPid(stack);
    expect(stack.pids()).toEqual({ "Main/node": node, "Main/thread": after, "Main/async": after });
    expect(ofType(stack.events(), "unit_adopted").map(({ unitId }) => unitId)).toEqual(["Main/node"]);
    expect(ofType(stack.events(), "unit_crashed")).toEqual([]);
    expect(stack.state().failures).toEqual([]);
    for (const offset of names.keys()) await ask(stack.port + offset);
  });

  test("by request: what is inside says good-bye, and comes back with the next daemon on the same port", async () => {
    const stack = await scene((port) => cast(port, names), { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const node = stack.pids()["Main/node"];
    expect((await stack.envctl(["daemon", "stop"])).code).toBe(0);
    for (const name of ["thread", "async"]) expect((await stack.envctl(["logs", "--service", name])).stdout).toContain("bye");
    expect((await stack.envctl(["status", "--json"])).stdout).toContain('"stale"');
    expect((await stack.envctl(["start", "--dry-run"])).stdout.match(/it ended with the daemon it ran in/g)).toHaveLength(2);
    await stack.envctl(["start", "--json"]);
    await eventually(() => names.every((name) => stack.state().units[`Main/${name}`]?.life.status === "ready"), "their return");
    expect(stack.pids()["Main/node"]).toBe(node);
    for (const offset of names.keys()) await ask(stack.port + offset);
  });
});

test("a unit in the loop that does not hear its stop is told, and goes with the daemon", async () => {
  const stack = await scene((port) => cast(port, ["async"], { env: { DEAF: "yes" }, stop: { grace: "100ms" } }), { files: actorFiles });
  await stack.envctl(["start", "--json"]);
  const refused = await stack.envctl(["stop", "--json"]);
  expect(refused.code).toBe(1);
  expect(reportOf(refused).failures).toMatchObject([{ reason: "stop_failed" }]);
  expect((await stack.envctl(["status", "--json"])).stdout).toContain('"termination_failed"');
  await ask(stack.port);
  const daemon = await daemonPid(stack);
  expect((await stack.envctl(["daemon", "stop"])).code).toBe(0);
  await eventually(() => !isAlive(daemon), "the daemon's end");
  await stack.envctl(["daemon", "start"]);
  await eventually(() => stack.state().units["Main/async"]?.life.status === "stopped", "the record of its late end");
  expect((await stack.envctl(["stop-all", "--json"])).code).toBe(0);
});

describe("a unit that holds up the daemon's loop", () => {
  const stage = (port: number) => ({ services: { ...cast(port, ["async", "thread"]).services, api: { command: puppet({ listen: "{port}" }), port: port + 2 } } });

  test("is warned of after a pause, and the daemon goes on", async () => {
    const stack = await scene(stage, { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const daemon = await daemonPid(stack);
    await ask(stack.port, "pause");
    const [warning] = await eventually(() => nonEmpty(ofType(stack.events(), "warning").filter(({ code }) => code === "loop_lag")), "the warning");
    expect(warning).toMatchObject({ unitId: "Main/async", message: expect.stringMatching(/stood still for \d+ ms while Main\/async/) });
    expect(await daemonPid(stack)).toBe(daemon);
  });

  test("for good ends the daemon with it; the next one takes over all else and does not start it again", async () => {
    const stack = await scene(stage, { files: actorFiles });
    await stack.envctl(["start", "--json"]);
    const [daemon, api] = [await daemonPid(stack), stack.pids()["Main/api"]];
    await ask(stack.port, "busy");
    await eventually(() => !isAlive(daemon), "the end of the daemon", 15_000);
    const alone = (await stack.envctl(["status", "--json"])).json() as StatusReport;
    expect(alone.supervised).toBe(false);
    expect(alone.projects[0]?.units.find(({ name }) => name === "async")).toMatchObject({ status: "failed", failure: { reason: "loop_blocked" } });
    await stack.envctl(["daemon", "start"]);
    await eventually(() => stack.state().units["Main/thread"]?.life.status === "ready", "the thread's return");
    expect(stack.pids()["Main/api"]).toBe(api);
    expect(stack.state().units["Main/async"]?.life).toMatchObject({ status: "failed", failure: { reason: "loop_blocked", hint: expect.stringContaining("executor: thread") } });
    expect((await stack.envctl(["health", "--json"])).code).toBe(1);
    expect((await stack.envctl(["resume", "--dry-run"])).stdout).toMatch(/Main\/async.*it held up the daemon's loop/);
    await stack.envctl(["resume", "--json"]);
    expect(stack.state().units["Main/async"]?.life.status).toBe("failed");
  });
});

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

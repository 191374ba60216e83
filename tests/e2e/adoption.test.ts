/** A daemon that finds a run: what lives is taken over, what ended is known, and after a boot nothing is mistaken for alive. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { handleOf } from "../../src/model/lifecycle.ts";
import { actor, actorFiles } from "../rig/actor.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, type Scene } from "./scene.ts";

async function killDaemon(stack: Scene): Promise<void> {
  process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
}

const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);

test("how units ended while no daemon lived is known: codes and signals", async () => {
  const stack = await scene(() => ({
    services: {
      code: { command: ["/bin/sh", "-c", "while [ ! -e go ]; do sleep 0.02; done; exit 7"], restart: { strategy: "never" } },
      signal: { command: puppet(), restart: { strategy: "never" } },
      lives: { command: puppet() },
    },
  }));
  await stack.envctl(["start"]);
  await killDaemon(stack);
  const pids = stack.pids();
  stack.repo.write("go", "");
  const signalled = await eventually(() => childOf(pids["Main/signal"] ?? 0), "its program");
  process.kill(signalled, "SIGKILL");
  await eventually(() => !isAlive(pids["Main/code"] ?? 0) && !isAlive(pids["Main/signal"] ?? 0), "both ends");
  expect((await stack.envctl(["daemon", "start"])).code).toBe(0);
  const life = (unitId: string) => stack.state().units[unitId]?.life;
  await expect.poll(() => life("Main/code"), { timeout: 5000 }).toMatchObject({ status: "failed", exit: { kind: "code", code: 7 } });
  expect(life("Main/signal")).toMatchObject({ status: "failed", exit: { kind: "signal", signal: "SIGKILL" } });
  expect(ofType(stack.events(), "unit_adopted").map(({ unitId }) => unitId)).toEqual(["Main/lives"]);
});

/** As after a boot: everything is gone, and the number of one unit belongs to somebody else, who even leads a session. */
async function rebooted(stack: Scene): Promise<number> {
  await killDaemon(stack);
  const pids = Object.values(stack.pids()).filter(isAlive);
  for (const pid of pids) process.kill(-pid, "SIGKILL");
  await eventually(() => !pids.some(isAlive), "the end of everything");
  const child = spawn("sleep", ["300"], { cwd: stack.directory, detached: true, stdio: "ignore", env: {} });
  onTestFinished(() => void child.kill("SIGKILL"));
  const stranger = child.pid ?? 0;
  const handle = handleOf(stack.state().units["Main/backend"]?.life ?? { status: "planned", at: "" });
  const startTime = readFileSync(`/proc/${stranger}/stat`, "latin1").split(") ")[1]?.split(" ")[19];
  for (const name of ["run_state.json", "events.jsonl"]) {
    const path = join(stack.scope(), name);
    const text = readFileSync(path, "utf8");
    const mistaken = text.replaceAll(`"pid":${handle?.pid},"startTime":"${handle?.startTime}"`, `"pid":${stranger},"startTime":"${startTime}"`);
    expect(mistaken).not.toBe(text);
    writeFileSync(path, mistaken.replaceAll(handle?.bootId ?? "no boot", "0b00700d-0000-4000-8000-000000000000"));
  }
  return stranger;
}

test("after a boot nothing is mistaken for alive, nothing is signalled, and resume starts everything on its ports", async () => {
  const services = (port: number) => ({ backend: { command: puppet({ listen: "{port}" }), port }, worker: { command: puppet(), depends_on: ["backend"] }, inside: actor("thread", port + 1) });
  const stack = await scene((port) => ({ services: services(port) }), { files: actorFiles });
  await stack.envctl(["start"]);
  const stranger = await rebooted(stack);
  const status = await stack.envctl(["status", "--json"]);
  expect(status.at("status_counts")).toEqual({ stale: 3 });
  expect(status.at("projects.0.units.0.pid")).toBeNull();
  expect((await stack.envctl(["blast-all", "--dry-run", "--json"])).at("processes")).toEqual([]);
  // Whatever their restart policy: nobody asked for them since.
  const gone = { status: "failed", failure: { message: expect.stringContaining("restarted") as string } };
  expect((await stack.envctl(["daemon", "start"])).code).toBe(0);
  await expect.poll(() => Object.values(stack.state().units).map(({ life }) => life), { timeout: 5000 }).toMatchObject([gone, gone, gone]);
  const resumed = await stack.envctl(["resume", "--json"]);
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
  expect(reportOf(resumed).units.map(({ unitId, action, port }) => [unitId, action, port])).toEqual([["Main/backend", "start", stack.port], ["Main/worker", "start", undefined], ["Main/inside", "start", stack.port + 1]]);
  expect(ofType(stack.events(), "unit_adopted")).toEqual([]);
  expect((await stack.envctl(["health"])).code).toBe(0);
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
  expect(isAlive(stranger)).toBe(true);
});

test.each(["stop-all", "blast-all"])("after a boot %s ends the run and signals nobody", async (command) => {
  const stack = await scene((port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port } } }));
  await stack.envctl(["start"]);
  const stranger = await rebooted(stack);
  expect(await stack.envctl([command])).toMatchObject({ code: 0 });
  expect(isAlive(stranger)).toBe(true);
  expect(stack.state().stoppedAt).toBeDefined();
});

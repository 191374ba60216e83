/** A service that becomes another user, as one that calls sudo does: who started it may not end it, and says so. */
import { chmodSync, chownSync, copyFileSync, existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { BlastReport } from "../../src/model/blast.ts";
import { processesOf } from "../rig/processes.ts";
import { envctlProgram, startProgram, type Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, reportOf, scene, type Scene } from "./scene.ts";

const nobody = 65_534;
const setpriv = "/usr/bin/setpriv";
/** Only root can make a program that makes root of others. */
const canTry = userInfo().uid === 0 && existsSync(setpriv);

/** With a set-user-id program in it, and a state directory of nobody's. */
async function stageOfNobody(): Promise<Scene> {
  const stack = await scene(() => ({}));
  const become = join(stack.directory, "become");
  copyFileSync(setpriv, become);
  chmodSync(become, 0o4755);
  chownSync(stack.stateRoot, nobody, nobody);
  stack.configure({ services: { api: { command: [become, "--reuid=0", "--regid=0", "--clear-groups", ...puppet({ listen: "{port}" })], port: stack.port, stop: { grace: "200ms" } } } });
  // As themselves the tests may end it.
  onTestFinished(() => processesOf(stack.directory).forEach(({ pid }) => process.kill(pid, "SIGKILL")));
  return stack;
}

function asNobody(stack: Scene, ...args: readonly string[]): Promise<Outcome> {
  return startProgram([setpriv, `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", process.execPath, envctlProgram, ...args], { cwd: stack.repo.root, env: stack.env }).ended;
}

const locks = (stack: Scene): readonly string[] => readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"));
const server = (stack: Scene): number => processesOf(stack.directory).find(({ command }) => command.startsWith("node ") && command.includes("puppet.mjs"))?.pid ?? 0;

test.skipIf(!canTry)("what cannot be ended is named with pid and port, shown as termination_failed, keeps its port, and a later stop tries again", async () => {
  const stack = await stageOfNobody();
  const started = await asNobody(stack, "start", "--json");
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  const pid = server(stack);
  const stopped = await asNobody(stack, "stop", "--json");
  expect(stopped.code, stopped.stdout).toBe(1);
  const message = expect.stringMatching(new RegExp(`Main/api could not be ended: .*pid ${pid} \\(.*lives on.*listens on port ${stack.port}`)) as string;
  expect(reportOf(stopped)).toMatchObject({ ok: false, exit: 1, units: [{ unitId: "Main/api", status: "failed", failure: { reason: "stop_failed", message } }] });
  expect(isAlive(pid)).toBe(true);
  expect(locks(stack)).toEqual([`${stack.port}.lock`]);
  expect((await asNobody(stack, "status", "--json")).at("status_counts")).toEqual({ termination_failed: 1 });
  const blasted = await asNobody(stack, "blast-all", "--json");
  expect(blasted.code, blasted.stdout).toBe(1);
  expect((blasted.json() as BlastReport).holdouts).toMatchObject([{ unitId: "Main/api", pid }]);
  expect((await asNobody(stack, "start", "--json")).code).toBe(1);
  expect(server(stack)).toBe(pid);
  // Another daemon knows it too.
  expect((await asNobody(stack, "daemon", "stop")).code).toBe(0);
  expect((await asNobody(stack, "daemon", "start")).code).toBe(0);
  expect((await asNobody(stack, "status", "--json")).at("status_counts")).toEqual({ termination_failed: 1 });
  expect(locks(stack)).toEqual([`${stack.port}.lock`]);
  process.kill(pid, "SIGKILL");
  await eventually(() => !isAlive(pid), "its end");
  expect((await asNobody(stack, "status", "--json")).at("status_counts")).toEqual({ stopped: 1 });
  await eventually(() => stack.state().units["Main/api"]?.life.status === "stopped" && locks(stack).length === 0, "the record of its end");
  const again = await asNobody(stack, "stop-all", "--json");
  expect(again, again.stdout).toMatchObject({ code: 0 });
  expect(locks(stack)).toEqual([]);
  expect(stack.state().stoppedAt).toBeDefined();
  await asNobody(stack, "daemon", "stop");
});

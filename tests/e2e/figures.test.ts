/** What units use, as the look-ups tell it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StatusReport } from "../../src/contracts/reports.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { processesOf } from "../rig/processes.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { ofType, scene, type Scene } from "./scene.ts";

async function unitOf(stack: Scene, unitId: string): Promise<StatusReport["projects"][number]["units"][number] | undefined> {
  const report = (await stack.envctl(["status", "--json"])).json() as StatusReport;
  return report.projects.flatMap((project) => project.units).find((unit) => unit.unit_id === unitId);
}

test("status tells what a service uses soon after its start, and that nothing is known without the daemon", async () => {
  const stack = await scene((port) => ({ services: { api: { command: puppet({ listen: "{port}", allocate: 100 }), port } } }));
  await stack.envctl(["start", "--json"]);
  const api = await eventually(async () => [await unitOf(stack, "Main/api")].find((unit) => unit?.cpu !== null), "its figures", 15_000);
  expect(api).toMatchObject({ status: "running", restarts: 0, failure: null });
  expect(api.memory_bytes).toBeGreaterThan(100 * 2 ** 20);
  expect(api.fds).toBeGreaterThan(5);
  expect(api.uptime_seconds).toBeGreaterThanOrEqual(1);
  expect((await stack.envctl(["status"])).stdout).toMatch(/CPU +MEM[\s\S]*api +running .* \d+% +1\d\dM /);
  const path = join(stack.scope(), "figures.json");
  expect(schemaProblems("figures", JSON.parse(readFileSync(path, "utf8")))).toEqual([]);

  const pid = Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
  process.kill(pid, "SIGKILL");
  const unknown = { status: "running", cpu: null, memory_bytes: null, fds: null, uptime_seconds: null };
  await eventually(async () => (await unitOf(stack, "Main/api"))?.cpu === null, "the end of the daemon");
  expect(await unitOf(stack, "Main/api")).toMatchObject(unknown);
  await stack.envctl(["daemon", "start"]);
  await eventually(async () => (await unitOf(stack, "Main/api"))?.cpu !== null, "figures of the next daemon", 15_000);
  await stack.envctl(["daemon", "stop"]);
  expect(existsSync(path)).toBe(false);
  expect(await unitOf(stack, "Main/api")).toMatchObject(unknown);
});

test("status names the program and the shell in front of it, and drops no column where no terminal limits it", async () => {
  const name = "a-service-whose-name-takes-half-of-a-line";
  const stack = await scene((port) => ({ services: { [name]: { command: puppet({ listen: "{port}" }), port } } }));
  await stack.envctl(["start", "--json"]);
  const unit = await unitOf(stack, `Main/${name}`);
  expect(unit?.shell_pid).toBe(stack.pids()[`Main/${name}`]);
  const commands = new Map(processesOf(stack.directory).map(({ pid, command }) => [pid, command]));
  expect(commands.get(unit?.pid ?? 0)).toMatch(/^node .*puppet/);
  expect(commands.get(unit?.shell_pid ?? 0)).toMatch(/^\/bin\/sh /);
  expect((await stack.envctl(["status"])).stdout).toMatch(new RegExp(`PID[\\s\\S]* ${unit?.pid} +http`));
});

test("a service over its limit is restarted, and given up when that does not help", async () => {
  const stack = await scene(() => ({
    services: { leaky: { command: puppet({ allocate: 100 }), limits: { memory: "80M", on_limit: "restart" }, restart: { strategy: "immediate", max: 1 } } },
  }));
  await stack.envctl(["start", "--json"]);
  await eventually(() => stack.state().units["Main/leaky"]?.life.status === "failed", "giving up", 30_000);
  expect(ofType(stack.events(), "unit_limit").map(({ limit, allowed, action }) => ({ limit, allowed, action }))).toEqual([1, 2].map(() => ({ limit: "memory", allowed: 80 * 2 ** 20, action: "restart" })));
  expect(await unitOf(stack, "Main/leaky")).toMatchObject({
    status: "failed", restarts: 1, last_exit: { kind: "code", code: 0 },
    failure: { reason: "restart_limit", cause: { reason: "limit_exceeded", hint: expect.stringContaining("services.leaky.limits.memory") as string } },
    detail: expect.stringMatching(/given up: Main\/leaky used 1\d\d\.\d MiB memory of 80\.0 MiB and was ended$/) as string,
  });
  expect((await stack.envctl(["explain", "leaky"])).stdout).toContain("| puppet");
});

/** Where repositories may lie, what their worktrees do, and what happens when one disappears. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Outcome } from "../rig/program.ts";
import { envctlProgram, startProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { isAlive, reportOf, scene, type Configuration } from "./scene.ts";

const one = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } } } });
const portsOf = (outcome: Outcome): Readonly<Record<string, number | undefined>> => Object.fromEntries(reportOf(outcome).units.map(({ unitId, port }) => [unitId, port]));

test.each(["a shop with spaces", "магазин ✓ 'quoted' \"twice\" $HOME", "x".repeat(200)])("a repository named %s works like any other", async (name) => {
  const stack = await scene(one, { name, worktrees: ["fix"] });
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  expect((await stack.envctl(["exec", "backend", "--", "pwd"])).stdout.trim()).toBe(stack.repo.root);
  expect((await stack.envctl(["start"], { cwd: stack.repo.worktree("fix") })).code).toBe(0);
  expect(Object.keys(stack.pids())).toEqual(["Main/backend", "fix/backend"]);
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
});

test("a state directory too long for a socket gets its socket elsewhere", async () => {
  const stack = await scene(one);
  const env = { ENVCTL_STATE_DIR: join(stack.directory, "s".repeat(150)), TMPDIR: stack.directory };
  expect((await stack.envctl(["start"], { env })).code).toBe(0);
  const daemon = await stack.envctl(["daemon", "status", "--json"], { env });
  expect(daemon.at("running")).toBe(true);
  expect(Buffer.byteLength(String(daemon.at("socket")))).toBeLessThanOrEqual(100);
  expect((await stack.envctl(["stop-all"], { env })).code).toBe(0);
  await stack.envctl(["daemon", "stop"], { env });
});

test("--trees starts all worktrees, each on ports of its own", async () => {
  const stack = await scene(one, { worktrees: ["a", "b"] });
  const started = await stack.envctl(["start", "--trees", "--json"]);
  expect(started, started.stdout).toMatchObject({ code: 0 });
  expect(portsOf(started)).toEqual({ "a/backend": stack.port + 20, "b/backend": stack.port + 40 });
  const main = await stack.envctl(["start", "--json"]);
  expect(portsOf(main)).toEqual({ "Main/backend": stack.port });
  expect(reportOf(main).runId).toBe(reportOf(started).runId);
  expect((await stack.envctl(["status", "--json"])).at("status_counts.running")).toBe(3);
});

test("--project starts some, inside a worktree its own is meant, and --main is the main checkout from everywhere", async () => {
  const stack = await scene(one, { worktrees: ["a", "b"] });
  expect(portsOf(await stack.envctl(["start", "--project", "b", "--json"]))).toEqual({ "b/backend": stack.port + 40 });
  const cwd = stack.repo.worktree("a");
  expect(portsOf(await stack.envctl(["start", "--json"], { cwd }))).toEqual({ "a/backend": stack.port + 20 });
  expect(portsOf(await stack.envctl(["start", "--main", "--json"], { cwd }))).toEqual({ "Main/backend": stack.port });
  expect(Object.keys(stack.pids()).sort()).toEqual(["Main/backend", "a/backend", "b/backend"]);
  await stack.envctl(["stop"], { cwd });
  expect(Object.keys(stack.pids()).sort()).toEqual(["Main/backend", "b/backend"]);
});

test("an unknown project is an error that names the candidates", async () => {
  const stack = await scene(one, { worktrees: ["alpha", "beta"] });
  const outcome = await stack.envctl(["start", "--project", "alpah", "--json"]);
  expect(outcome.code).toBe(1);
  const answer = outcome.jsonLines().at(-1);
  expect(answer).toMatchObject({ error: { reason: "unknown_target", message: expect.stringContaining("alpha"), hint: expect.stringContaining("beta") } });
});

test("a worktree deleted while it runs: seen, not resumed and told why, and stopped", async () => {
  const stack = await scene(one, { worktrees: ["a"] });
  await stack.envctl(["start"]);
  await stack.envctl(["start", "--project", "a"]);
  const pid = stack.pids()["a/backend"] ?? 0;
  stack.repo.removeWorktree("a");
  expect((await stack.envctl(["status", "--json"])).at("status_counts.running")).toBe(2);
  const adopted = reportOf(await stack.envctl(["resume", "--json"]));
  expect(adopted.units.map(({ unitId, action }) => [unitId, action])).toEqual([["Main/backend", "adopt"], ["a/backend", "adopt"]]);
  expect(isAlive(pid)).toBe(true);
  process.kill(-pid, "SIGKILL");
  const resumed = await stack.envctl(["resume", "--json"]);
  expect(resumed.code, resumed.stdout).toBe(0);
  expect(reportOf(resumed).units.find(({ unitId }) => unitId === "a/backend")).toMatchObject({ action: "leave", because: expect.stringContaining("gone") });
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
  expect(stack.pids()).toEqual({});
});

test("stop-all ends units of a deleted worktree that still live", async () => {
  const stack = await scene(one, { worktrees: ["a"] });
  await stack.envctl(["start", "--project", "a"]);
  const pid = stack.pids()["a/backend"] ?? 0;
  stack.repo.removeWorktree("a");
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test("in a directory that is gone a command says so", async () => {
  const stack = await scene(one);
  const gone = join(stack.directory, "gone");
  const script = `mkdir '${gone}' && cd '${gone}' && rmdir '${gone}' && exec "$0" "$1" status`;
  const outcome = await startProgram(["/bin/sh", "-c", script, process.execPath, envctlProgram], { cwd: stack.directory, env: stack.env }).ended;
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).not.toContain("This is a bug");
});

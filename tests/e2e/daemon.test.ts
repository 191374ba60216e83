/** The daemon's own life: versions replace each other, units never notice, and it leaves when nobody needs it. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { envctlProgram, startProgram, type Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { packageRoot } from "../rig/source-files.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { isAlive, ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

const newer = "99.0.0";
const root = join(temporaryDirectory(afterAll, "newer"), "envctl");
const newerProgram = join(root, basename(dirname(envctlProgram)), basename(envctlProgram));

/** The same sources built as another version. */
beforeAll(() => {
  mkdirSync(root);
  for (const part of ["src", "scripts", "bin"]) cpSync(join(packageRoot, part), join(root, part), { recursive: true });
  const description = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as object;
  writeFileSync(join(root, "package.json"), JSON.stringify({ ...description, version: newer }));
  symlinkSync(join(packageRoot, "node_modules"), join(root, "node_modules"));
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root, stdio: "pipe" });
});

const pair = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}", afterMs: 50 }), port }, worker: { command: puppet() } } });
const withNewer = (stack: Scene, args: readonly string[]): Promise<Outcome> => startProgram([process.execPath, newerProgram, ...args], { cwd: stack.repo.root, env: stack.env }).ended;
const status = (stack: Scene): Promise<Outcome> => stack.envctl(["daemon", "status", "--json"]);

test("W17 a newer CLI replaces an older daemon, and the services keep their pids", async () => {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  const pids = stack.pids();
  const old = await status(stack);
  const started = await withNewer(stack, ["start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  expect(reportOf(started).units.map(({ action }) => action)).toEqual(["adopt", "adopt"]);
  const now = await status(stack);
  expect(now.at("version")).toBe(newer);
  expect(now.at("pid")).not.toBe(old.at("pid"));
  expect(now.at("units")).toBe(2);
  expect(stack.pids()).toEqual(pids);
  expect(ofType(stack.events(), "daemon_stopped")).toHaveLength(1);
});

test("an older CLI does not replace a newer daemon and works with it", async () => {
  const stack = await scene(pair);
  await withNewer(stack, ["start"]);
  const before = await status(stack);
  expect((await stack.envctl(["restart", "--service", "worker"])).code).toBe(0);
  const after = await status(stack);
  expect([after.at("pid"), after.at("version")]).toEqual([before.at("pid"), newer]);
});

test("a newer CLI waits for what the older daemon is carrying out", async () => {
  const stack = await scene((port) => ({ services: { backend: { command: puppet({ listen: "{port}", afterMs: 500 }), port } } }));
  const first = stack.start(["start", "--json"]);
  await first.seen(/unit_started/);
  const second = await withNewer(stack, ["start", "--json"]);
  expect((await first.ended).code).toBe(0);
  expect(reportOf(second)).toMatchObject({ ok: true, units: [{ action: "adopt" }] });
  expect((await status(stack)).at("version")).toBe(newer);
});

test("W17 an idle daemon leaves by itself, but not while it supervises", async () => {
  const stack = await scene(pair, { stage: { env: { ENVCTL_DAEMON_IDLE_SECONDS: "0.2" } } });
  await stack.envctl(["start"]);
  const { pid } = (await status(stack)).json() as { readonly pid: number };
  for (let looks = 0; looks < 3; looks += 1) expect((await status(stack)).at("pid")).toBe(pid);
  await stack.envctl(["stop"]);
  await expect.poll(async () => (await status(stack)).at("running"), { timeout: 5000 }).toBe(false);
});

test("daemon stop leaves the units running, daemon restart adopts them", async () => {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  const pids = stack.pids();
  expect((await stack.envctl(["daemon", "stop", "--json"])).at("running")).toBe(false);
  expect((await stack.envctl(["health"])).code).toBe(0);
  expect((await stack.envctl(["daemon", "restart", "--json"])).at("units")).toBe(2);
  expect(stack.pids()).toEqual(pids);
});

/** Hours, months and a year to and fro, with every look at the clock. */
const jumpingClock = `
const now = Date.now;
const jumps = [0, 3_600_000, -7_200_000, 2_592_000_000, -31_536_000_000];
let looks = 0;
Date.now = () => now() + jumps[looks++ % jumps.length];
`;

test("a clock that jumps disturbs neither durations, order nor what is the latest run", async () => {
  const stack = await scene(pair);
  stack.repo.write("jump.mjs", jumpingClock);
  const program = ["daemon.cjs", "daemon.js"].map((name) => join(packageRoot, "dist", name)).find((path) => existsSync(path)) ?? "";
  const daemon = startProgram([process.execPath, "--import", join(stack.repo.root, "jump.mjs"), program, "--repository", stack.repo.root], { cwd: stack.directory, env: stack.env });
  await daemon.seen(/ready/);
  const runs = new Set<string>();
  for (let round = 0; round < 6; round += 1) {
    const report = reportOf(await stack.envctl(["start", "--json"]));
    expect(report).toMatchObject({ ok: true, runId: stack.state().runId });
    for (const ms of [report.durationMs, ...report.units.map(({ startupMs }) => startupMs ?? -1)]) expect(ms >= 0 && ms < 10_000, `${ms} ms`).toBe(true);
    expect((await stack.envctl(["status", "--json"])).at("run_id")).toBe(report.runId);
    runs.add(report.runId ?? "");
    await stack.envctl(["stop"]);
  }
  expect(runs.size).toBe(6);
  await stack.envctl(["daemon", "stop"]);
  expect((await daemon.ended).code).toBe(0);
});

test("one that hangs is told of within seconds, ended by `daemon stop`, and its units go on", async () => {
  const stack = await scene((port) => ({ services: { api: { command: puppet({ listen: "{port}" }), port } } }));
  await stack.envctl(["start", "--json"]);
  const before = stack.pids();
  const pid = Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
  process.kill(pid, "SIGSTOP");
  const refused = await stack.envctl(["start", "--json"]);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain("does not answer");
  expect((await stack.envctl(["daemon", "stop"])).code).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  expect(stack.pids()).toEqual(before);
});

/** The hammer: with a daemon that hangs, with state that is damaged or gone, for one project, for every repository. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { BlastReport } from "../../src/model/blast.ts";
import { actor, actorFiles } from "../rig/actor.ts";
import { freePorts } from "../rig/ports.ts";
import { processesOf } from "../rig/processes.ts";
import type { Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, scene, type Configuration, type Scene } from "./scene.ts";

const stop = { grace: "500ms" };
const pair = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop }, worker: { command: puppet(), depends_on: ["backend"], stop } } });
const puppets = (stack: Scene): readonly number[] => processesOf(stack.directory).filter(({ command }) => command.includes("puppet.mjs")).map(({ pid }) => pid);
const locks = (stack: Scene): readonly string[] => readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"));
const daemonPid = async (stack: Scene): Promise<number> => Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
function answerOf(outcome: Outcome): BlastReport {
  return outcome.json() as BlastReport;
}

async function running(): Promise<Scene> {
  const stack = await scene(pair);
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  return stack;
}

/** A process that carries a mark nobody's state knows. */
async function marked(stack: Scene, mark: string, environment: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn("sleep", ["300"], { cwd: stack.directory, detached: true, stdio: "ignore", env: { ...stack.env, ...environment, ENVCTL_OWNER: mark } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { pid = 0 } = child;
  await eventually(() => readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark), "the mark");
  return pid;
}

test("--dry-run names unit, pid, command, port and age, and touches nothing", async () => {
  const stack = await running();
  const before = { pids: stack.pids(), events: stack.events().length };
  const told = answerOf(await stack.envctl(["blast-all", "--dry-run", "--json"]));
  expect(told).toMatchObject({ ok: true, isDryRun: true, holdouts: [], endedDaemons: [] });
  expect(told.processes.map(({ pid }) => pid).toSorted()).toEqual(puppets(stack).toSorted());
  expect(told.processes.find(({ ports }) => ports.length > 0)).toMatchObject({ unitId: "Main/backend", ports: [stack.port], command: expect.stringContaining("puppet.mjs") as string, ageMs: expect.any(Number) as number });
  const shown = await stack.envctl(["blast-all", "--dry-run"]);
  expect(shown.stdout).toMatch(/UNIT +PID +PORT +AGE +COMMAND[\s\S]*Main\/worker[\s\S]*Would end 4 processes of 2 units\./);
  expect({ pids: stack.pids(), events: stack.events().length }).toEqual(before);
});

test("with a healthy daemon the daemon does it, in order, and goes on", async () => {
  const stack = await running();
  const pid = await daemonPid(stack);
  expect(answerOf(await stack.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, endedDaemons: [] });
  expect(stack.events().flatMap((event) => (event.type === "unit_stopped" ? [event.unitId] : []))).toEqual(["Main/worker", "Main/backend"]);
  expect(await daemonPid(stack)).toBe(pid);
});

test("a unit inside the daemon has no process to be found by; what it is in is ended only where the daemon does not answer", async () => {
  const stack = await scene((port) => ({ services: { inside: { ...actor("thread", port), stop } } }), { files: actorFiles });
  await stack.envctl(["start"]);
  const pid = await daemonPid(stack);
  expect(answerOf(await stack.envctl(["blast-all", "--dry-run", "--json"])).processes).toEqual([]);
  expect(answerOf(await stack.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, endedDaemons: [] });
  expect(await daemonPid(stack)).toBe(pid);
  await stack.envctl(["start"]);
  process.kill(pid, "SIGSTOP");
  expect(answerOf(await stack.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, processes: [], endedDaemons: [{ pid }] });
  expect(stack.state()).toMatchObject({ stoppedAt: expect.any(String) as string, units: { "Main/inside": { life: { status: "stopped" } } } });
});

test("a daemon that hangs is ended first; what was stopped is recorded, and a start works", async () => {
  const stack = await running();
  const pid = await daemonPid(stack);
  process.kill(pid, "SIGSTOP");
  const blasted = await stack.envctl(["blast-all", "--json"]);
  expect(blasted, blasted.stdout + blasted.stderr).toMatchObject({ code: 0 });
  expect(answerOf(blasted).endedDaemons).toMatchObject([{ pid }]);
  expect(isAlive(pid)).toBe(false);
  expect(puppets(stack)).toEqual([]);
  expect(locks(stack)).toEqual([]);
  expect(Object.values(stack.state().units).map(({ life }) => life)).toMatchObject([{ status: "stopped", exit: { kind: "code", code: 0 } }, { status: "stopped", exit: { kind: "code", code: 0 } }]);
  expect((await stack.envctl(["start"])).code).toBe(0);
});

test("a daemon in the middle of a start is not waited for", async () => {
  const stack = await scene((port) => ({ services: { slow: { command: puppet({ listen: "{port}", afterMs: 60_000 }), port, stop } } }));
  const start = stack.start(["start", "--json"]);
  await start.seen(/unit_started/);
  expect(answerOf(await stack.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, endedDaemons: [{ scope: basename(stack.scope()) }] });
  // Cancelled, where the daemon has time to say so before it is ended by force.
  expect([1, 2]).toContain((await start.ended).code);
  expect(puppets(stack)).toEqual([]);
});

const losses: readonly (readonly [string, (stack: Scene) => void])[] = [
  ["the files of the run are damaged", (stack) => ["run_state.json", "events.jsonl"].forEach((name) => writeFileSync(join(stack.scope(), name), "{\"half"))],
  ["the runs are deleted", (stack) => rmSync(join(stack.scope(), "runs"), { recursive: true })],
  ["the repository's whole state is deleted", (stack) => rmSync(stack.scope(), { recursive: true })],
];

test.each(losses)("without a daemon, when %s", async (_what, lose) => {
  const stack = await running();
  process.kill(await daemonPid(stack), "SIGKILL");
  lose(stack);
  expect(await stack.envctl(["blast-all"])).toMatchObject({ code: 0 });
  expect(puppets(stack)).toEqual([]);
  expect(locks(stack)).toEqual([]);
  expect(await stack.envctl(["start"])).toMatchObject({ code: 0 });
});

test("a daemon whose state was deleted under it is ended, so that it restarts nothing", async () => {
  const stack = await scene((port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop, restart: { strategy: "immediate", when: "always" } } } }));
  await stack.envctl(["start"]);
  const pid = await daemonPid(stack);
  rmSync(stack.scope(), { recursive: true });
  expect(answerOf(await stack.envctl(["blast-all", "--json"]))).toMatchObject({ ok: true, endedDaemons: [{ pid }] });
  expect(isAlive(pid)).toBe(false);
  expect(puppets(stack)).toEqual([]);
});

test("what carries this repository's mark ends, also of runs nobody knows; what carries another's lives", async () => {
  const stack = await running();
  const scope = basename(stack.scope());
  const [stray, foreign] = [await marked(stack, `${scope}/Main/gone/run-20200101000000000-dead`), await marked(stack, "repo-000000000000/Main/gone/run-1")];
  expect(answerOf(await stack.envctl(["blast-all", "--json"])).processes).toContainEqual(expect.objectContaining({ unitId: "Main/gone", pid: stray }));
  expect([isAlive(stray), isAlive(foreign)]).toEqual([false, true]);
});

test("data directories stay", async () => {
  const stack = await running();
  const data = join(stack.scope(), "data", "Main", "postgres");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "base"), "rows");
  await stack.envctl(["blast-all"]);
  expect(readFileSync(join(data, "base"), "utf8")).toBe("rows");
});

test("blast-worktree ends one project and leaves the others, also when the daemon hangs and the directory is gone", async () => {
  const stack = await scene(pair, { worktrees: ["a", "b"] });
  await stack.envctl(["start"]);
  await stack.envctl(["start", "--trees"]);
  const before = stack.pids();
  expect(await stack.envctl(["blast-worktree"], { cwd: stack.repo.worktree("a") })).toMatchObject({ code: 0 });
  const afterFirst = stack.pids();
  expect(Object.keys(afterFirst).toSorted()).toEqual(["Main/backend", "Main/worker", "b/backend", "b/worker"]);
  const pid = await daemonPid(stack);
  process.kill(pid, "SIGSTOP");
  stack.repo.removeWorktree("b");
  expect(answerOf(await stack.envctl(["blast-worktree", "b", "--json"]))).toMatchObject({ ok: true, endedDaemons: [{ pid }] });
  expect(stack.pids()).toEqual({ "Main/backend": before["Main/backend"], "Main/worker": before["Main/worker"] });
  expect(puppets(stack)).toHaveLength(4);
  expect(locks(stack)).toEqual([`${stack.port}.lock`]);
  // Somebody looks after what is left.
  expect((await stack.envctl(["daemon", "status", "--json"])).at("units")).toBe(2);
});

test("blast-worktree ends a project only its marks tell of, and a daemon that knows nothing of it goes on", async () => {
  const stack = await running();
  const pid = await daemonPid(stack);
  const stray = await marked(stack, `${basename(stack.scope())}/gone/api/run-20200101000000000-dead`);
  expect(answerOf(await stack.envctl(["blast-worktree", "gone", "--json"]))).toMatchObject({ ok: true, endedDaemons: [], processes: [{ unitId: "gone/api", pid: stray }] });
  expect(isAlive(stray)).toBe(false);
  expect(await daemonPid(stack)).toBe(pid);
  expect(puppets(stack)).toHaveLength(4);
});

test("blast-worktree of a project that is not there names those that are", async () => {
  const stack = await scene(pair, { worktrees: ["alpha"] });
  const outcome = await stack.envctl(["blast-worktree", "alpah", "--json"]);
  expect(outcome.code).toBe(1);
  expect(outcome.json()).toMatchObject({ error: { reason: "unknown_target", hint: expect.stringContaining("alpha") as string } });
});

test("--all-repositories needs no repository to stand in, the caller's own does", async () => {
  const stack = await running();
  expect((await stack.envctl(["blast-all"], { cwd: stack.directory })).stderr).toContain("is not inside a git repository");
  expect(answerOf(await stack.envctl(["blast-all", "--all-repositories", "--json"], { cwd: stack.directory }))).toMatchObject({ ok: true, processes: expect.arrayContaining([expect.objectContaining({ unitId: "Main/backend" })]) as unknown });
  expect(puppets(stack)).toEqual([]);
  expect(readdirSync(stack.stateRoot).filter((name) => name.startsWith("repo-"))).toEqual([basename(stack.scope())]);
});

test("--all-repositories ends those of this state directory, known or not, and of no other", async () => {
  const stack = await running();
  const port = await freePorts();
  const other = stack.repository({ name: "other", files: { ".envctl": JSON.stringify({ services: { api: { command: puppet({ listen: "{port}" }), port, stop } } }) } });
  await stack.envctl(["start"], { cwd: other.root });
  const lost = await marked(stack, "repo-000000000001/Main/api/run-1");
  const elsewhere = await marked(stack, "repo-000000000001/Main/api/run-1", { ENVCTL_STATE_DIR: join(stack.directory, "elsewhere") });
  expect((await stack.envctl(["blast-all"])).code).toBe(0);
  expect(puppets(stack)).toHaveLength(2);
  expect(await stack.envctl(["blast-all", "--all-repositories"])).toMatchObject({ code: 0 });
  expect(puppets(stack)).toEqual([]);
  expect([isAlive(lost), isAlive(elsewhere)]).toEqual([false, true]);
  expect(existsSync(stack.scope())).toBe(true);
});

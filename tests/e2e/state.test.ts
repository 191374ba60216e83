/** State files that are damaged, and state directories that cannot be written: nothing that runs is lost or left. */
import { chmodSync, chownSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { foldEvents } from "../../src/model/run-state.ts";
import { readEventLog } from "../../src/state/event-log.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { processesOf } from "../rig/processes.ts";
import { envctlProgram, startProgram, type Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

const pair = (port: number): Configuration => ({
  services: {
    backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } },
    // Ready when it has written what it has to write: it could not on a full disk.
    worker: { command: puppet(), ready: { log: "starts" }, stop: { grace: "1s" } },
  },
});

const puppets = (stack: Scene): readonly number[] => processesOf(stack.directory).filter(({ command }) => command.includes("puppet.mjs")).map(({ pid }) => pid);

/** A running pair whose daemon was killed, so that only the files know it. */
async function orphanedPair(): Promise<Scene> {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");
  return stack;
}

const half = (path: string): void => {
  const content = readFileSync(path);
  writeFileSync(path, content.subarray(0, Math.floor(content.length / 2)));
};

const damages: readonly (readonly [string, (scope: string) => void])[] = [
  ["a truncated run_state.json", (scope) => half(join(scope, "run_state.json"))],
  ["a run_state.json of other content", (scope) => writeFileSync(join(scope, "run_state.json"), "[1, 2]")],
  ["an events.jsonl cut in the middle of a line", (scope) => half(join(scope, "events.jsonl"))],
  ["garbage in events.jsonl", (scope) => writeFileSync(join(scope, "events.jsonl"), "\u0000garbage\n{\"type\":1}\n", { flag: "a" })],
  ["an empty events.jsonl", (scope) => writeFileSync(join(scope, "events.jsonl"), "")],
];

test.each(damages)("%s: status, resume and stop-all work, what lives is adopted, and a warning tells", async (_what, damage) => {
  const stack = await orphanedPair();
  const pids = stack.pids();
  damage(stack.scope());
  const status = await stack.envctl(["status", "--json"]);
  expect(status, status.stderr).toMatchObject({ code: 0 });
  expect(status.at("status_counts.running")).toBe(2);
  expect(status.at("warnings.0")).toMatch(/damaged|missing|before the snapshot/);
  const resumed = await stack.envctl(["resume", "--json"]);
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
  expect(reportOf(resumed).units.map(({ action }) => action)).toEqual(["adopt", "adopt"]);
  expect(stack.pids()).toEqual(pids);
  expect(new Set(stack.state().warnings.map(({ code }) => code))).toEqual(new Set(["state_recovered"]));
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
  expect(puppets(stack)).toEqual([]);
});

test("both files damaged: resume brings everything back, once, and stop-all leaves nothing", async () => {
  const stack = await orphanedPair();
  half(join(stack.scope(), "run_state.json"));
  half(join(stack.scope(), "events.jsonl"));
  expect((await stack.envctl(["status", "--json"])).at("warnings.0")).toMatch(/rebuilt/);
  await stack.envctl(["resume"]);
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  // Each unit is a front shell and its puppet.
  expect(puppets(stack)).toHaveLength(4);
  await stack.envctl(["stop-all"]);
  expect(puppets(stack)).toEqual([]);
});

test("both files gone to nothing: stop-all still finds what carries our mark, and a start works", async () => {
  const stack = await orphanedPair();
  for (const name of ["run_state.json", "events.jsonl"]) writeFileSync(join(stack.scope(), name), "");
  expect((await stack.envctl(["status", "--json"])).code).toBe(0);
  expect((await stack.envctl(["stop-all", "--json"])).code).toBe(0);
  expect(puppets(stack)).toEqual([]);
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  expect(foldEvents(stack.state().runId, stack.events())).toEqual(stack.state());
});

test("files damaged under a running daemon are written anew from what it knows", async () => {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  half(join(stack.scope(), "run_state.json"));
  expect((await stack.envctl(["status", "--json"])).at("status_counts.running")).toBe(2);
  expect((await stack.envctl(["stop"])).code).toBe(0);
  expect(stack.state().stoppedAt).toBeDefined();
});

function fill(directory: string): string {
  const path = join(directory, "filler");
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch {
      // Full for this size; smaller pieces may still fit.
    }
  }
  return path;
}

test.skipIf(!canMount())("a full disk: what runs lives on, start is refused plainly, stop works, and no event is lost", async () => {
  const stack = await scene(pair);
  const unmount = mountSmallDisk(stack.stateRoot, "1m");
  onTestFinished(unmount);
  await stack.envctl(["start"]);
  const pids = stack.pids();
  const filler = fill(stack.stateRoot);
  const refused = await stack.envctl(["start", "--json"]);
  expect(refused.code, refused.stdout).toBe(1);
  expect(refused.jsonLines().at(-1)).toMatchObject({ error: { reason: "state_unwritable", message: expect.stringContaining("no space"), hint: expect.any(String) } });
  expect(Object.values(pids).every(isAlive)).toBe(true);
  const stopped = await stack.envctl(["stop", "--service", "worker", "--json"]);
  expect(stopped, stopped.stdout + stopped.stderr).toMatchObject({ code: 0 });
  expect(isAlive(pids["Main/worker"] ?? 0)).toBe(false);
  expect(isAlive(pids["Main/backend"] ?? 0)).toBe(true);
  rmSync(filler);
  expect((await stack.envctl(["stop-all", "--json"])).code).toBe(0);
  expect(puppets(stack)).toEqual([]);
  // A line torn by the full disk stays behind, its event was written again.
  const { events } = readEventLog(join(stack.scope(), "events.jsonl"));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
  expect(foldEvents(stack.state().runId, events)).toEqual(stack.state());
  await stack.envctl(["daemon", "stop"]);
  unmount();
});

const nobody = 65_534;

/** Runs the CLI as a user whom permissions stop, as they do not stop root. */
function asNobody(stack: Scene, args: readonly string[], uid = nobody): Promise<Outcome> {
  const user = userInfo().uid === 0 ? ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"] : [];
  return startProgram([...user, process.execPath, envctlProgram, ...args], { cwd: stack.repo.root, env: stack.env }).ended;
}

function everyDirectory(root: string): readonly string[] {
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [root, ...below.flatMap((entry) => everyDirectory(join(root, entry.name)))];
}

const cannotDrop = userInfo().uid === 0 && !existsSync("/usr/bin/setpriv");

test.skipIf(cannotDrop)("a state directory that may not be written: a plain refusal, and look-ups go on", async () => {
  const stack = await scene(pair);
  chmodSync(stack.stateRoot, 0o555);
  const refused = await asNobody(stack, ["start", "--json"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).not.toContain("This is a bug");
  expect(refused.jsonLines().at(-1)).toMatchObject({ error: { message: expect.stringContaining(stack.stateRoot), hint: expect.any(String) } });
  expect((await asNobody(stack, ["status", "--json"])).code).toBe(0);
  expect(await asNobody(stack, ["doctor", "--only", "permissions"])).toMatchObject({ code: 1, stdout: expect.stringMatching(/cannot be written by uid.* the state of this repository[^]*programs that envctl fetches are kept there/) as string });
  chmodSync(stack.stateRoot, 0o711);
});

test.skipIf(cannotDrop)("a state directory that becomes read-only: what runs lives on, start is refused, stop works", async () => {
  const stack = await scene(pair);
  if (userInfo().uid === 0) chownSync(stack.stateRoot, nobody, nobody);
  const started = await asNobody(stack, ["start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  const pids = stack.pids();
  const directories = everyDirectory(stack.stateRoot);
  for (const directory of directories) chmodSync(directory, 0o555);
  const refused = await asNobody(stack, ["start", "--no-resume", "--json"]);
  expect(refused.code, refused.stdout).toBe(1);
  expect(refused.stderr).not.toContain("This is a bug");
  expect(Object.values(pids).every(isAlive)).toBe(true);
  const stopped = await asNobody(stack, ["stop", "--json"]);
  expect(stopped, stopped.stdout + stopped.stderr).toMatchObject({ code: 0 });
  expect(puppets(stack)).toEqual([]);
  for (const directory of directories) chmodSync(directory, 0o711);
  // Root asks no daemon of another user.
  for (const words of [["stop-all"], ["daemon", "stop"]]) expect((await asNobody(stack, words)).code).toBe(0);
});

test.skipIf(cannotDrop || userInfo().uid !== 0)("another user of the machine is told whose the state is, and not that nothing was started", async () => {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  for (const command of [["status"], ["endpoints"], ["report"], ["events"], ["daemon", "status"], ["start"]]) {
    const refused = await asNobody(stack, [...command, "--json"]);
    expect([refused.code, refused.stderr.includes("bug"), JSON.parse(refused.stdout) as unknown]).toMatchObject([1, false, { ok: false, error: { reason: "state_unreadable", message: expect.stringMatching(new RegExp(`${stack.scope()}.* belongs to root, and you are `)), hint: expect.stringContaining("ask as root") as string } }]);
  }
  chmodSync(stack.stateRoot, 0o700);
  expect((await asNobody(stack, ["status"])).stderr).toMatch(/^the state of this repository cannot be read: .* belongs to root, and you are /);
  chmodSync(stack.stateRoot, 0o711);
});

test("a server that was down for a copy when its daemon was killed is started by the next one, once", async () => {
  const stack = await scene(pair);
  await stack.envctl(["start"]);
  await stack.envctl(["stop", "--service", "worker"]);
  await stack.envctl(["daemon", "stop"]);
  const note = join(stack.scope(), "down-for-data.json");
  const intent = { kind: "start", selection: { projects: ["Main"], services: ["worker"] }, caller: { directory: stack.repo.root, environment: stack.env } };
  writeFileSync(note, JSON.stringify({ schemaVersion: 1, intent }));
  await stack.envctl(["daemon", "start"]);
  await eventually(() => stack.state().units["Main/worker"]?.life.status === "ready", "the worker runs again");
  await eventually(() => !existsSync(note), "the note is gone");
  // What cannot be read is nobody's order.
  await stack.envctl(["stop", "--service", "worker"]);
  await stack.envctl(["daemon", "stop"]);
  writeFileSync(note, "[1, 2");
  expect([(await stack.envctl(["restart", "--service", "backend"])).code, stack.state().units["Main/worker"]?.life.status]).toEqual([0, "stopped"]);
});

/** As `docker run --user` makes them: the kernel knows the number, and no file has a name for it. */
const withoutAccount = 47_110;

test.runIf(userInfo().uid === 0 && !cannotDrop)("a user without an account starts, looks and stops", async () => {
  const stack = await scene(pair);
  chownSync(stack.stateRoot, withoutAccount, withoutAccount);
  const started = await asNobody(stack, ["start", "--json"], withoutAccount);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  expect((await asNobody(stack, ["status", "--json"], withoutAccount)).at("status_counts")).toEqual({ running: 2 });
  for (const words of [["stop-all"], ["daemon", "stop"]]) expect(await asNobody(stack, words, withoutAccount)).toMatchObject({ code: 0 });
  expect(puppets(stack)).toEqual([]);
});

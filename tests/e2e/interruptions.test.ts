/** Callers and daemons that end at the wrong moment: nothing is lost, doubled or left. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { foldEvents } from "../../src/model/run-state.ts";
import { isFree } from "../rig/ports.ts";
import { processesOf } from "../rig/processes.ts";
import { puppet } from "../rig/puppet.ts";
import { isAlive, ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

const puppets = (stack: Scene): readonly string[] => processesOf(stack.directory).map(({ command }) => command).filter((command) => command.includes("puppet.mjs"));
const locks = (stack: Scene): readonly string[] => readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"));
const daemonPid = async (stack: Scene): Promise<number> => Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));

/** A chain, so that a start takes a while and passes many states; nothing in it comes back by itself. */
const chain = (port: number, delayMs = 30): Configuration => ({
  services: Object.fromEntries(
    ["one", "two", "three", "four"].map((name, index, names) => [
      name,
      { command: puppet({ listen: "{port}", afterMs: delayMs }), port: port + index, depends_on: names.slice(Math.max(0, index - 1), index), stop: { grace: "1s" }, restart: "never" },
    ]),
  ),
});

test("a start whose daemon is killed says so once", async () => {
  const stack = await scene((port) => ({ services: { quick: { command: puppet() }, slow: { command: puppet({ listen: "{port}", afterMs: 60_000 }), port, depends_on: ["quick"] } } }));
  await stack.envctl(["daemon", "start"]);
  const pid = await daemonPid(stack);
  const start = stack.start(["start"]);
  await start.seen(/Main\/quick/);
  process.kill(pid, "SIGKILL");
  const { code, stderr } = await start.ended;
  expect(code).toBe(1);
  expect(stderr.match(/the connection to the daemon was lost/g)).toHaveLength(1);
});

test("two starts at once both succeed, with one stack and no process twice", async () => {
  const stack = await scene(chain);
  const both = await Promise.all([stack.envctl(["start", "--json"]), stack.envctl(["start", "--json"])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(new Set(both.map((outcome) => reportOf(outcome).runId)).size).toBe(1);
  expect(ofType(stack.events(), "unit_starting").map(({ unitId }) => unitId).sort()).toEqual(["Main/four", "Main/one", "Main/three", "Main/two"]);
  // Each unit is a front shell and its puppet.
  expect(puppets(stack)).toHaveLength(8);
});

test("--no-wait gives up with exit 3 while another start goes on", async () => {
  const stack = await scene((port) => chain(port, 150));
  const first = stack.start(["start", "--json"]);
  await first.seen(/unit_starting/);
  const second = await stack.envctl(["start", "--no-wait", "--json"]);
  expect(second.code).toBe(3);
  expect(second.jsonLines().at(-1)).toMatchObject({ error: { reason: "conflict" } });
  expect((await first.ended).code).toBe(0);
});

test("Ctrl-C during a start ends what was started for it and nothing else", async () => {
  const stack = await scene((port) => ({ services: { ...Object(chain(port, 0))["services"], slow: { command: puppet({ listen: "{port}", afterMs: 60_000 }), port: port + 9, depends_on: ["two"] } } }));
  await stack.envctl(["start", "--service", "one"]);
  const before = stack.pids()["Main/one"] ?? 0;
  const start = stack.start(["start", "--json"]);
  await start.seen(/"unit_started","unitId":"Main\/slow"/);
  start.signal("SIGINT");
  const outcome = await start.ended;
  expect(outcome.code).toBe(2);
  expect(reportOf(outcome)).toMatchObject({ ok: false, exit: 2 });
  expect(stack.pids()).toEqual({ "Main/one": before });
  expect(isAlive(before)).toBe(true);
  expect(puppets(stack)).toHaveLength(2);
  expect(locks(stack)).toEqual([`${stack.port}.lock`]);
});

test("Ctrl-C during the first start of all leaves nothing", async () => {
  const stack = await scene((port) => chain(port, 60_000));
  const start = stack.start(["start"]);
  await expect.poll(() => puppets(stack).length, { timeout: 5000 }).toBe(2);
  start.signal("SIGINT");
  expect((await start.ended).code).toBe(2);
  expect(puppets(stack)).toEqual([]);
  expect(locks(stack)).toEqual([]);
  expect(reportOf(await stack.envctl(["resume", "--json"]))).toMatchObject({ ok: false });
});

test("a killed CLI does not stop its start", async () => {
  const stack = await scene((port) => chain(port, 100));
  const start = stack.start(["start", "--json"]);
  await start.seen(/unit_started/);
  start.signal("SIGKILL");
  await start.ended;
  await expect.poll(() => ofType(stack.events(), "intent_finished").length, { timeout: 5000 }).toBe(1);
  expect(ofType(stack.events(), "intent_finished")).toMatchObject([{ ok: true }]);
  expect((await stack.envctl(["health"])).code).toBe(0);
});

/** Park–Miller: the same moments in every run. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed; ; value = (value * 48_271) % 2_147_483_647) yield value;
}

const moments = [
  /run_started/,
  /unit_planned/,
  /"unit_starting","unitId":"Main\/one"/,
  /"unit_started","unitId":"Main\/one"/,
  /"unit_ready","unitId":"Main\/one"/,
  /"unit_starting","unitId":"Main\/two"/,
  /"unit_started","unitId":"Main\/three"/,
  /"unit_ready","unitId":"Main\/three"/,
  /"unit_starting","unitId":"Main\/four"/,
  /"unit_started","unitId":"Main\/four"/,
];

test.each(moments)("a daemon killed right after %s: resume brings everything up, stop-all leaves nothing", async (moment) => {
  const stack = await scene((port) => chain(port, 20));
  await stack.envctl(["daemon", "start"]);
  const pid = await daemonPid(stack);
  const start = stack.start(["start", "--json"]);
  await start.seen(moment);
  process.kill(pid, "SIGKILL");
  expect((await start.ended).code).toBe(1);
  const resumed = await stack.envctl(["resume", "--json"]);
  expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
  const health = await stack.envctl(["health", "--json"]);
  expect(health, health.stdout).toMatchObject({ code: 0 });
  expect(health.at("status_counts")).toEqual({ ok: 4, warn: 0, bad: 0 });
  for (let port = stack.port; port < stack.port + 4; port += 1) expect(await isFree(port)).toBe(false);
  expect(puppets(stack)).toHaveLength(8);
  expect((await stack.envctl(["stop-all"])).code).toBe(0);
  expect(puppets(stack)).toEqual([]);
  expect(locks(stack)).toEqual([]);
  expect(foldEvents(stack.state().runId, stack.events())).toEqual(stack.state());
});

test("a unit that had not got ready when the daemon was killed is ready after resume, and only then", async () => {
  const stack = await scene((port) => chain(port, 300));
  await stack.envctl(["daemon", "start"]);
  const pid = await daemonPid(stack);
  const start = stack.start(["start", "--json"]);
  await start.seen(/"unit_started","unitId":"Main\/one"/);
  process.kill(pid, "SIGKILL");
  await start.ended;
  expect((await stack.envctl(["resume", "--service", "one,two"])).code).toBe(0);
  expect(await isFree(stack.port)).toBe(false);
});

test("a unit killed with SIGKILL, whichever it is: resume starts it and nothing else", async () => {
  const stack = await scene((port) => chain(port, 0));
  await stack.envctl(["start"]);
  const chosen = numbers(20);
  const names = Object.keys(stack.pids());
  for (let round = 0; round < 3; round += 1) {
    const name = names[(chosen.next().value ?? 0) % names.length] ?? "";
    const before = stack.pids();
    const shell = before[name] ?? 0;
    const child = Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim());
    // Now the front shell, now its child, now both: the shell first, since it ends with its child.
    for (const pid of [[child], [shell], [shell, child]][round] ?? []) process.kill(pid, "SIGKILL");
    const resumed = await stack.envctl(["resume", "--json"]);
    expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
    expect(reportOf(resumed).units.filter(({ action }) => action !== "adopt").map(({ unitId }) => unitId)).toEqual([name]);
    const after = stack.pids();
    expect(after[name]).not.toBe(before[name]);
    expect({ ...after, [name]: 0 }).toEqual({ ...before, [name]: 0 });
    expect(puppets(stack)).toHaveLength(8);
  }
});

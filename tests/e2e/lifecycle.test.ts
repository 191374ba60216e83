/** What start, stop, restart and resume do to a stack, and what they leave alone. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { foldEvents } from "../../src/model/run-state.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, streamedEvents, type Configuration } from "./scene.ts";

/** backend ← frontend, and a worker on its own. */
function shop(port: number, change: { readonly backend?: Configuration; readonly worker?: Configuration } = {}): Configuration {
  return {
    services: {
      backend: { command: puppet({ listen: "{port}", http: "healthy" }), port, ready: { http: "/" }, ...change.backend },
      frontend: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["backend"] },
      worker: { command: puppet(), ...change.worker },
    },
  };
}

test("start brings everything up in order, stop takes it down and leaves nothing", async () => {
  const stack = await scene(shop);
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stderr).toMatchObject({ code: 0 });
  const report = reportOf(started);
  expect(report).toMatchObject({ type: "report", ok: true, exit: 0, intent: "start", failures: [], killed: [] });
  expect(report.units.map(({ unitId, action, status }) => [unitId, action, status])).toEqual([
    ["Main/backend", "start", "ready"],
    ["Main/frontend", "start", "ready"],
    ["Main/worker", "start", "ready"],
  ]);
  const order = streamedEvents(started).filter((event) => event.type === "unit_ready" || event.type === "unit_starting").map((event) => `${event.type} ${"unitId" in event ? event.unitId : ""}`);
  expect(order.indexOf("unit_starting Main/frontend")).toBeGreaterThan(order.indexOf("unit_ready Main/backend"));
  const pids = Object.values(stack.pids());
  const stopped = await stack.envctl(["stop", "--json"]);
  expect(stopped.code).toBe(0);
  expect(reportOf(stopped).units.map(({ status }) => status)).toEqual(["stopped", "stopped", "stopped"]);
  const ended = ofType(streamedEvents(stopped), "unit_stopped").map(({ unitId }) => unitId);
  expect(ended.indexOf("Main/backend")).toBeGreaterThan(ended.indexOf("Main/frontend"));
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"))).toEqual([]);
  expect(foldEvents(stack.state().runId, stack.events())).toEqual(stack.state());
});

test("a second run streams all of its events, although its numbers begin anew", async () => {
  const stack = await scene(shop);
  await stack.envctl(["start"]);
  await stack.envctl(["stop"]);
  const again = await stack.envctl(["start", "--json"]);
  const types = streamedEvents(again).map(({ type }) => type);
  expect(types[0]).toBe("run_started");
  expect(types.at(-1)).toBe("intent_finished");
  expect(ofType(streamedEvents(again), "unit_ready")).toHaveLength(3);
});

test("stop with nothing running says so and exits 0; resume of nothing exits 1", async () => {
  const stack = await scene(shop);
  const stopped = await stack.envctl(["stop", "--json"]);
  expect(stopped.code).toBe(0);
  expect(reportOf(stopped)).toMatchObject({ ok: true, notes: ["nothing is running"] });
  const resumed = await stack.envctl(["resume", "--json"]);
  expect(resumed.code).toBe(1);
  expect(reportOf(resumed)).toMatchObject({ failures: [{ reason: "not_running" }] });
});

test("an unchanged start keeps every pid, --no-resume restarts all of them", async () => {
  const stack = await scene(shop);
  await stack.envctl(["start"]);
  const before = stack.pids();
  const again = reportOf(await stack.envctl(["start", "--json"]));
  expect(again.units.map(({ action }) => action)).toEqual(["adopt", "adopt", "adopt"]);
  expect(stack.pids()).toEqual(before);
  const afresh = reportOf(await stack.envctl(["start", "--no-resume", "--json"]));
  expect(afresh).toMatchObject({ ok: true });
  expect(afresh.units.map(({ action }) => action)).toEqual(["restart", "restart", "restart"]);
  const after = stack.pids();
  for (const [unitId, pid] of Object.entries(before)) {
    expect(after[unitId]).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  }
});

test.each([
  ["command", { backend: { command: puppet({ listen: "{port}", http: "healthy", afterMs: 1 }) } }],
  ["env", { backend: { env: { LEVEL: "debug" } } }],
  ["directory", { backend: { dir: "api" } }],
])("a changed %s restarts that unit and no other", async (_what, change) => {
  const stack = await scene(shop, { files: { "api/.keep": "" } });
  await stack.envctl(["start"]);
  const before = stack.pids();
  stack.configure(shop(stack.port, change));
  const report = reportOf(await stack.envctl(["start", "--json"]));
  expect(report).toMatchObject({ ok: true });
  expect(report.units.filter(({ action }) => action !== "adopt").map(({ unitId, action }) => [unitId, action])).toEqual([["Main/backend", "restart"]]);
  const { "Main/backend": backend, ...others } = stack.pids();
  const { "Main/backend": oldBackend, ...oldOthers } = before;
  expect(backend).not.toBe(oldBackend);
  expect(others).toEqual(oldOthers);
});

test("a changed port restarts the unit there and whatever was told the old number", async () => {
  const told = (port: number, backend: number): Configuration => ({
    services: {
      backend: { command: puppet({ listen: "{port}" }), port: backend },
      frontend: { command: puppet({ listen: "{port}" }), port: port + 1, env: { API: "${services.backend.url}" } },
      worker: { command: puppet() },
    },
  });
  const stack = await scene((port) => told(port, port));
  await stack.envctl(["start"]);
  const before = stack.pids();
  stack.configure(told(stack.port, stack.port + 5));
  const report = reportOf(await stack.envctl(["start", "--json"]));
  expect(report.units.map(({ unitId, action, port }) => [unitId, action, port])).toEqual([
    ["Main/backend", "restart", stack.port + 5],
    ["Main/frontend", "restart", stack.port + 1],
    ["Main/worker", "adopt", undefined],
  ]);
  expect(stack.pids()["Main/worker"]).toBe(before["Main/worker"]);
  expect(readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"))).toEqual([stack.port + 1, stack.port + 5].map((port) => `${port}.lock`));
});

test("--dry-run and explain-startup change nothing and name the plan that start then carries out", async () => {
  const stack = await scene(shop);
  const dry = await stack.envctl(["start", "--dry-run", "--json"]);
  expect(dry.code).toBe(0);
  expect(readdirSync(stack.stateRoot)).toEqual([]);
  const explained = await stack.envctl(["explain-startup", "--json"]);
  const started = await stack.envctl(["start", "--json"]);
  const planHash = reportOf(started).planHash;
  expect(dry.at("hash")).toBe(planHash);
  expect(explained.at("hash")).toBe(planHash);
  expect(ofType(stack.events(), "intent_planned").map((event) => event.planHash)).toEqual([planHash]);
  stack.configure(shop(stack.port, { backend: { env: { LEVEL: "debug" } } }));
  const seq = await eventually(() => ofType(stack.events(), "configuration_differs")[0]?.seq);
  const restart = await stack.envctl(["start", "--dry-run", "--json"]);
  expect(restart.at("destructive")).toEqual(["Main/backend"]);
  expect(stack.events().at(-1)?.seq).toBe(seq);
  expect(reportOf(await stack.envctl(["start", "--json"])).planHash).toBe(restart.at("hash"));
});

test("restart of one service restarts only it, and stop of one leaves the others", async () => {
  const stack = await scene(shop);
  await stack.envctl(["start"]);
  const before = stack.pids();
  expect((await stack.envctl(["restart", "--service", "worker"])).code).toBe(0);
  const after = stack.pids();
  expect(after["Main/worker"]).not.toBe(before["Main/worker"]);
  expect({ ...after, "Main/worker": 0 }).toEqual({ ...before, "Main/worker": 0 });
  expect((await stack.envctl(["stop", "--service", "worker"])).code).toBe(0);
  expect(Object.keys(stack.pids())).toEqual(["Main/backend", "Main/frontend"]);
  expect(reportOf(await stack.envctl(["resume", "--json"])).units.map(({ unitId, action }) => [unitId, action])).toEqual([
    ["Main/backend", "adopt"],
    ["Main/frontend", "adopt"],
    ["Main/worker", "leave"],
  ]);
});

/** Services that misbehave: told apart, told plainly, and nothing of them is left. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isFree } from "../rig/ports.ts";
import { processesOf } from "../rig/processes.ts";
import { puppet, type PuppetBehaviour } from "../rig/puppet.ts";
import { isAlive, ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

const alone = (behaviour: PuppetBehaviour, more: Configuration = {}) => (port: number): Configuration => ({
  services: { backend: { command: puppet(behaviour), port, ...more } },
});

function puppets(stack: Scene): readonly string[] {
  return processesOf(stack.directory).map(({ command }) => command).filter((command) => command.includes("puppet.mjs"));
}

test("one that exits at once is reported with its code and its last lines", async () => {
  const stack = await scene(alone({ exit: 3 }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(1);
  const [failure] = reportOf(outcome).failures;
  expect(failure).toMatchObject({ reason: "process_exited", message: expect.stringContaining("code 3") });
  expect(failure?.logTail?.join("\n")).toContain("exits with 3");
  expect(puppets(stack)).toEqual([]);
});

test("one that exits with 0 before it is ready is told to stay in the foreground", async () => {
  const stack = await scene(alone({ exit: 0 }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(reportOf(outcome).failures).toMatchObject([{ reason: "process_exited", hint: expect.stringContaining("foreground") }]);
});

test("one that does not exist names the program before anything is started", async () => {
  const stack = await scene((port) => ({ services: { backend: { command: ["no-such-program-at-all"], port }, other: { command: puppet({}) } } }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(1);
  expect(outcome.jsonLines()).toMatchObject([{ ok: false, error: { reason: "spawn_failed", message: expect.stringContaining("no-such-program-at-all") as string } }]);
  expect(stack.events()).toEqual([]);
});

test("one that never listens times out with exit 124 and is ended", async () => {
  const stack = await scene(alone({}, { ready: { listener: true, timeout: "300ms" } }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(124);
  expect(reportOf(outcome).failures).toMatchObject([{ reason: "readiness_timeout", message: expect.stringContaining("0.3 s") }]);
  expect(puppets(stack)).toEqual([]);
});

test.each(["unready", "error"] as const)("one whose health answer is %s never gets ready", async (http) => {
  const stack = await scene(alone({ listen: "{port}", http }, { ready: { http: "/healthz", timeout: "400ms" } }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(124);
  expect(reportOf(outcome).failures).toMatchObject([{ reason: "readiness_timeout", message: expect.stringContaining("/healthz") }]);
});

test("one that listens on the wrong port is told both numbers", async () => {
  const stack = await scene((port) => alone({ listen: port + 7 }, { ready: { listener: true, timeout: "600ms" } })(port));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(1);
  const [failure] = reportOf(outcome).failures;
  expect(failure).toMatchObject({ reason: "wrong_port" });
  expect(failure?.message).toContain(String(stack.port));
  expect(failure?.message).toContain(String(stack.port + 7));
  expect(await isFree(stack.port + 7)).toBe(true);
});

test("one that floods its log while it starts gets ready, and every line is there", async () => {
  const stack = await scene(alone({ flood: 200_000, listen: "{port}" }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(0);
  const log = readFileSync(stack.state().units["Main/backend"]?.logPath ?? "", "utf8");
  const numbers = log.split("\n").filter((line) => line.endsWith("xxx")).map((line) => Number(line.slice(0, 8)));
  expect(numbers).toHaveLength(200_000);
  expect(numbers.every((number, index) => number === index)).toBe(true);
});

test("one that ignores SIGTERM is killed after its grace, and the report says so", async () => {
  const stack = await scene(alone({ listen: "{port}", ignoreTerm: true }, { stop: { grace: "200ms" } }));
  await stack.envctl(["start"]);
  const outcome = await stack.envctl(["stop", "--json"]);
  expect(outcome.code).toBe(0);
  const report = reportOf(outcome);
  expect(report.killed).toMatchObject([{ unitId: "Main/backend", pid: expect.any(Number) }]);
  expect(ofType(stack.events(), "unit_stopped").at(-1)?.killed).toEqual(report.killed.map(({ pid }) => pid));
  expect(report.killed.some(({ pid }) => isAlive(pid))).toBe(false);
  expect(puppets(stack)).toEqual([]);
});

test.each([
  ["double-forks", { listen: "{port}", through: "orphan" }],
  ["double-forks and cleans its environment", { listen: "{port}", through: "orphan", cleanEnv: true }],
  ["listens in a session of its own", { listen: "{port}", through: "session" }],
  ["listens in a session of its own without our mark", { listen: "{port}", through: "session", cleanEnv: true }],
  ["leaves a helper that ignores SIGTERM in a session of its own", { listen: "{port}", helper: "session" }],
  ["leaves an orphaned helper that ignores SIGTERM", { listen: "{port}", helper: "orphan" }],
] as const)("one that %s is ready, and gone after stop", async (_what, behaviour) => {
  const stack = await scene(alone(behaviour, { stop: { grace: "500ms" } }));
  const started = await stack.envctl(["start", "--json"]);
  expect(started, started.stdout).toMatchObject({ code: 0 });
  expect(puppets(stack).length).toBeGreaterThan(1);
  expect((await stack.envctl(["stop"])).code).toBe(0);
  expect(puppets(stack)).toEqual([]);
  expect(await isFree(stack.port)).toBe(true);
});

test("a failed unit blocks only what depends on it, and an optional one fails no start", async () => {
  const stack = await scene((port) => ({
    services: {
      backend: { command: puppet({ exit: 1 }), port, critical: false },
      frontend: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["backend"], critical: false },
      worker: { command: puppet() },
    },
  }));
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(0);
  expect(Object.fromEntries(reportOf(outcome).units.map(({ unitId, status }) => [unitId, status]))).toEqual({ "Main/backend": "failed", "Main/frontend": "blocked", "Main/worker": "ready" });
  expect((await stack.envctl(["health", "--json"])).code).toBe(0);
  expect((await stack.envctl(["health", "--strict", "--json"])).code).toBe(1);
  await stack.envctl(["stop"]);
  expect(stack.state().stoppedAt).toBeDefined();
  expect(reportOf(await stack.envctl(["resume", "--json"]))).toMatchObject({ ok: false, failures: [{ reason: "not_running" }] });
});

/** Rows of the feature table about observers and the daemon's end, one test after the other as the table has them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/model/events.ts";
import { packageRoot } from "../rig/source-files.ts";
import { processesOf } from "../rig/processes.ts";
import { envctlProgram, startProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { misplacedIn } from "../rig/transitions.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, ofType, reportOf, scene, type Configuration, type Scene } from "./scene.ts";

const terminal = fileURLToPath(new URL("../rig/terminal.mjs", import.meta.url));
const daemonPid = async (stack: Scene): Promise<number> => Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
const puppets = (stack: Scene): readonly string[] => processesOf(stack.directory).map(({ command }) => command).filter((command) => command.includes("puppet.mjs"));
const status = (stack: Scene, unitId: string): string | undefined => stack.state().units[unitId]?.life.status;

/** The program itself: the child of its front shell. */
function programOf(stack: Scene, unitId: string): Promise<number> {
  const shell = stack.pids()[unitId] ?? 0;
  return eventually(() => {
    const child = Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim().split(" ")[0]);
    return child > 0 && readFileSync(`/proc/${child}/cmdline`, "utf8").includes("puppet.mjs") ? child : undefined;
  }, `the program of ${unitId}`);
}

describe("S1", () => {
  const three = (port: number): Configuration => ({
    services: Object.fromEntries(["api", "web", "worker"].map((name, index) => [name, { command: puppet({ listen: "{port}", afterMs: 200 }), port: port + index }])),
  });

  test("three services: `ps --json` shows project → units, `events --filter NAME` each one's own story", async () => {
    const stack = await scene(three);
    await stack.envctl(["start"]);
    const shown = await stack.envctl(["ps", "--json"]);
    expect(shown.at("projects.0")).toMatchObject({ name: "Main", units: ["api", "web", "worker"].map((name) => ({ name, status: "running", shell_pid: stack.pids()[`Main/${name}`] })) });
    for (const name of ["api", "web", "worker"]) {
      const own = (await stack.envctl(["events", "--json", "--filter", name])).jsonLines() as readonly Event[];
      expect(own.map((event) => ("unitId" in event ? event.unitId : undefined))).toEqual(own.map(() => `Main/${name}`));
      expect(own.map(({ type }) => type)).toEqual(["unit_planned", "unit_starting", "unit_started", "unit_ready"]);
    }
  });

  test("a terminal closed in the middle of a start ends the CLI, and neither the start, the services nor the daemon", async () => {
    const stack = await scene(three);
    const window = startProgram([process.execPath, terminal, process.execPath, envctlProgram, "start", "--json"], { cwd: stack.repo.root, env: stack.env });
    await window.seen(/"unit_started"/);
    window.signal("SIGKILL");
    await window.ended;
    await eventually(() => ofType(stack.events(), "intent_finished").length === 1, "the end of the start");
    expect(ofType(stack.events(), "intent_finished")).toMatchObject([{ ok: true }]);
    await eventually(() => !processesOf(stack.directory).some(({ command }) => command.includes(envctlProgram)), "the end of the CLI");
    const daemon = await daemonPid(stack);
    process.kill(daemon, "SIGHUP");
    expect((await stack.envctl(["health"])).code).toBe(0);
    expect(await daemonPid(stack)).toBe(daemon);
    expect(Object.values(stack.pids()).map(isAlive)).toEqual([true, true, true]);
  });
});

describe("S6", () => {
  const told = (stack: Scene, name: string): readonly Event[] => {
    const path = join(stack.repo.root, name);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Event);
  };

  test("`kill -9`: crashed, restarting, started, in order and once; the hooks ran once, with the event on their input", async () => {
    const stack = await scene((port) => ({
      on: { crashed: "cat >> everybody.jsonl" },
      services: { api: { command: puppet({ listen: "{port}" }), port, restart: { strategy: "fixed", base: "50ms", jitter: 0 }, on: { crashed: "cat >> own.jsonl" } } },
    }));
    expect((await stack.envctl(["trust", "--json"])).at("hooks")).toHaveLength(2);
    await stack.envctl(["start"]);
    const before = stack.events().length;
    process.kill(await programOf(stack, "Main/api"), "SIGKILL");
    await eventually(() => ofType(stack.events(), "unit_ready").length === 2, "its return");
    const { pid } = ofType(stack.events(), "unit_started").at(-1)?.handle ?? {};
    await eventually(() => stack.pids()["Main/api"] === pid, "the view of it");
    const after = stack.events().slice(before).filter(({ type }) => type !== "unit_planned");
    expect(after).toMatchObject([
      { type: "unit_crashed", unitId: "Main/api", exit: { kind: "signal", signal: "SIGKILL" } },
      { type: "unit_restarting", unitId: "Main/api", delayMs: 50 },
      { type: "unit_starting", unitId: "Main/api" },
      { type: "unit_started", unitId: "Main/api", handle: { pid: stack.pids()["Main/api"] } },
      { type: "unit_ready", unitId: "Main/api" },
    ]);
    await eventually(() => told(stack, "own.jsonl").length > 0, "the hooks");
    expect([told(stack, "everybody.jsonl"), told(stack, "own.jsonl")]).toEqual([after.slice(0, 1), after.slice(0, 1)]);
  });

  test("a hook that was changed since is not run before it is trusted again", async () => {
    const stack = await scene(() => ({ on: { stopped: "cat >> first.jsonl" }, services: { api: { command: puppet() } } }));
    await stack.envctl(["trust"]);
    await stack.envctl(["start"]);
    stack.configure({ on: { stopped: "cat >> second.jsonl" }, services: { api: { command: puppet() } } });
    await stack.envctl(["start"]);
    await stack.envctl(["stop"]);
    await eventually(() => ofType(stack.events(), "warning").length > 0, "the warning");
    expect(ofType(stack.events(), "warning")).toMatchObject([{ code: "hooks_untrusted" }]);
    expect([told(stack, "first.jsonl"), told(stack, "second.jsonl")]).toEqual([[], []]);
  });
});

describe("S7", () => {
  test("a service that says goodbye is stopped, not crashed; one that does not listen is killed after its grace and marked so", async () => {
    const stack = await scene((port) => ({
      services: {
        polite: { command: ["/bin/sh", "-c", "trap 'echo bye; exit 0' TERM; echo here; while :; do sleep 0.05; done"], port: "none", ready: { log: "here" } },
        deaf: { command: puppet({ ignoreTerm: true, listen: "{port}" }), port, stop: { grace: "300ms" } },
      },
    }));
    await stack.envctl(["start"]);
    const deaf = await programOf(stack, "Main/deaf");
    const report = reportOf(await stack.envctl(["stop", "--json"]));
    expect(report).toMatchObject({ ok: true, killed: [{ unitId: "Main/deaf", pid: deaf }] });
    expect(ofType(stack.events(), "unit_crashed")).toEqual([]);
    expect(ofType(stack.events(), "unit_stopped").toSorted((one, other) => one.unitId.localeCompare(other.unitId))).toMatchObject([
      { unitId: "Main/deaf", killed: [deaf] },
      { unitId: "Main/polite", killed: [], exit: { kind: "code", code: 0 } },
    ]);
    expect((await stack.envctl(["logs", "--service", "polite"])).stdout).toContain("bye");
    expect(misplacedIn(stack.events())).toEqual([]);
  });
});

const waiting = { command: puppet({ exit: 1 }), port: "none", critical: false, restart: { strategy: "fixed", base: "600s", max_delay: "600s" } };
const deaf = (port: number, grace: string) => ({ command: puppet({ ignoreTerm: true, listen: "{port}" }), port, stop: { grace } });
const slow = (port: number) => ({ command: puppet({ listen: "{port}", afterMs: 120_000 }), port, ready: { timeout: "120s" } });

/** Nothing lives of the daemon, of the services, or of what they started. */
async function expectNothingLeft(stack: Scene, daemon: number): Promise<void> {
  await eventually(() => !isAlive(daemon), "the end of the daemon");
  expect(puppets(stack)).toEqual([]);
  expect(stack.state().stoppedAt).toBeDefined();
  expect(misplacedIn(stack.events())).toEqual([]);
}

describe("S8: a stop of everything", () => {
  test("`daemon stop --with-services` with one in back-off, one in the middle of its start and one that ignores SIGTERM", async () => {
    const stack = await scene((port) => ({ services: { waiting, deaf: deaf(port, "500ms"), slow: slow(port + 1) } }));
    await stack.envctl(["start", "--service", "deaf,waiting"]);
    await eventually(() => status(stack, "Main/waiting") === "restarting", "the back-off");
    const start = stack.start(["start", "--json"]);
    await start.seen(/"unit_started","unitId":"Main\/slow"/);
    const daemon = await daemonPid(stack);
    const stopped = await stack.envctl(["daemon", "stop", "--with-services", "--json"], { timeoutMs: 20_000 });
    expect([stopped.code, stopped.at("running"), stopped.at("units")]).toEqual([0, false, 0]);
    // Its caller is told, not cut off.
    expect(reportOf(await start.ended)).toMatchObject({ ok: false, exit: 2 });
    await expectNothingLeft(stack, daemon);
  });

  test("the same with nothing running, without a daemon, and with what a killed daemon left", async () => {
    const stack = await scene((port) => ({ services: { deaf: deaf(port, "100ms") } }));
    expect((await stack.envctl(["daemon", "stop", "--with-services"])).code).toBe(0);
    await stack.envctl(["start"]);
    process.kill(await daemonPid(stack), "SIGKILL");
    expect((await stack.envctl(["daemon", "stop", "--with-services"])).code).toBe(0);
    expect((await stack.envctl(["daemon", "status", "--json"])).at("running")).toBe(false);
    await expectNothingLeft(stack, 0);
    expect((await stack.envctl(["daemon", "restart", "--with-services"])).code).toBe(1);
  });
});

describe("S8: signals", () => {
  test("a stop that hangs is cut short by a signal to the daemon that is leaving: killed now", async () => {
    const stack = await scene((port) => ({ services: { deaf: deaf(port, "120s") } }));
    await stack.envctl(["start"]);
    const daemon = await daemonPid(stack);
    const stop = stack.start(["daemon", "stop", "--with-services"], { timeoutMs: 30_000 });
    await eventually(() => status(stack, "Main/deaf") === "stopping", "the stop");
    process.kill(daemon, "SIGTERM");
    expect((await stop.ended).code).toBe(0);
    await expectNothingLeft(stack, daemon);
  });

  test("SIGTERM leaves the services running, also when it cancels a start; it ends with 0", async () => {
    const stack = await scene((port) => ({ services: { api: { command: puppet({ listen: "{port}" }), port }, slow: slow(port + 1) } }));
    const program = ["daemon.cjs", "daemon.js"].map((name) => join(packageRoot, "dist", name)).find((path) => existsSync(path)) ?? "";
    const daemon = startProgram([process.execPath, program, "--repository", stack.repo.root], { cwd: stack.directory, env: stack.env });
    await daemon.seen(/ready/);
    await stack.envctl(["start", "--service", "api"]);
    const before = stack.pids();
    const start = stack.start(["start", "--json"]);
    await start.seen(/"unit_started","unitId":"Main\/slow"/);
    daemon.signal("SIGTERM");
    expect(reportOf(await start.ended)).toMatchObject({ ok: false, exit: 2 });
    expect((await daemon.ended).code).toBe(0);
    expect(stack.pids()).toEqual(before);
    expect(isAlive(before["Main/api"] ?? 0)).toBe(true);
    expect(puppets(stack)).toHaveLength(2);
  });

  test("a stop that the daemon did not live to finish is finished by its successor, and is no crash", async () => {
    const stack = await scene((port) => ({ services: { deaf: { ...deaf(port, "1s"), restart: { strategy: "immediate" } } } }));
    await stack.envctl(["start"]);
    const stop = stack.start(["stop"]);
    await eventually(() => status(stack, "Main/deaf") === "stopping", "the stop");
    process.kill(await daemonPid(stack), "SIGKILL");
    await stop.ended;
    await stack.envctl(["daemon", "start"]);
    await eventually(() => stack.state().stoppedAt !== undefined, "the end of the run");
    expect(puppets(stack)).toEqual([]);
    expect(misplacedIn(stack.events())).toEqual([]);
    expect(stack.events().flatMap(({ type }) => (type === "unit_crashed" || type === "unit_restarting" || type === "unit_adopted" ? [type] : []))).toEqual([]);
    expect(status(stack, "Main/deaf")).toBe("stopped");
  });
});

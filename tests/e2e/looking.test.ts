/** Looking at a stack: its answers fit their schemas, its logs outlive it, its health tells the truth. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import type { Outcome } from "../rig/program.ts";
import { envctlProgram, startProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { ofType, reportOf, scene, streamedEvents, type Configuration } from "./scene.ts";

const shop = (port: number): Configuration => ({
  services: {
    backend: { dir: "api", restart: "never", command: puppet({ listen: "{port}", http: "healthy", showEnv: true }), port, env: { GREETING: "good day", API_TOKEN: "hidden-value" } },
    worker: { command: puppet(), critical: false },
  },
});
const files = { "api/.keep": "" };

function streamProblems(command: string, outcome: Outcome): readonly string[] {
  // One of each type: compiling the schema takes longer than checking.
  const events = new Map(streamedEvents(outcome).map((event) => [event.type, event])).values();
  return [...[...events].flatMap((event) => schemaProblems("events", event)), ...schemaProblems(command, reportOf(outcome))];
}

test("start, restart, resume and stop stream events that fit their schema and end with a report that fits its own", async () => {
  const stack = await scene(shop, { files });
  for (const command of ["start", "restart", "resume", "stop"]) {
    const outcome = await stack.envctl([command, "--json"]);
    expect(outcome.code, command).toBe(0);
    expect(streamedEvents(outcome).at(-1), command).toMatchObject({ type: "intent_finished" });
    expect(streamProblems(command, outcome), command).toEqual([]);
  }
  const refused = await stack.envctl(["resume", "--json"]);
  expect(streamProblems("resume", refused)).toEqual([]);
  const unknown = await stack.envctl(["start", "--project", "nobody", "--json"]);
  expect(schemaProblems("error", unknown.jsonLines().at(-1))).toEqual([]);
});

test("every look-up answers in its schema, while the stack runs and after it", async () => {
  const stack = await scene(shop, { files });
  const lookUps = [["status"], ["health"], ["errors"], ["endpoints"], ["logs"], ["env", "backend"], ["show-config"], ["show-state"], ["explain-startup"], ["explain", "backend"], ["preflight"], ["list-targets"], ["list-trees"], ["daemon", "status"]];
  const check = async (): Promise<void> => {
    const outcomes = await Promise.all(lookUps.map(async (args) => ({ args, outcome: await stack.envctl([...args, "--json"]) })));
    for (const { args, outcome } of outcomes) expect(schemaProblems(args[0] ?? "", outcome.json()), args.join(" ")).toEqual([]);
    for (const name of ["run_state", "runtime_map", "ports_manifest", "error_report"]) expect(schemaProblems(name, JSON.parse(readFileSync(join(stack.scope(), `${name}.json`), "utf8"))), name).toEqual([]);
  };
  await stack.envctl(["start"]);
  await check();
  await stack.envctl(["stop"]);
  await check();
});

test("exec runs with a unit's environment in its directory and hands its exit code on", async () => {
  const stack = await scene(shop, { files });
  await stack.envctl(["start"]);
  const outcome = await stack.envctl(["exec", "backend", "--", "sh", "-c", 'echo "$GREETING from $(pwd)"; exit 7']);
  expect(outcome).toMatchObject({ code: 7, stdout: `good day from ${join(stack.repo.root, "api")}\n` });
  expect((await stack.envctl(["exec", "nobody", "--", "true"])).code).toBeGreaterThan(0);
});

test("env masks secrets unless they are to be revealed, and endpoints names the ports", async () => {
  const stack = await scene(shop, { files });
  await stack.envctl(["start"]);
  const masked = await stack.envctl(["env", "backend", "--json"]);
  expect(masked.at("env.GREETING")).toBe("good day");
  expect(masked.stdout).not.toContain("hidden-value");
  expect((await stack.envctl(["env", "backend", "--reveal", "--json"])).at("env.API_TOKEN")).toBe("hidden-value");
  const endpoints = await stack.envctl(["endpoints", "--json"]);
  expect(endpoints.at("backend.port")).toBe(stack.port);
  expect((await fetch(String(endpoints.at("backend.local_url")))).status).toBe(200);
});

test("logs can be searched, also after stop", async () => {
  const stack = await scene(shop, { files });
  await stack.envctl(["start"]);
  await stack.envctl(["stop"]);
  const outcome = await stack.envctl(["logs", "--service", "backend", "--grep", "listens on", "--json"]);
  expect(outcome.code).toBe(0);
  expect(outcome.at("lines.0.text")).toContain(`listens on ${stack.port}`);
  expect(outcome.at("lines.1")).toBeUndefined();
});

test("a reader that leaves ends the logs quietly", async () => {
  const stack = await scene(() => ({ services: { worker: { command: puppet({ flood: 50_000 }), ready: { log: "^00049999" } } } }));
  await stack.envctl(["start"]);
  const script = '"$0" "$1" logs --tail all | head -1';
  const outcome = await startProgram(["/bin/sh", "-c", script, process.execPath, envctlProgram], { cwd: stack.repo.root, env: stack.env, timeoutMs: 10_000 }).ended;
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(outcome.stdout.split("\n")).toHaveLength(2);
});

test("health and errors tell of a unit that was killed, until it is resumed", async () => {
  const stack = await scene(shop, { files });
  await stack.envctl(["start"]);
  expect((await stack.envctl(["health"])).code).toBe(0);
  process.kill(-(stack.pids()["Main/backend"] ?? 0), "SIGKILL");
  const health = await stack.envctl(["health", "--json"]);
  expect(health.code).toBe(1);
  expect(health.at("critical_failures")).toEqual(["Main/backend"]);
  await expect.poll(() => ofType(stack.events(), "unit_crashed").length, { timeout: 5000 }).toBe(1);
  const errors = await stack.envctl(["errors", "--json"]);
  expect(errors.code).toBe(1);
  expect(errors.at("failed_services.0.name")).toBe("Main/backend");
  await stack.envctl(["resume"]);
  expect((await stack.envctl(["health"])).code).toBe(0);
});

const prepared = (run: string): ((port: number) => Configuration) => () => ({ services: { worker: { command: puppet(), prepare: [{ name: "install", run, inputs: ["lock.txt"] }] } } });

test("a prepare step runs once, and again when its inputs change", async () => {
  const stack = await scene(prepared("echo done >> runs.txt"), { files: { "lock.txt": "1" } });
  const runs = (): number => readFileSync(join(stack.repo.root, "runs.txt"), "utf8").split("\n").length - 1;
  await stack.envctl(["start"]);
  await stack.envctl(["stop"]);
  const again = await stack.envctl(["start", "--json"]);
  expect(ofType(streamedEvents(again), "unit_prepared")).toMatchObject([{ step: "install", skipped: true }]);
  expect(runs()).toBe(1);
  await stack.envctl(["stop"]);
  appendFileSync(join(stack.repo.root, "lock.txt"), "2");
  await stack.envctl(["start"]);
  expect(runs()).toBe(2);
});

test("a failing prepare step stops the start with its exit code and last lines, and runs again next time", async () => {
  const stack = await scene(prepared("echo no network; test -e fixed || exit 4"), { files: { "lock.txt": "1" } });
  const outcome = await stack.envctl(["start", "--json"]);
  expect(outcome.code).toBe(1);
  const [failure] = reportOf(outcome).failures;
  expect(failure).toMatchObject({ reason: "prepare_failed", message: expect.stringContaining("install") });
  expect(failure?.message).toContain("code 4");
  expect(failure?.logTail).toContain("no network");
  stack.repo.write("fixed", "");
  expect((await stack.envctl(["start"])).code).toBe(0);
  expect(existsSync(join(stack.scope(), "prepared.json"))).toBe(true);
});

test.skipIf(process.platform !== "linux")("neither looking, starting, stopping nor a blast asks ps, lsof or pgrep on Linux", async () => {
  const stack = await scene(shop, { files });
  const traps = join(stack.directory, "traps");
  mkdirSync(traps);
  for (const name of ["ps", "lsof", "pgrep"]) writeFileSync(join(traps, name), `#!/bin/sh\necho ${name} "$@" >>${join(stack.directory, "asked")}\nexit 1\n`, { mode: 0o755 });
  const env = { PATH: `${traps}:${stack.env["PATH"] ?? ""}` };
  for (const args of [["start"], ["status"], ["health"], ["endpoints"], ["explain", "backend"], ["stop"], ["blast-all"]]) expect((await stack.envctl(args, { env })).code, args.join(" ")).toBe(0);
  expect(existsSync(join(stack.directory, "asked"))).toBe(false);
  await stack.envctl(["exec", "backend", "--", "ps"], { env });
  expect(existsSync(join(stack.directory, "asked"))).toBe(true);
});

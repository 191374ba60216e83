import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { frontShell, type LaunchRequest } from "../../src/host/front-shell.ts";
import { createLauncher, type Launcher } from "../../src/host/launch.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { processTableOf } from "../../src/host/process-table.ts";
import { runLogged } from "../../src/host/run-logged.ts";
import { sendSignal, signalNames } from "../../src/host/signals.ts";
import { exitOfStatus } from "../../src/model/unit.ts";
import { processesOf } from "../rig/processes.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { bundled } from "./bundle.ts";
import { eventually } from "../rig/wait.ts";

const table = processTableOf(observeMachine());
const printEnvironment = [process.execPath, "-e", "console.log(JSON.stringify(process.env))"];

interface Launched {
  readonly pid: number;
  readonly directory: string;
  readonly status: () => Promise<number>;
  readonly log: () => string;
}

function requestIn(directory: string, command: readonly string[], more: Partial<LaunchRequest> = {}): LaunchRequest {
  return { command, directory, environment: { PATH: process.env["PATH"] ?? "" }, logPath: join(directory, "log"), statusPath: join(directory, "status"), ...more };
}

async function launched(launcher: Launcher, command: readonly string[], more: Partial<LaunchRequest> = {}): Promise<Launched> {
  const directory = temporaryDirectory(onTestFinished, "launch");
  onTestFinished(() => {
    for (const { pid } of processesOf(directory)) sendSignal(pid, "SIGKILL");
  });
  const request = requestIn(directory, command, more);
  const pid = await launcher.launch(request);
  return { pid, directory, status: () => statusOf(request.statusPath), log: () => (existsSync(request.logPath) ? readFileSync(request.logPath, "utf8") : "") };
}

async function statusOf(path: string): Promise<number> {
  return Number(await eventually(() => existsSync(path) && /^\d+\n$/.exec(readFileSync(path, "utf8"))?.[0], "the end"));
}

const ways = [
  ["the launch shell", true],
  ["Node itself", false],
] as const;

function launcherFor(hasSetsid: boolean): Launcher {
  const launcher = createLauncher(hasSetsid);
  afterAll(() => launcher.close());
  return launcher;
}

describe.each(ways)("through %s, the end", (_name, hasSetsid) => {
  const launcher = launcherFor(hasSetsid);

  test.each([
    ["exit 0", "exit 0", { kind: "code", code: 0 }],
    ["exit 7", "exit 7", { kind: "code", code: 7 }],
    ["SIGKILL", "kill -KILL $$", { kind: "signal", signal: "SIGKILL" }],
    ["SIGTERM", "kill -TERM $$", { kind: "signal", signal: "SIGTERM" }],
    ["SIGABRT", "kill -ABRT $$", { kind: "signal", signal: "SIGABRT" }],
  ])("the end by %s is told in the status file, and nowhere else", async (_how, script, exit) => {
    const { status, log } = await launched(launcher, ["/bin/sh", "-c", script]);
    expect(exitOfStatus(await status(), signalNames)).toEqual(exit);
    expect(log()).toBe("");
  });

  test("signals have their usual effect again", async () => {
    const { status, log } = await launched(launcher, ["/bin/sh", "-c", "grep SigIgn /proc/self/status; kill -INT $$; sleep 60"]);
    expect(await status()).toBe(130);
    expect(log()).toMatch(/SigIgn:\s0+$/m);
  });

  test("a program that is not there ends with 127 and says so in the log", async () => {
    const { status, log } = await launched(launcher, ["no-such-program-of-ours"]);
    expect(await status()).toBe(127);
    expect(log()).toContain("not found");
  });
});

const shells = ["dash", "bash"].map((name) => ["/bin", "/usr/bin"].map((directory) => join(directory, name)).find(existsSync)).filter((path) => path !== undefined);

test.each(shells)("the front shell says nothing of its own under %s, but why a program cannot be run", async (shell) => {
  const directory = temporaryDirectory(onTestFinished, "front");
  const log = (...command: readonly string[]): string => spawnSync(shell, ["-c", `exec 2>&1; ${frontShell}`, "envctl", join(directory, "status"), ...command], { encoding: "utf8" }).stdout;
  expect(log("/bin/sh", "-c", "echo said >&2; kill -KILL $$")).toBe("said\n");
  expect(await statusOf(join(directory, "status"))).toBe(137);
  expect(log("no-such-program-of-ours")).toContain("not found");
  expect(await statusOf(join(directory, "status"))).toBe(127);
});

describe.each(ways)("through %s", (_name, hasSetsid) => {
  const launcher = launcherFor(hasSetsid);

  test("the environment is what was given, quotes, newlines and odd names included", async () => {
    const environment = { PATH: "/nowhere", QUOTES: `it's "so" \\ $HOME`, LINES: "one\ntwo\n", "with.dots-and": "dotted", EMPTY: "", UNICODE: "żółć ☃", UID: "77", _: "kept" };
    const { status, log } = await launched(launcher, printEnvironment, { environment });
    expect(await status()).toBe(0);
    const { PWD: _set, _: _shell, SHLVL: _level, OLDPWD: _old, ...seen } = JSON.parse(log()) as Record<string, string>;
    const { _: _own, ...given } = environment;
    expect(seen).toEqual(given);
  });

  test("it leads a session of its own, reads nothing and appends to its log", async () => {
    const unit = await launched(launcher, [process.execPath, "-e", 'console.log(require("fs").readFileSync(0).length); console.error("trouble"); setInterval(() => {}, 1000)']);
    await eventually(() => unit.log().includes("trouble"), "the output");
    expect(unit.log()).toBe("0\ntrouble\n");
    expect(table.row(unit.pid)).toMatchObject({ pid: unit.pid, session: unit.pid, group: unit.pid });
    sendSignal(-unit.pid, "SIGTERM");
    expect(await unit.status()).toBe(143);
  });

  test("it works in directories with spaces, quotes and unicode", async () => {
    const parent = temporaryDirectory(onTestFinished, "launch");
    const directory = join(parent, "it's a żółć ☃ $HOME");
    mkdirSync(directory);
    const { status, log } = await launched(launcher, [process.execPath, "-e", "console.log(process.cwd())"], { directory });
    expect(await status()).toBe(0);
    expect(log()).toBe(`${directory}\n`);
  });
});

test("a directory that is gone is told in the log, and the end is seen", async () => {
  const launcher = createLauncher(true);
  onTestFinished(() => launcher.close());
  const { status, log } = await launched(launcher, ["true"], { directory: "/nonexistent/place" });
  expect(await status()).toBe(126);
  expect(log()).toContain("/nonexistent/place");
});

test("twenty at once all get their own status, and another shell is made when the first was killed", async () => {
  const launcher = createLauncher(true);
  onTestFinished(() => launcher.close());
  const units = await Promise.all(Array.from({ length: 20 }, (_, code) => launched(launcher, ["/bin/sh", "-c", `exit ${code}`])));
  expect(await Promise.all(units.map((unit) => unit.status()))).toEqual(units.map((_, code) => code));
  const shell = table.children(process.pid).find((pid) => table.describe(pid).command === "/bin/sh -s");
  sendSignal(shell ?? 0, "SIGKILL");
  await eventually(() => table.row(shell ?? 0) === undefined, "the shell's end");
  const after = await eventually(() => launched(launcher, ["/bin/sh", "-c", "exit 5"]).catch(() => undefined), "another launch");
  expect(await after.status()).toBe(5);
});

test("a unit survives its parent's SIGKILL, and its end is still told", async () => {
  const directory = temporaryDirectory(onTestFinished, "launch");
  onTestFinished(() => {
    for (const { pid } of processesOf(directory)) sendSignal(pid, "SIGKILL");
  });
  const request = requestIn(directory, ["/bin/sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; exit 9"]);
  const program = await bundled(`import { createLauncher } from "./src/host/launch.ts"; createLauncher(true).launch(JSON.parse(process.argv[2])).then((pid) => console.log(pid)); setInterval(() => {}, 1000);`, directory, "parent");
  const parent = spawn(process.execPath, [program, JSON.stringify(request)], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  expect(table.row(pid)).toBeDefined();
  expect(existsSync(request.statusPath) ? readFileSync(request.statusPath, "utf8") : "").toBe("");
  spawn("touch", [join(directory, "go")]);
  expect(await statusOf(request.statusPath)).toBe(9);
});

describe("a step", () => {
  const run = (directory: string, script: string, more: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}) =>
    runLogged({ command: ["/bin/sh", "-c", script], directory, environment: { PATH: process.env["PATH"] ?? "" }, logPath: join(directory, "log"), timeoutMs: 5000, signal: new AbortController().signal, ...more });

  test("ends with its exit and its output in the log", async () => {
    const directory = temporaryDirectory(onTestFinished, "step");
    expect(await run(directory, "echo out; echo err >&2; exit 4")).toEqual({ exit: { kind: "code", code: 4 } });
    expect(readFileSync(join(directory, "log"), "utf8")).toBe("out\nerr\n");
  });

  test("that takes too long ends with everything it started", async () => {
    const directory = temporaryDirectory(onTestFinished, "step");
    expect(await run(directory, `sh -c 'sleep 60; echo ${directory}' & sleep 60; echo ${directory}`, { timeoutMs: 100 })).toEqual({ trouble: "timeout" });
    await eventually(() => processesOf(directory).length === 0, "the end of the group");
  });

  test("is cancelled at once, also when that was known before", async () => {
    const directory = temporaryDirectory(onTestFinished, "step");
    expect(await run(directory, "sleep 60", { signal: AbortSignal.abort() })).toEqual({ trouble: "cancelled" });
  });

  test("without a program tells why", async () => {
    const directory = temporaryDirectory(onTestFinished, "step");
    const result = await runLogged({ command: ["no-such-program-of-ours"], directory, environment: {}, logPath: join(directory, "log"), timeoutMs: 1000, signal: new AbortController().signal });
    expect(result).toMatchObject({ trouble: expect.stringContaining("ENOENT") as string });
  });
});

/** The dashboard in a real terminal: what a person sees, what keys do, and what is left of it afterwards. */
import { spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendSignal } from "../../src/host/signals.ts";
import { childrenOf } from "../rig/processes.ts";
import { envctlProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { openProgram, openTerminal } from "../rig/terminal.ts";
import type { TerminalScreen } from "../rig/terminal-screen.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, scene, type Scene } from "./scene.ts";

const escape = "\u001b";

function openDashboard(stack: Scene): TerminalScreen {
  return openTerminal(onTestFinished, ["dashboard"], { cwd: stack.repo.root, env: stack.env });
}

const services = (port: number): Readonly<Record<string, unknown>> => ({
  services: {
    api: { command: puppet({ listen: "{port}", countMs: 50 }), port, restart: "never" },
    web: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["api"], restart: "never" },
  },
});

test("a day with it: logs, a restart, a crash, details, the palette, a question, another size, a lost daemon, and the terminal as it was", async () => {
  const stack = await scene(services);
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const before = stack.pids();
  const terminal = openDashboard(stack);

  const first = await terminal.shows(/web +● running[\s\S]*q quit/);
  expect(first).toMatch(/▌ +api +● running +:\d+/);
  expect([terminal.isAlternate(), terminal.isCursorHidden()]).toEqual([true, true]);
  await terminal.shows(/Logs Main\/api following[\s\S]*count \w+ \d+/);

  terminal.press("r");
  await terminal.shows(/restart Main\/api: done/);
  expect(stack.pids()["Main/api"]).not.toBe(before["Main/api"]);
  expect(stack.pids()["Main/web"]).toBe(before["Main/web"]);

  await oneStopped(terminal, stack);

  process.kill(-(before["Main/web"] ?? 0), "SIGKILL");
  await terminal.shows(/1 failed/);
  terminal.press("!\r");
  await terminal.shows(/Details Main\/web[\s\S]*Main\/web is failed\.[\s\S]*an unseen end/);

  terminal.press(":health");
  await terminal.shows(/╭─ Commands[\s\S]*health/);
  terminal.press("\r");
  await terminal.shows(/╭─ health[\s\S]*Main\/web/);

  terminal.press(escape);
  await terminal.shows(/Units[^╭]*$/);
  terminal.press("*s");
  await terminal.shows(/stop 2 units\?[\s\S]*ends Main\/api: [\s\S]*y does it/);
  terminal.press("n");
  await terminal.shows(/nothing was done/);
  expect(isAlive(stack.pids()["Main/api"] ?? 0)).toBe(true);

  await otherSizes(terminal);

  const { pid } = JSON.parse((await stack.envctl(["daemon", "status", "--json"])).stdout) as { readonly pid: number };
  process.kill(pid, "SIGKILL");
  await terminal.shows(/no daemon: nothing is supervised/);
  terminal.press("D");
  await terminal.shows(/● daemon/);

  await oneStartedAnew(terminal);

  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  await eventually(() => !terminal.isAlternate() && !terminal.isCursorHidden(), "the terminal as it was");
});

/** What goes on without it is named before and after. */
async function oneStopped(terminal: TerminalScreen, stack: Scene): Promise<void> {
  const web = stack.pids()["Main/web"];
  terminal.press("s");
  await terminal.shows(/stop Main\/api\?[\s\S]*ends Main\/api: stop was asked for[\s\S]*leaves Main\/web: goes on running without Main\/api/);
  terminal.press("y");
  await terminal.shows(/stop Main\/api: done in [^;]+; Main\/web goes on running without Main\/api/);
  expect([stack.pids()["Main/api"], stack.pids()["Main/web"]]).toEqual([undefined, web]);
  terminal.press("a");
  await terminal.shows(/start Main\/api: done in/);
}

/** After everything was stopped, one unit begins a run that the other is not part of. */
async function oneStartedAnew(terminal: TerminalScreen): Promise<void> {
  terminal.press(":stop --nothing\r");
  await terminal.shows(/╭─ stop --nothing ─+╮[\s\S]*Unknown option[\s\S]*Esc closes/);
  terminal.press(escape);
  await terminal.shows(/^[^╭]*$/);
  terminal.press(":stop --all\r");
  await terminal.shows(/╭─ stop --all\?[\s\S]*Main\/api[\s\S]*y does it/);
  terminal.press("n");
  await terminal.shows(/^[^╭]*nothing was done/);
  terminal.press(":stop-all\r");
  await terminal.shows(/stop-all\?[\s\S]*Main\/api[\s\S]*y does it/);
  terminal.press("y");
  await terminal.shows(/╭─ stop-all ─+╮ *\n[^\n]*stopped/);
  terminal.press(escape);
  await terminal.shows(/^[^╭]*$/);
  terminal.press(escape);
  await terminal.shows(/── Logs/);
  terminal.press(escape);
  await terminal.shows(/Units ━{20,}/);
  terminal.press("k");
  await terminal.shows(/▌ +api +○ stopped/);
  terminal.press("a");
  await terminal.shows(/start Main\/api: done in [^;]+; a new run, without Main\/web: `:start --project/);
}

async function otherSizes(terminal: TerminalScreen): Promise<void> {
  terminal.resize(160, 40);
  await terminal.shows(/Units.*│.*Logs/);
  terminal.resize(40, 7);
  await terminal.shows(/envctl needs 40×8/);
  terminal.resize(80, 24);
  await terminal.shows(/q quit/);
}

test("killed at once, it leaves the screen it was opened on, also where the terminal's session ends with it", async () => {
  const stack = await scene(services);
  const terminal = openProgram(onTestFinished, ["sh", "-c", '"$@"; exit 0', "sh", process.execPath, envctlProgram, "dashboard"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/Nothing runs here yet/);
  const [child] = childrenOf(terminal.pid);
  process.kill(child ?? 0, "SIGKILL");
  await eventually(() => !terminal.isAlternate() && !terminal.isCursorHidden(), "the screen it was opened on");
  expect(await terminal.ended).toBe(0);
});

test("killed at once, it leaves the shell it was typed in to go on as before", async () => {
  const stack = await scene(services);
  const terminal = openProgram(onTestFinished, ["bash", "--norc", "--noprofile", "-i"], { cwd: stack.repo.root, env: { ...stack.env, PS1: "go on> " } });
  await terminal.shows(/go on> /);
  terminal.press(`'${process.execPath}' '${envctlProgram}' dashboard\r`);
  await terminal.shows(/Nothing runs here yet/);
  const [child] = childrenOf(terminal.pid);
  process.kill(child ?? 0, "SIGKILL");
  await eventually(() => !terminal.isAlternate() && !terminal.isCursorHidden(), "the screen it was opened on");
  // The shell may prompt before the screen is back, and on the other one then.
  await eventually(() => /Killed[\s\S]*go on> /.test(terminal.written()), "the shell's prompt");
  terminal.press("echo $((40 + 2))\r");
  expect((await terminal.shows(/^42$/m)).match(/echo/g)).toHaveLength(1);
  terminal.press("exit\r");
  await terminal.ended;
});

test("in tmux it fills the window, follows its size, answers keys at once and leaves it", async () => {
  if (spawnSync("sh", ["-c", "command -v tmux"]).status !== 0) {
    console.log("tmux is not installed: the dashboard in it is not tried");
    return;
  }
  const stack = await scene(services);
  const env = { ...stack.env, TMUX_TMPDIR: stack.stateRoot };
  const words = ["tmux", "-L", "envctl-test", "-f", "/dev/null", "new-session", process.execPath, envctlProgram, "dashboard"];
  onTestFinished(() => void spawnSync("tmux", ["-L", "envctl-test", "kill-server"], { env }));
  const terminal = openProgram(onTestFinished, words, { cwd: stack.repo.root, env });
  await terminal.shows(/Nothing runs here yet[\s\S]*q quit/);
  terminal.press("?");
  await terminal.shows(/╭─ Keys/);
  terminal.press(escape);
  await terminal.shows(/^[^╭]*$/);
  terminal.resize(120, 34);
  await terminal.shows(/^━━ Units ━{40,}│── Logs.*\n[\s\S]*q quit/m);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  await eventually(() => !terminal.isAlternate(), "the terminal tmux was started in");
});

test("jobs: what runs is listed with what it writes as it writes it; a key ends it, another runs it again", async () => {
  const stack = await scene((port) => ({ services: { api: { command: puppet({ listen: "{port}" }), port, restart: "never" } } }));
  const terminal = openDashboard(stack);
  await terminal.shows(/Nothing runs here yet/);
  terminal.press("J");
  await terminal.shows(/No job waits, runs or has a result/);
  expect((await stack.envctl(["run", "--no-wait", "--name", "seed", "--", ...puppet({ countMs: 50 })])).code).toBe(0);
  await terminal.shows(/1 job runs[\s\S]*▌ ◐ running +seed +Main +\d[\s\S]*count \w+ \d+[\s\S]*count/);
  terminal.press("s");
  await terminal.shows(/▌ ○ cancelled +seed[\s\S]*was stopped[\s\S]*job seed: cancelled/);
  terminal.press("r");
  await terminal.shows(/▌ ◐ running #2 +seed[\s\S]*count/);
  terminal.press("s");
  await terminal.shows(/▌ ○ cancelled #2 +seed/);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
});

test("`start` on a terminal goes on as the dashboard; a command gets the terminal and gives it back, with its keys; the report stays behind it", async () => {
  const stack = await scene(services);
  const terminal = openTerminal(onTestFinished, ["start"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/web +● running[\s\S]*q quit/);
  for (let time = 0; time < 2; time += 1) {
    terminal.press(":version\r");
    await terminal.shows(/any key goes back to the dashboard/);
    expect(terminal.isAlternate()).toBe(false);
    terminal.press("x");
    await terminal.shows(/q quit/);
  }
  writeFileSync(join(stack.repo.root, "new.txt"), "");
  terminal.press("c");
  await terminal.shows(/commit Main\?[\s\S]*\?\? new\.txt[\s\S]*Message:/);
  terminal.press(escape);
  await terminal.shows(/nothing was done/);
  await mouse(terminal);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  await terminal.shows(/Started 2 units/);
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.written().lastIndexOf(`${escape}[?1000l`)).toBeGreaterThan(terminal.written().lastIndexOf(`${escape}[?1000h`));
});

test("a reader of screens gets sentences on the screen as it is, and the same keys", async () => {
  const stack = await scene(services);
  const terminal = openTerminal(onTestFinished, ["dashboard"], { cwd: stack.repo.root, env: { ...stack.env, INK_SCREEN_READER: "true" } });
  await terminal.shows(/^Nothing runs here yet\. A starts it\.[\s\S]*Keys: r restart/m);
  terminal.press("J");
  await terminal.shows(/^Jobs:\n +No job waits/m);
  expect(terminal.isAlternate()).toBe(false);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
});

/** Two turns of the wheel may come in one piece. */
async function mouse(terminal: TerminalScreen): Promise<void> {
  expect(terminal.written()).not.toContain("[?1000h");
  terminal.press("M");
  await terminal.shows(/the wheel scrolls/);
  const row = terminal.text().split("\n").findIndex((line) => line.includes("web ")) + 1;
  terminal.press(`${escape}[<0;6;${row}M${escape}[<0;6;${row}m`);
  await terminal.shows(/▌ +web/);
  terminal.press(`${escape}[<64;6;20M${escape}[<64;6;20M`);
  await terminal.shows(/Logs Main\/web paused/);
}

test("nothing is written while nothing changes, and only the line that did when something does; it is left at once, also while the daemon hangs", async () => {
  const stack = await scene((port) => ({ services: { api: { command: puppet({ listen: "{port}" }), port, restart: "never" } } }));
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const terminal = openDashboard(stack);
  await terminal.shows(/api +● running[\s\S]*q quit/);
  // Keys are heard once everything is loaded.
  terminal.press("?");
  await terminal.shows(/╭─ Keys/);
  terminal.press(escape);
  await terminal.shows(/^[^╭╰]*$/);
  const written = terminal.written().length;
  appendFileSync(stack.state().units["Main/api"]?.logPath ?? "", "a line of its own\n");
  await terminal.shows(/a line of its own/);
  const rows = [...terminal.written().slice(written).matchAll(/\u001b\[(\d+);\d+H/g)].map(([, row]) => Number(row));
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows).size).toBeLessThanOrEqual(6);
  // A daemon that hangs holds nobody up.
  const pid = Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
  onTestFinished(() => void sendSignal(pid, "SIGCONT"));
  sendSignal(pid, "SIGSTOP");
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
});

/** The setup in a real terminal: a newcomer in a repository without a configuration. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { childrenOf } from "../rig/processes.ts";
import { envctlProgram } from "../rig/program.ts";
import { openProgram, openTerminal } from "../rig/terminal.ts";
import type { TerminalScreen } from "../rig/terminal-screen.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

const server = `require("http").createServer((q, s) => s.end("hello")).listen(process.env.PORT, "127.0.0.1")`;
const files = { "package.json": JSON.stringify({ name: "hello", scripts: { dev: "node server.js" } }), "server.js": server, "worker/package.json": JSON.stringify({ scripts: { worker: "node worker.js" } }) };

function openSetup(stack: Scene, command = "config"): TerminalScreen {
  return openTerminal(onTestFinished, [command], { cwd: stack.repo.root, env: stack.env });
}

test("`start` in a repository without a configuration asks, and a few keys later the stack runs; leaving writes nothing; a second time shows what is configured", async () => {
  const stack = await scene(() => ({}), { files });
  const file = join(stack.repo.root, ".envctl");
  rmSync(file);

  const left = openSetup(stack);
  await left.shows(/\[x\] backend +package.json: script "dev"/);
  left.press("q");
  expect(await left.ended).toBe(0);
  expect(existsSync(file)).toBe(false);

  const terminal = openSetup(stack, "start");
  let keys = "envctl start\r".length;
  const press = (text: string): void => {
    keys += text.replaceAll(/\u001b\[./g, "x").length;
    terminal.press(text);
  };
  await terminal.shows(/\[x\] backend[\s\S]*\[x\] worker/);
  expect(terminal.isAlternate()).toBe(true);
  // Down to the port of the first service: 8000 becomes a free one.
  press("\u001b[B\u001b[B\u001b[Be");
  await terminal.shows(/port +8000▏/);
  press(`\u007f\u007f\u007f\u007f${stack.port}\r`);
  await terminal.shows(new RegExp(`port +${stack.port}(?!▏)`));
  press("\u001b[B ");
  await terminal.shows(/\[ \] worker/);
  press("\r");
  await terminal.shows(/\+ +command: "npm run dev"[\s\S]*enter write it/);
  press("\r");
  await terminal.shows(/backend +● (running|healthy)[\s\S]*q quit/);
  // Far less than a minute of typing, also for somebody who types one key a second.
  expect(keys).toBeLessThan(40);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  expect(terminal.isAlternate()).toBe(false);
  expect(readFileSync(file, "utf8")).not.toContain("worker");
  expect(await (await fetch(`http://127.0.0.1:${stack.port}/`)).text()).toBe("hello");

  const again = openSetup(stack);
  await again.shows(/\[x\] backend +configured/);
  again.press("nworker\renode worker.js\r\r");
  await again.shows(/\+ +worker:\n\+ +dir: \.\n\+ +command: "node worker\.js"[\s\S]*enter write it/);
  again.press("\u001b");
  await again.shows(/\[x\] worker +added here/);
  again.press("\u0003");
  expect(await again.ended).toBe(0);
});

test("`a` in a dashboard without a configuration asks, and starts at once when it was written; left, it starts nothing", async () => {
  const stack = await scene(() => ({}), { files });
  rmSync(join(stack.repo.root, ".envctl"));
  const terminal = openSetup(stack, "dashboard");
  await terminal.shows(/Nothing runs here yet/);
  terminal.press("a");
  await terminal.shows(/\[x\] backend/);
  terminal.press("q");
  await terminal.shows(/`start` needs a configuration, and none was written/);
  terminal.press("a");
  await terminal.shows(/\[x\] backend/);
  terminal.press("\u001b[B\u001b[B\u001b[Be");
  terminal.press(`\u007f\u007f\u007f\u007f${stack.port}\r`);
  await terminal.shows(new RegExp(`port +${stack.port}(?!▏)`));
  terminal.press("\u001b[B ");
  await terminal.shows(/\[ \] worker/);
  terminal.press("\r");
  await terminal.shows(/enter write it/);
  terminal.press("\r");
  await terminal.shows(/backend +● (running|healthy)[\s\S]*start everything: done in/);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
});

test("killed at once, the setup leaves a terminal whose lines are edited and shown again", async () => {
  const stack = await scene(() => ({}), { files });
  rmSync(join(stack.repo.root, ".envctl"));
  const script = '"$@"; until stty -a | grep -Eq "(^| )icanon"; do sleep 0.05; done; echo lines again; exit 0';
  const terminal = openProgram(onTestFinished, ["sh", "-c", script, "sh", process.execPath, envctlProgram, "config"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/\[x\] backend/);
  const [child = 0] = childrenOf(terminal.pid);
  await eventually(() => childrenOf(child).length > 0, "its guard");
  process.kill(child, "SIGKILL");
  await terminal.shows(/lines again/);
  expect(await terminal.ended).toBe(0);
  await eventually(() => !terminal.isAlternate() && !terminal.isCursorHidden(), "the screen it was opened on");
});

/** Whose the terminal is: the dashboard's, another program's, or the shell's, with the keys that stop and interrupt. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { envctlProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { openProgram, openTerminal } from "../rig/terminal.ts";
import type { TerminalScreen } from "../rig/terminal-screen.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

/** Tells what it hears, until a line is typed. */
const pagerProgram = `for (const [signal, word] of [["SIGINT", "interrupted"], ["SIGCONT", "resumed"]]) process.on(signal, () => console.log(word));
require("node:fs").createReadStream("/dev/tty").once("data", () => process.exit());
console.log("paging");
`;
const escape = "\u001b";

test("a pager has the terminal to itself until it ends, and a shell until `fg`; without a shell Ctrl-Z stops nothing; who leaves takes nothing back", async () => {
  const stack = await scene((port) => ({ services: { api: { command: puppet({ countMs: 50 }), port: "none" }, web: { command: puppet({ listen: "{port}", afterMs: 1500 }), port, restart: "never" } } }));
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const pager = join(stack.stateRoot, "pager");
  writeFileSync(pager, `#!${process.execPath}\n${pagerProgram}`, { mode: 0o755 });
  const env = { ...stack.env, PS1: "go on> ", PAGER: pager };
  const terminal = openProgram(onTestFinished, ["bash", "--norc", "--noprofile", "-i"], { cwd: stack.repo.root, env });
  await terminal.shows(/go on> /);
  terminal.press(`'${process.execPath}' '${envctlProgram}' dashboard\r`);
  await terminal.shows(/web +● running[\s\S]*q quit/);
  // What is asked for twice in one piece is done once.
  terminal.press("LOO");
  await terminal.shows(/^paging/m);
  terminal.press(ctrl("c"));
  await terminal.shows(/^(\^C)?interrupted/m);
  await stoppedAndBack(terminal);
  await terminal.shows(/^resumed/m);
  terminal.press(ctrl("c"));
  await terminal.shows(/^resumed[\s\S]*interrupted/m);
  terminal.press("\r");
  await terminal.shows(/web +● running[\s\S]*q quit/);
  await stoppedAndBack(terminal);
  await terminal.shows(/web +● running[\s\S]*q quit/);
  terminal.press("q");
  await eventually(() => !terminal.isAlternate(), "the shell's screen");
  terminal.press("exit\r");
  await terminal.ended;

  const alone = openTerminal(onTestFinished, ["dashboard"], { cwd: stack.repo.root, env: stack.env });
  await alone.shows(/web +● running[\s\S]*q quit/);
  alone.press(`${ctrl("z")}?`);
  await alone.shows(/╭─ Keys/);
  alone.press(escape);
  await alone.shows(/^[^╭]*$/);
  await leftWhileItStarts(alone, stack);
});

/** What was asked for goes on. */
async function leftWhileItStarts(terminal: TerminalScreen, stack: Scene): Promise<void> {
  const before = stack.pids()["Main/web"];
  terminal.press(":restart --service web\r");
  await terminal.shows(/restart --service web\?[\s\S]*restart[\s\S]*y does it/);
  terminal.press("y");
  await terminal.shows(/web +◐ starting/);
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  await eventually(() => stack.state().units["Main/web"]?.life.status === "ready" && stack.pids()["Main/web"] !== before, "what was asked for");
}

async function stoppedAndBack(terminal: TerminalScreen): Promise<void> {
  terminal.press(ctrl("z"));
  await terminal.shows(/Stopped[^\n]*\ngo on>\s*$/);
  expect(terminal.isAlternate()).toBe(false);
  terminal.press("fg\r");
}

/** What a letter sends with the control key. */
function ctrl(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) - 96);
}

import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePorts, isFree } from "./ports.ts";
import { processesOf, stageMark } from "./processes.ts";
import { startProgram, type RunningProgram } from "./program.ts";
import { puppet, type PuppetBehaviour } from "./puppet.ts";
import { cleanEnvironment } from "./stage.ts";
import { temporaryDirectory } from "./temporary.ts";

function play(behaviour: PuppetBehaviour): { readonly program: RunningProgram; readonly directory: string } {
  const directory = temporaryDirectory(onTestFinished, "puppet");
  const program = startProgram(puppet(behaviour), { cwd: directory, env: { ...cleanEnvironment(process.env), [stageMark]: directory } });
  onTestFinished(() => {
    for (const { pid } of processesOf(directory)) process.kill(pid, "SIGKILL");
  });
  return { program, directory };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });
}

test("a puppet listens, answers health requests and ends on SIGTERM", async () => {
  const port = await freePorts();
  const { program } = play({ listen: port, http: "unready" });
  await program.seen(/listens on/);
  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toEqual({ ready: false });
  program.signal("SIGTERM");
  expect((await program.ended).code).toBe(0);
  expect(await isFree(port)).toBe(true);
});

test("a puppet told to exit does so with its code and without listening", async () => {
  const { program } = play({ exit: 7, listen: 1 });
  expect(await program.ended).toMatchObject({ code: 7 });
});

test("a puppet that ignores SIGTERM lives on", async () => {
  const { program } = play({ ignoreTerm: true });
  await program.seen(/starts/);
  program.signal("SIGTERM");
  await program.seen(/SIGTERM/);
  program.signal("SIGKILL");
  expect(await program.ended).toMatchObject({ code: undefined, signal: "SIGKILL" });
});

test("every line of a flood is written", async () => {
  const { program } = play({ flood: 2500, exit: 0 });
  const lines = (await program.ended).stdout.split("\n").filter((line) => line.endsWith("xxx"));
  expect(lines).toHaveLength(2500);
  expect(lines.every((line) => line.length === 99)).toBe(true);
});

test.each(["orphan", "session"] as const)("the listener of a puppet can be another process: %s", async (through) => {
  const port = await freePorts();
  const { program, directory } = play({ listen: port, through, cleanEnv: true });
  await program.seen(/listens on/);
  expect(await answers(port)).toBe(true);
  const found = processesOf(directory).map(({ pid }) => pid);
  expect(found).toHaveLength(2);
  expect(found).toContain(program.pid);
});

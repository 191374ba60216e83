/** What `stop-all` and `blast-all` leave of services that do not end nicely: nothing. And of everything else: all of it. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { processesOf } from "../rig/processes.ts";
import { puppet, type PuppetBehaviour } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { isAlive, scene, type Configuration, type Scene } from "./scene.ts";

const unit = (port: number, behaviour: PuppetBehaviour): Configuration => ({ services: { api: { command: puppet({ listen: "{port}", ...behaviour }), port, stop: { grace: "500ms" } } } });
const locks = (stack: Scene): readonly string[] => readdirSync(join(stack.stateRoot, "ports")).filter((name) => name.endsWith(".lock"));
const puppets = (stack: Scene): readonly number[] => processesOf(stack.stateRoot).concat(processesOf(stack.repo.root)).filter(({ command }) => command.includes("puppet.mjs")).map(({ pid }) => pid);
const killDaemon = async (stack: Scene): Promise<void> => void process.kill(Number((await stack.envctl(["daemon", "status", "--json"])).at("pid")), "SIGKILL");

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });
}

/** The same program without a mark, on the next port: killed by nobody but the test. */
async function bystander(stack: Scene): Promise<number> {
  const [program = "", ...args] = puppet({ listen: stack.port + 1 });
  const child = spawn(program, args, { cwd: stack.directory, detached: true, stdio: "ignore", env: { PATH: process.env["PATH"] } });
  onTestFinished(() => void child.kill("SIGKILL"));
  await eventually(() => answers(stack.port + 1), "the bystander's port");
  return child.pid ?? 0;
}

const cases: readonly (readonly [string, PuppetBehaviour, boolean])[] = [
  ["ends when asked", {}, false],
  ["ignores SIGTERM", { ignoreTerm: true }, false],
  ["left a grandchild that ignores SIGTERM", { helper: "orphan" }, false],
  ["left a grandchild in a session of its own that ignores SIGTERM", { helper: "session" }, false],
  ["has lost its supervisor", {}, true],
  ["ignores SIGTERM, left a grandchild in a session of its own, and has lost its supervisor", { ignoreTerm: true, helper: "session" }, true],
];

describe.each(["stop-all", "blast-all"])("%s", (command) => {
  test.each(cases)("leaves nothing of a service that %s, and touches nobody else", async (_how, behaviour, isOrphaned) => {
    const stack = await scene((port) => unit(port, behaviour));
    const stranger = await bystander(stack);
    expect((await stack.envctl(["start"])).code).toBe(0);
    const own = puppets(stack);
    expect(own.length).toBeGreaterThanOrEqual(behaviour.helper === undefined ? 2 : 3);
    if (isOrphaned) await killDaemon(stack);
    const ended = await stack.envctl([command, "--json"]);
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
    expect(own.filter(isAlive)).toEqual([]);
    expect(puppets(stack)).toEqual([]);
    expect(locks(stack)).toEqual([]);
    expect(isAlive(stranger)).toBe(true);
    expect(await answers(stack.port + 1)).toBe(true);
    expect((await stack.envctl(["status", "--json"])).at("status_counts")).toEqual({ stopped: 1 });
    expect(stack.state().stoppedAt).toBeDefined();
  });
});

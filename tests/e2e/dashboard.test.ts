/** The dashboard in a real terminal: what a person sees and what keys do. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { expect, onTestFinished, test } from "vitest";
import { envctlProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { scene, type Scene } from "./scene.ts";

interface Terminal {
  /** Resolves with the screen once it shows the pattern. */
  shows(pattern: RegExp): Promise<string>;
  press(keys: string): void;
  readonly isAlternate: () => boolean;
  readonly ended: Promise<number>;
}

const [cols, rows] = [100, 30];

/** Variables that make terminal libraries believe nobody watches. */
const hidden = /^(CI|VITEST.*|NO_COLOR|CONTINUOUS_INTEGRATION|BUILD_NUMBER|RUN_ID)$/;

function openDashboard(stack: Scene): Terminal {
  const screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  const env = Object.fromEntries(Object.entries(stack.env).filter(([name]) => !hidden.test(name)));
  const program = spawn(process.execPath, [envctlProgram, "dashboard"], { cols, rows, cwd: stack.repo.root, env: { ...env, TERM: "xterm-256color" } });
  const watchers = new Set<() => void>();
  program.onData((data) => screen.write(data, () => watchers.forEach((look) => look())));
  onTestFinished(() => program.kill());
  const text = (): string => Array.from({ length: rows }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? "").join("\n");
  return {
    shows: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(text())) return;
          watchers.delete(look);
          resolve(text());
        };
        watchers.add(look);
        look();
      }),
    press: (keys) => program.write(keys),
    isAlternate: () => screen.buffer.active.type === "alternate",
    ended: new Promise((resolve) => program.onExit(({ exitCode }) => resolve(exitCode))),
  };
}

test("it shows every unit, restarts the chosen one on `r`, notices a crash, and leaves the terminal as it was", async () => {
  const stack = await scene((port) => ({
    services: { api: { command: puppet({ listen: "{port}" }), port, restart: "never" }, web: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["api"], restart: "never" } },
  }));
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const before = stack.pids();
  const terminal = openDashboard(stack);

  const first = await terminal.shows(/web.*running[\s\S]*q quit/);
  expect(first).toMatch(/› api +running +\d+/);
  expect(terminal.isAlternate()).toBe(true);

  terminal.press("r");
  await terminal.shows(/restart Main\/api: done/);
  expect(stack.pids()["Main/api"]).not.toBe(before["Main/api"]);
  expect(stack.pids()["Main/web"]).toBe(before["Main/web"]);

  process.kill(-(before["Main/web"] ?? 0), "SIGKILL");
  await terminal.shows(/web +(failed|stale)/);

  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  expect(terminal.isAlternate()).toBe(false);
});

/** The dashboard in a real terminal: what a person sees and what keys do. */
import { expect, onTestFinished, test } from "vitest";
import { puppet } from "../rig/puppet.ts";
import { openTerminal } from "../rig/terminal.ts";
import { scene } from "./scene.ts";

test("it shows every unit, restarts the chosen one on `r`, notices a crash, and leaves the terminal as it was", async () => {
  const stack = await scene((port) => ({
    services: { api: { command: puppet({ listen: "{port}" }), port, restart: "never" }, web: { command: puppet({ listen: "{port}" }), port: port + 1, depends_on: ["api"], restart: "never" } },
  }));
  expect((await stack.envctl(["start", "--json"])).code).toBe(0);
  const before = stack.pids();
  const terminal = openTerminal(onTestFinished, ["dashboard"], { cwd: stack.repo.root, env: stack.env });

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

/** Choosing from a list in a real terminal. */
import { expect, onTestFinished, test } from "vitest";
import { puppet } from "../rig/puppet.ts";
import { openTerminal } from "../rig/terminal.ts";
import type { TerminalScreen } from "../rig/terminal-screen.ts";
import { scene, type Scene } from "./scene.ts";

function openPlan(stack: Scene): TerminalScreen {
  return openTerminal(onTestFinished, ["plan", "--dry-run"], { cwd: stack.repo.root, env: stack.env });
}

test("plans are filtered, counted and taken; the next time the same ones are marked", async () => {
  const stack = await scene(() => ({ services: {} }), { files: { "todo/plans/features/checkout.md": "# Checkout\n", "todo/plans/features/search.md": "# Search\n" } });
  const terminal = openPlan(stack);
  await terminal.shows(/\[ \] features\/checkout {2}× 0[\s\S]*\[ \] features\/search/);
  terminal.press("/srch\r");
  await terminal.shows(/^(?![\s\S]*checkout)[\s\S]*search[\s\S]*0 marked/);
  terminal.press("\u001b[C\u001b[C");
  await terminal.shows(/\[x\] features\/search {2}× 2/);
  terminal.press("\r");
  await terminal.shows(/search-2/);
  expect(await terminal.ended).toBe(0);

  const again = openPlan(stack);
  await again.shows(/\[ \] features\/checkout[\s\S]*\[x\] features\/search[\s\S]*1 marked/);
  again.press("q");
  await again.shows(/Nothing was chosen/);
  expect(await again.ended).toBe(0);
});

test("--pick chooses projects, then units, and marks them the next time; a name of several projects is asked for", async () => {
  const service = (port: number): object => ({ command: puppet({ listen: "{port}" }), port, restart: "never" });
  const stack = await scene((port) => ({ services: { api: service(port), web: service(port + 1) } }), { worktrees: ["one", "two"] });
  expect((await stack.envctl(["start", "--trees", "--json"])).code).toBe(0);
  const open = (...args: readonly string[]): TerminalScreen => openTerminal(onTestFinished, args, { cwd: stack.repo.root, env: stack.env });

  const stopping = open("stop", "--pick", "--dry-run");
  await stopping.shows(/Projects\n› \[ \] Main +main\n +\[ \] one +one · 2 units started/);
  stopping.press("/two\r\r");
  await stopping.shows(/Units of two\n› \[ \] api +two\n +\[ \] web/);
  stopping.press("j\r");
  await stopping.shows(/^Projects: two\nUnits of two: web\n[\s\S]*two\/web/);
  expect(await stopping.ended).toBe(0);
  expect(stopping.text()).not.toMatch(/one\/|two\/api/);

  const again = open("status", "--pick");
  await again.shows(/\[x\] two[\s\S]*1 marked/);
  again.press("\r");
  await again.shows(/Units of two[\s\S]*\[x\] web/);
  again.press("q");
  await again.shows(/Nothing was chosen/);
  expect(await again.ended).toBe(0);

  const asking = open("env", "api");
  await asking.shows(/"api" runs in 2 projects\n› one\/api\n {2}two\/api[\s\S]*enter takes/);
  asking.press("j ");
  await asking.shows(/ENVCTL_PROJECT_NAME=two/);
  expect(await asking.ended).toBe(0);

  const refused = await stack.envctl(["stop", "--pick"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("nobody can be asked")]);
});

/** Choosing from a list in a real terminal. */
import { expect, onTestFinished, test } from "vitest";
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

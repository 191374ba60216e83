/** Old runs go by themselves and by `prune`; databases only by their name, and not while anything may use them. */
import { cpSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { scene } from "./scene.ts";

test("a start removes runs beyond the limits, prune what is beyond its limits, and databases are named first", async () => {
  const stack = await scene((port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } } } }), { stage: { ownCache: true } });
  await stack.envctl(["start"]);
  await stack.envctl(["stop-all"]);
  const runs = join(stack.scope(), "runs");
  const { runId } = stack.state();
  const listed = (): readonly string[] => readdirSync(runs).filter((name) => name.startsWith("run-")).sort();
  for (let number = 10; number < 35; number += 1) cpSync(join(runs, runId), join(runs, runId.replace(/^run-\d{8}/, "run-20200101").replace(/-[0-9a-f]{4}$/, `-00${number}`)), { recursive: true, verbatimSymlinks: true });
  expect(listed()).toHaveLength(26);
  const dry = await stack.envctl(["prune", "--dry-run", "--json"]);
  expect([schemaProblems("prune", dry.json()), (dry.at("removed") as readonly unknown[]).length, listed().length]).toEqual([[], 25, 26]);
  await stack.envctl(["start"]);
  expect(await eventually(() => (listed().length === 2 ? listed() : undefined))).toEqual([runId, stack.state().runId]);

  const data = (project: string): string => join(stack.scope(), "data", project);
  for (const project of ["Main", "gone"]) mkdirSync(join(data(project), "postgres"), { recursive: true });
  mkdirSync(join(stack.scope(), "secrets"), { recursive: true, mode: 0o700 });
  writeFileSync(join(stack.scope(), "secrets", "gone.json"), "{}", { mode: 0o600 });
  const pack = join(stack.scope(), "debug", "envctl-debug-1.tar.gz");
  await stack.envctl(["debug-pack", "-o", pack]);
  utimesSync(pack, 1e9, 1e9);
  const pruned = await stack.envctl(["prune"]);
  expect([pruned.code, existsSync(pack), existsSync(data("gone"))]).toEqual([0, false, true]);
  expect(pruned.stdout).toContain("`envctl prune --data-of gone`");
  expect(await stack.envctl(["prune", "--data-of", "Main", "--yes"])).toMatchObject({ code: 3, stderr: expect.stringContaining("`envctl stop --project Main`") as string });
  expect(await stack.envctl(["prune", "--data-of", "gone"])).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") as string });
  expect((await stack.envctl(["doctor", "--only", "data"])).stdout).toContain("`envctl prune --data-of gone`");
  expect((await stack.envctl(["prune", "--data-of", "gone", "--yes"])).code).toBe(0);
  expect([existsSync(data("gone")), existsSync(join(stack.scope(), "secrets", "gone.json")), existsSync(data("Main"))]).toEqual([false, false, true]);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { exitAndErrors, jobScene } from "./job-scene.ts";

const statuses = (answer: unknown): readonly string[] => (answer as { readonly jobs: readonly JobRow[] }).jobs.map(({ project, status }) => `${project} ${status}`);

test("run --all runs in every project, so many at once, each with its own limits, and ends with one table; --fail-fast ends the others", async () => {
  const shop = await jobScene({ worktrees: ["a", "b"] });
  const log = join(shop.directory, "log");
  const all = await shop.envctl(["run", "--all", "--concurrency", "1", "--", "sh", "-c", `echo + >> '${log}'; echo "in $ENVCTL_PROJECT"; echo - >> '${log}'; [ "$ENVCTL_PROJECT" != b ]`]);
  expect(all.code).toBe(1);
  expect(all.stdout.split("\n").filter((line) => line.startsWith("["))).toEqual(["[Main] in Main", "[a] in a", "[b] in b"]);
  expect(all.stdout).toMatch(/completed +Main[^]*completed +a[^]*failed \(exit 1\) +b/);
  expect(readFileSync(log, "utf8")).toBe("+\n-\n".repeat(3));

  const limited = await shop.envctl(["run", "--all", "--timeout", "3", "--concurrency", "3", "--json", "--", "sh", "-c", '[ "$ENVCTL_PROJECT" != a ] || exec sleep 600']);
  expect([limited.code, statuses(limited.json())]).toEqual([124, ["Main completed", "a timeout", "b completed"]]);
  const fast = await shop.envctl(["run", "--all", "--fail-fast", "--concurrency", "3", "--json", "--", "sh", "-c", '[ "$ENVCTL_PROJECT" = a ] && exit 1; exec sleep 600']);
  expect([fast.code, statuses(fast.json())]).toEqual([1, ["Main cancelled", "a failed", "b cancelled"]]);
  const waiting = await shop.envctl(["run", "--all", "--fail-fast", "--concurrency", "1", "--json", "--", "sh", "-c", '[ "$ENVCTL_PROJECT" = Main ] && exit 1; exec sleep 600']);
  expect([waiting.code, statuses(waiting.json())]).toEqual([1, ["Main failed", "a cancelled", "b cancelled"]]);
  expect(exitAndErrors(await shop.envctl(["run", "--all", "--project", "a", "--", "true"]))).toEqual([1, "--all and --project exclude each other"]);
});

test("W2 there is nothing to initialize: a repository without a configuration runs jobs, and its working tree stays as it was", async () => {
  const shop = await jobScene();
  const bare = shop.repository({ files: { "README.md": "nothing yet\n" } });
  for (let time = 0; time < 2; time += 1) expect(await shop.envctl(["run", "--", "echo", "hello"], { cwd: bare.root })).toMatchObject({ code: 0, stdout: "hello\n" });
  expect(bare.git("status", "--porcelain", "--ignored")).toBe("");
});

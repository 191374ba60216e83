/** Small parts of the dashboard: what git says, how often work is done. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { saveResults } from "../../src/actions/suites/saved-results.ts";
import type { SuiteRun } from "../../src/actions/suites/run-suite.ts";
import { gitSummary } from "../../src/commands/dashboard/git.ts";
import { paced } from "../../src/commands/dashboard/pace.ts";
import { readTests } from "../../src/commands/dashboard/test-results.ts";
import { lastResultsPath } from "../../src/commands/last-results.ts";
import { systemClock } from "../../src/host/clock.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

test("git tells branch, commit, what is ahead and behind, and every changed file", () => {
  const text = "# branch.oid 997ecc8312ab\n# branch.head feature/x\n# branch.upstream origin/x\n# branch.ab +2 -1\n1 .M N... 100644 100644 100644 a a file\n2 R. N... a b\nu UU N...\n? new";
  expect(gitSummary(text)).toEqual({ branch: "feature/x", commit: "997ecc83", ahead: 2, behind: 1, changed: 4 });
  expect(gitSummary("# branch.oid (initial)\n# branch.head (detached)")).toEqual({ ahead: 0, behind: 0, changed: 0 });
});

test("work that is asked for many times meanwhile is done once more, and never twice at once", async () => {
  let [begun, atOnce, most] = [0, 0, 0];
  let release: () => void = () => undefined;
  const work = async (): Promise<void> => {
    begun += 1;
    atOnce += 1;
    most = Math.max(most, atOnce);
    if (begun === 1) await new Promise<void>((resolve) => (release = resolve));
    atOnce -= 1;
  };
  const pace = paced({ work, clock: systemClock, leastMs: 1, rest: 0 });
  onTestFinished(() => pace.close());
  pace.ask();
  await eventually(() => begun === 1);
  for (let count = 0; count < 20; count += 1) pace.ask(count % 2 === 0);
  release();
  await eventually(() => begun === 2);
  pace.ask(true);
  await eventually(() => begun === 3);
  expect(most).toBe(1);
});

function suiteRun(name: string, status: SuiteRun["status"], more: Partial<SuiteRun> = {}): SuiteRun {
  return { name, status, command: ["run"], directory: "/", runner: "node", exitCode: 1, durationMs: 1, logPath: "/log", isOnly: true, cases: [], counts: { passed: 0, failed: 0, skipped: 0 }, ...more };
}

test("what `envctl test` keeps is what the dashboard shows; what it cannot read it leaves out", () => {
  const root = temporaryDirectory(onTestFinished, "scope");
  const place = { project: "Main", root, artifacts: join(root, "artifacts"), environment: {}, signal: new AbortController().signal, timeoutMs: 1000, progress: () => undefined };
  const cart = suiteRun("cart", "failed", { counts: { passed: 3, failed: 1, skipped: 0 }, cases: [{ name: "adds", status: "passed" }, { name: "removes", status: "failed" }] });
  mkdirSync(place.artifacts);
  saveResults([cart, suiteRun("prices", "timed_out"), suiteRun("web", "passed", { counts: { passed: 9, failed: 0, skipped: 0 } })], { place, lastPath: lastResultsPath(root, "Main"), generatedAt: "2026-11-21T07:00:00.000Z", checkout: { head: undefined, statusHash: "", statusLines: 0 } });
  mkdirSync(dirname(lastResultsPath(root, "broken")), { recursive: true });
  writeFileSync(lastResultsPath(root, "broken"), '{"ok":tr');
  expect(readTests({ scope: { root } }, ["Main", "broken", "none"])).toEqual({
    Main: { ok: false, passed: 12, failed: 1, at: "2026-11-21T07:00:00.000Z", directory: place.artifacts, troubles: ["cart: removes", "prices timed_out"] },
  });
});

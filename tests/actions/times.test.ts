/** Tests that were run before say how long they took then. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { saveResults } from "../../src/actions/suites/saved-results.ts";
import { testProject } from "../../src/actions/suites/test-project.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("a suite says how long it took the last time; without a last time, or with one too short, it does not", async () => {
  const root = temporaryDirectory(onTestFinished, "project");
  execFileSync("git", ["init", "--quiet", root]);
  const said: string[] = [];
  const artifacts = join(root, "artifacts", "run_1");
  mkdirSync(artifacts, { recursive: true });
  const place = { project: "Main", root, artifacts, environment: { PATH: process.env["PATH"] ?? "" }, signal: new AbortController().signal, timeoutMs: 60_000, progress: (line: string) => void said.push(line) };
  const lastPath = join(root, "last.json");
  const ran = { status: "passed" as const, command: ["true"], directory: root, runner: undefined, exitCode: 0, logPath: "/log", isOnly: true, cases: [], counts: { passed: 1, failed: 0, skipped: 0 } };
  saveResults([{ ...ran, name: "long", durationMs: 83_400 }, { ...ran, name: "short", durationMs: 120 }], { place, lastPath, generatedAt: "2026-11-21T07:00:00.000Z", checkout: { head: undefined, statusHash: "", statusLines: 0 } });
  const suites = ["long", "short", "new"].map((name) => ({ name, command: ["true"], directory: root, environment: {} }));
  await testProject({ suites, lastPath, atOnce: 1, onlyFailed: false, isForced: false }, place);
  expect(said.filter((line) => line.includes(": true"))).toEqual(["long: true, which took 83 s the last time", "short: true", "new: true"]);
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startProgram, type Outcome } from "../rig/program.ts";
import { packageRoot } from "../rig/source-files.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

function summary(report: string | undefined): Promise<Outcome> {
  const directory = temporaryDirectory(onTestFinished, "report");
  const path = join(directory, "report.json");
  if (report !== undefined) writeFileSync(path, report);
  return startProgram([process.execPath, join(packageRoot, "scripts/ci-summary.mjs"), path], { cwd: directory, env: cleanEnvironment(process.env) }).ended;
}

function reportOf(...files: readonly (readonly string[])[]): string {
  const testResults = files.map((statuses) => ({ status: statuses.includes("failed") || statuses.length === 0 ? "failed" : "passed", assertionResults: statuses.map((status) => ({ status })) }));
  return JSON.stringify({ testResults });
}

test("the last line counts what passed", async () => {
  expect(await summary(reportOf(["passed", "passed"], ["passed"]))).toMatchObject({ code: 0, stdout: "3 passed, 0 failed\n" });
});

test("a failed test fails the run, a skipped one is named", async () => {
  expect(await summary(reportOf(["passed", "failed", "pending", "todo"]))).toMatchObject({ code: 1, stdout: "1 passed, 1 failed, 2 skipped\n" });
});

test("what passed only at the second try is named, with what went wrong at the first", async () => {
  const flaking = { status: "passed", fullName: "a race", failureMessages: ["Error: too late\n    at somewhere"] };
  const report = JSON.stringify({ testResults: [{ status: "passed", assertionResults: [flaking] }] });
  expect(await summary(report)).toMatchObject({ code: 0, stdout: "passed only at the second try: a race\n  Error: too late\n1 passed, 0 failed\n" });
});

test("a file that could not be loaded counts as a failure", async () => {
  expect(await summary(reportOf(["passed"], []))).toMatchObject({ code: 1, stdout: "1 passed, 1 failed\n" });
});

test("without a report nothing passed, and that is a failure", async () => {
  const outcome = await summary(undefined);
  expect(outcome.code).toBe(1);
  expect(outcome.stdout).toMatch(/^no test report: .*\n0 passed, 0 failed\n$/);
});

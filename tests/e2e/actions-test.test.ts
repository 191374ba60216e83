/** `envctl test` over real repositories with real test runners. */
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { junitResults } from "../../src/actions/results/junit-read.ts";
import { scopeIdOf } from "../../src/host/paths.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { isAlive } from "../rig/processes.ts";
import type { Outcome } from "../rig/program.ts";
import { temporaryStage } from "../rig/stage.ts";
import { eventually } from "../rig/wait.ts";

const cart = `import { test } from "node:test";
import assert from "node:assert";
test("adds", () => assert.equal(1 + 1, 2));
test("removes", () => assert.equal(process.env.ENVCTL_PROJECT_NAME, "feature", "wrong project"));
`;
const pythonTests = "import unittest\nclass Price(unittest.TestCase):\n    def test_low(self): pass\n    def test_high(self): self.fail('too high')\n";

const suites = {
  test: {
    cart: { command: "node --test cart.test.mjs", dir: "web" },
    prices: { command: "python3 -m unittest -v test_prices", dir: "api" },
  },
};

function shop(configuration: object = suites, worktrees: readonly string[] = ["feature"]) {
  const stage = temporaryStage(onTestFinished);
  const repository = stage.repository({ files: { ".envctl": JSON.stringify(configuration), ".gitignore": "trees/\n__pycache__/\n", "web/cart.test.mjs": cart, "api/test_prices.py": pythonTests, "run.sh": "exit 3\n" }, worktrees });
  return { stage, repository };
}

function suiteOf(outcome: Outcome, project: number, suite: number): unknown {
  return outcome.at(`projects.${project}.result.suites.${suite}`);
}

test("runs the suites of all projects, tells every failure, and leaves JUnit and the failures behind", async () => {
  const { stage, repository } = shop();
  const outcome = await stage.envctl(["test", "--all", "--json"]);
  expect(schemaProblems("test_results", JSON.parse(readFileSync(join(stage.stateRoot, scopeIdOf(repository.root), "test-results", "Main.json"), "utf8")))).toEqual([]);
  expect([outcome.code, outcome.at("ok"), schemaProblems("test", outcome.json())]).toEqual([1, false, []]);
  expect(outcome.stderr).toMatch(/^test: Main, feature\n/);
  expect(suiteOf(outcome, 0, 0)).toMatchObject({ name: "cart", runner: "node", status: "failed", counts: { passed: 1, failed: 1 }, failed_tests: [{ name: "removes", message: "wrong project" }] });
  expect(suiteOf(outcome, 1, 0)).toMatchObject({ name: "cart", status: "passed", counts: { passed: 2, failed: 0 } });
  expect(suiteOf(outcome, 1, 1)).toMatchObject({ name: "prices", runner: "unittest", failed_tests: [{ name: "test_prices.Price.test_high", message: "AssertionError: too high" }] });
  const junit = String(outcome.at("projects.0.result.junit_path"));
  expect(junitResults(readFileSync(junit, "utf8"))?.counts).toEqual({ passed: 2, failed: 2, skipped: 0 });
  const manifest: unknown = JSON.parse(readFileSync(join(junit, "..", "failed_tests_manifest.json"), "utf8"));
  expect(schemaProblems("failed_tests_manifest", manifest)).toEqual([]);
  expect(manifest).toMatchObject({ project_name: "Main", git_state: { status_lines: 0 }, entries: [{ suite: "cart", name: "removes" }, { suite: "prices" }] });
  const words = await stage.envctl(["test", "--all", "--suite", "cart"]);
  expect(words.stdout).toMatch(/PROJECT +STATUS +PASSED +FAILED +SKIPPED +SUITES +TIME\nMain +failed +1 +1 +0 +cart \(failed\)[^]*✗ cart: removes\n +wrong project[^]*suite cart: 1 of 2 tests failed/);
});

test("--failed repeats just those, and refuses them once the checkout has changed", async () => {
  const { stage, repository } = shop();
  expect((await stage.envctl(["test", "--failed"])).stdout).toMatch(/no test results are kept of this project[^]*run `envctl test` first/);
  await stage.envctl(["test"]);
  const again = await stage.envctl(["test", "--failed", "--json"]);
  expect(suiteOf(again, 0, 0)).toMatchObject({ only_failed: true, counts: { passed: 0, failed: 1 } });
  expect(suiteOf(again, 0, 1)).toMatchObject({ only_failed: true, command: ["python3", "-m", "unittest", "-v", "test_prices.Price.test_high"], counts: { passed: 0, failed: 1 } });
  expect((await stage.envctl(["test", "--suite", "cart"])).code).toBe(1);
  expect((await stage.envctl(["test", "--failed", "--json"])).at("projects.0.result.suites")).toHaveLength(2);
  repository.git("init", "--quiet", "a-nested-repository");
  repository.write("web/new.mjs", "one");
  await stage.envctl(["test"]);
  repository.write("web/new.mjs", "two");
  const stale = await stage.envctl(["test", "--failed", "--json"]);
  expect([stale.code, stale.at("projects.0.failures.0.reason"), stale.at("projects.0.failures.0.message")]).toEqual([1, "results_stale", expect.stringContaining("files have changed since")]);
  rmSync(join(repository.root, "a-nested-repository"), { recursive: true });
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "--message", "More");
  expect((await stage.envctl(["test", "--failed"])).stdout).toMatch(/are stale: HEAD was [0-9a-f]{10} then and is [0-9a-f]{10} now/);
  repository.write("web/cart.test.mjs", cart.replace('"feature"', '"Main"'));
  repository.write("api/test_prices.py", pythonTests.replace("self.fail('too high')", "pass"));
  expect((await stage.envctl(["test", "--failed", "--force"])).code).toBe(0);
  expect((await stage.envctl(["test", "--failed"])).stdout).toContain("no test failed last time");
});

test("without `test:` it finds suites, and reads whoever wrote the output", async () => {
  const stage = temporaryStage(onTestFinished);
  stage.repository({ files: { "package.json": JSON.stringify({ scripts: { test: "node --test" } }), "cart.test.mjs": cart, ".envctl": "version: 1\n" } });
  const outcome = await stage.envctl(["test", "--json"]);
  expect(suiteOf(outcome, 0, 0)).toMatchObject({ name: "all", command: ["npm", "test"], runner: "node", counts: { passed: 1, failed: 1 } });
  expect(outcome.at("projects.0.result.suites.0.failed_tests.0.name")).toBe("removes");
});

test("a real vitest behind npm is asked for a report, and for its failures alone", async () => {
  const stage = temporaryStage(onTestFinished);
  const text = 'import { describe, expect, test } from "vitest";\ndescribe("cart (all)", () => {\n  test("adds", () => expect(1).toBe(1));\n  test("removes", () => expect(1).toBe(2));\n});\n';
  const repository = stage.repository({ files: { "package.json": JSON.stringify({ scripts: { test: "vitest run" } }), "cart.test.js": text, ".envctl": "version: 1\n", ".gitignore": "node_modules\n" } });
  symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(repository.root, "node_modules"));
  const outcome = await stage.envctl(["test", "--json"]);
  expect(suiteOf(outcome, 0, 0)).toMatchObject({ runner: "vitest", counts: { passed: 1, failed: 1 }, failed_tests: [{ name: "cart (all) > removes", file: "cart.test.js" }] });
  const again = await stage.envctl(["test", "--failed", "--json"]);
  expect(suiteOf(again, 0, 0)).toMatchObject({ only_failed: true, counts: { passed: 0, failed: 1, skipped: 1 } });
});

test("a suite that ends badly without a failed test is no success, and one that cannot be run says so", async () => {
  const { stage } = shop({ test: { odd: { command: "echo 1..1; echo ok 1 - fine; exit 7" }, gone: { command: ["/nonexistent/runner"] }, silent: { command: "sh run.sh" } } }, []);
  const outcome = await stage.envctl(["test", "--json"]);
  expect([outcome.code, outcome.at("projects.0.failures")]).toEqual([1, [
    expect.objectContaining({ message: "suite odd: it ended with exit code 7, though no test failed" }),
    expect.objectContaining({ message: expect.stringContaining("suite gone: it could not be run: spawn /nonexistent/runner ENOENT") }),
    expect.objectContaining({ message: "suite silent: it ended with exit code 3" }),
  ]]);
});


const hanging = { test: { slow: { command: "trap 'echo > termed' TERM; (trap '' TERM; sleep 300) & echo $! > child.pid; wait; sleep 300" } } };

test.each([
  [["test", "--timeout", "4s"], 0, 124, "timed_out"],
  [["test"], 1, 2, "cancelled"],
] as const)("%j ends the whole process group of a suite that hangs, after %i SIGINT, exit code %i", async (args, interrupts, code, reason) => {
  const { stage, repository } = shop(hanging, []);
  const running = stage.start([...args, "--json"]);
  const pid = await childPid(repository.root);
  if (interrupts === 1) running.signal("SIGINT");
  const outcome = await running.ended;
  expect([outcome.code, outcome.at("projects.0.failures.0.reason")]).toEqual([code, reason]);
  await eventually(() => !isAlive(pid));
});

test("a second Ctrl-C ends at once, and leaves nothing of a suite that ignores signals", async () => {
  const { stage, repository } = shop(hanging, []);
  const running = stage.start(["test"]);
  const pid = await childPid(repository.root);
  running.signal("SIGINT");
  await eventually(() => existsSync(join(repository.root, "termed")));
  running.signal("SIGINT");
  expect((await running.ended).code).toBe(2);
  await eventually(() => !isAlive(pid));
});

async function childPid(root: string): Promise<number> {
  const path = join(root, "child.pid");
  await eventually(() => existsSync(path) && readFileSync(path, "utf8").endsWith("\n"), "the suite's child", 20_000);
  return Number(readFileSync(path, "utf8"));
}

test.each([
  [["test", "--project", "featur"], /there is no project called "featur"; did you mean "feature"\?[^]*candidates: Main, feature/],
  [["test", "x-*"], /no project matches "x-\*"[^]*candidates: Main, feature/],
  [["test", "--service", "backend"], /there is no service of the latest run called "backend"[^]*nothing has been started yet/],
  [["test", "--suite", "carts"], /there is no suite called "carts"; did you mean "cart"\?[^]*suites: cart, prices/],
  [["test", "--timeout", "soon"], /--timeout needs a duration[^]*not "soon"/],
])("%j is told with what there is, exit code 1", async (args, words) => {
  const { code, stdout, stderr } = await shop().stage.envctl(args);
  expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(words)]);
});

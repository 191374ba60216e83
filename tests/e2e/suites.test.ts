/** `envctl suite`: scripts in a project that is thrown away, whatever happens to them. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { SuiteReport } from "../../src/contracts/suite-report.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { isAlive, processesOf } from "../rig/processes.ts";
import type { Outcome, RunningProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";
import { dbScene, makeNote, notes } from "./db-scene.ts";
import { meets } from "./graph-scene.ts";
import { scene, type Scene } from "./scene.ts";

type RunReport = Extract<SuiteReport, { readonly action: "run" }>;

const suites = ".envctl.d/suites";
const slowMs = 60_000;

const usual = { services: ["web", "worker"] };

/** A suite `smoke` of scripts by their file names, and services `web` and `worker`. */
function shop(scripts: Readonly<Record<string, string>>, suite: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const files = Object.entries(scripts).map(([name, text]) => [`${suites}/suite_smoke/${name}`, text] as const);
  return scene((port) => ({ services: {
    web: { command: puppet({ listen: "{port}", http: "healthy", showEnv: true }), port, env: { GREETING: "hello" }, stop: { grace: "2s" } },
    worker: { command: ["sh", "-c", "echo working; echo aside >&2; exec sleep 600"], port: "none", ready: { log: "working" }, stop: { grace: "2s" } },
    broken: { command: ["sh", "-c", "echo cannot; exit 3"], port: "none", ready: { log: "it serves" }, restart: "never" },
  }, modes: { main: usual, trees: usual } }), { files: { ...Object.fromEntries(files), [`${suites}/smoke.yaml`]: JSON.stringify(suite) } });
}

function reportOf(outcome: Outcome): RunReport {
  expect(schemaProblems("suite", outcome.json()), outcome.stderr).toEqual([]);
  return outcome.json() as RunReport;
}

/** What is left of throw-away projects: processes, scopes beside the repository's, notes. */
function leftOf(stack: Scene): readonly string[] {
  const scopes = readdirSync(stack.stateRoot).filter((name) => name.startsWith("repo-") && join(stack.stateRoot, name) !== stack.scope());
  const at = join(stack.scope(), "throw-aways");
  const found = existsSync(at) ? readdirSync(at).filter((name) => name.endsWith(".json")) : [];
  return [...scopes, ...found];
}

const five = {
  "exp_a.sh": "echo $MODE $GREETING; test \"$WEB_URL/x\" = \"$API\"",
  "exp_b.mjs": "const answer = await fetch(process.env.WEB_URL); process.exit(answer.ok ? 0 : 1);",
  "exp_c": "#!/bin/sh\necho I know $SUITE_TOKEN\n",
  "exp_d.sh": "echo went wrong >&2; exit 3",
  "exp_e.sh": "exit 77",
};
const suiteToken = "s3cr3t-0f-the-Suite-8812";
const fiveSuite = { environment: { MODE: "testing" }, env: { API: "${services.web.url}/x", SUITE_TOKEN: suiteToken } };

test("P17 D13 D14 D15 a suite has a project of its own, with ports, logs and results, and nothing of it is left; what runs beside it notices nothing", async () => {
  const stack = await shop(five, fiveSuite);
  chmodSync(join(stack.repo.root, suites, "suite_smoke", "exp_c"), 0o755);
  expect((await stack.envctl(["start"])).code).toBe(0);
  const before = { pids: stack.pids(), seq: stack.state().seq };

  const junit = join(stack.directory, "out.xml");
  const env = { API_TOKEN: "s3cr3t-Tok3n-9911" };
  const outcome = await stack.envctl(["suite", "run", "smoke", "--json", "--junit", junit], { env });
  const report = reportOf(outcome);
  expect([outcome.code, report.ok, report.counts]).toEqual([1, false, { PASS: 3, FAIL: 1, SKIP: 1, XFAIL: 0, XPASS: 0 }]);
  expect(report.results.map(({ name, status, exit_code: code }) => [name, status, code])).toEqual([["smoke::a", "PASS", 0], ["smoke::b", "PASS", 0], ["smoke::c", "PASS", 0], ["smoke::d", "FAIL", 3], ["smoke::e", "SKIP", 77]]);
  expect(report.results[3]).toMatchObject({ reason: "exit code 3", output: ["went wrong"] });
  expect(readFileSync(report.results[0]?.log_path ?? "", "utf8")).toBe("testing hello\n");

  const xml = readFileSync(junit, "utf8");
  const all = (pattern: RegExp): number => [...xml.matchAll(pattern)].length;
  expect([all(/<testcase /g), all(/<failure /g), all(/<skipped/g), /failures="1" errors="0" skipped="1" time="0\.000"/.test(xml)]).toEqual([5, 1, 1, false]);
  expect(report.results.every(({ duration_ms: ms }) => ms > 0)).toBe(true);

  const logs = report.process_logs ?? "";
  expect(readFileSync(join(logs, "worker.log"), "utf8")).toBe("working\naside\n");
  const seen = JSON.parse(readFileSync(join(logs, "web.log"), "utf8").split("\n").find((line) => line.startsWith("{")) ?? "") as Readonly<Record<string, string>>;
  expect(seen).toMatchObject({ ...env, MODE: "testing", ENVCTL_PROJECT_NAME: report.project });
  expect(Number(seen["PORT"])).not.toBe(stack.port);

  expect(leftOf(stack)).toEqual([]);
  expect(processesOf(stack.directory).filter(({ command }) => /^\S*node \S*puppet\.mjs/.test(command))).toHaveLength(1);
  expect([stack.pids(), stack.state().seq]).toEqual([before.pids, before.seq]);
  expect((await stack.envctl(["status", "--json"])).stdout).not.toContain("suite-smoke");
  const pack = String((await stack.envctl(["debug-pack", "--json"], { env })).at("path"));
  expect(execFileSync("tar", ["-tzf", pack], { encoding: "utf8" })).toContain("suite/process_logs/web.log");
  const packed = execFileSync("tar", ["-xzOf", pack], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  expect(["aside", "I know", env.API_TOKEN, suiteToken].map((text) => packed.includes(text))).toEqual([true, true, false, false]);
});

test("D13 D15 D20 a project that does not come up is taken down, its logs are there, and the report says that nothing was run; no daemon was needed", async () => {
  const stack = await shop({ "exp_a.sh": "exit 0" }, { services: ["broken"] });
  const outcome = await stack.envctl(["suite", "run", "smoke", "--json"]);
  const report = reportOf(outcome);
  expect([outcome.code, report]).toMatchObject([1, { ok: false, results: [], not_run: ["a"], failures: [{ reason: "process_exited" }] }]);
  expect(readFileSync(join(report.process_logs ?? "", "broken.log"), "utf8")).toBe("cannot\n");
  expect([leftOf(stack), processesOf(stack.directory), readdirSync(stack.scope()).toSorted()]).toEqual([[], [], ["suites", "throw-aways"]]);
});

test("P17 the JUnit file counts as xmllint does", async (context) => {
  const stack = await shop(five, { services: [], scripts: ["c", "d", "e"] });
  const junit = join(stack.directory, "out.xml");
  chmodSync(join(stack.repo.root, suites, "suite_smoke", "exp_c"), 0o755);
  await stack.envctl(["suite", "run", "smoke", "--junit", junit]);
  const count = (path: string): string => execFileSync("xmllint", ["--xpath", path, junit], { encoding: "utf8" }).trim();
  context.skip(!hasXmllint(), "there is no xmllint (libxml2-utils)");
  expect([count("count(//testcase)"), count("string(//testsuite/@failures)"), count("string(//testsuite/@skipped)"), count("count(//testcase[@time > 0])")]).toEqual(["3", "1", "1", "3"]);
});

function hasXmllint(): boolean {
  try {
    execFileSync("xmllint", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("D13 D14 D20 suites are found by name, file and path; what is expected counts; without services there is no project and no daemon", async () => {
  const stack = await shop({ "exp_a.sh": "exit 1", "exp_b.sh": "exit 0", "exp_c.sh": "exit 1", "skip.yaml": "skip: { c: not on this machine }\nexpected_failures: { a: known }", "admin/exp_d.sh": "echo $0" }, { services: [], env: { API_TOKEN: "${API_TOKEN}", LEVEL: "info" } });
  const outside = join(stack.directory, "outside");
  mkdirSync(join(outside, "suite_far"), { recursive: true });
  writeFileSync(join(outside, "suite_far", "exp_only.sh"), "exit 0");
  stack.repo.write(`${suites}/zoo.yaml`, "scripts: [tools/z.sh]");
  stack.repo.write("tools/z.sh", "sleep 0");
  const env = { ENVCTL_EXTERNAL_SUITES_PATH: outside, API_TOKEN: "s3cr3t-Tok3n-9911" };
  expect((await stack.envctl(["suite", "--list-configs"], { env })).stdout).toBe("smoke.yaml\nsuite_far\nzoo.yaml\n");

  const plans = new Set<string>();
  for (const word of ["smoke", "smoke.yaml", join(stack.repo.root, suites, "smoke.yaml"), join(stack.repo.root, suites, "suite_smoke")]) {
    const plan = await stack.envctl(["suite", "run", word, "--dry-run", "--json"], { env });
    expect(schemaProblems("suite", plan.json())).toEqual([]);
    expect([plan.code, plan.json()]).toMatchObject([0, { suite: "smoke", own_project: false, environment: { LEVEL: "info" }, scripts: [{ name: "smoke::a" }, { name: "smoke::admin/d" }, { name: "smoke::b" }, { name: "smoke::c" }] }]);
    expect(plan.stdout).not.toContain("s3cr3t");
    plans.add(plan.stdout);
  }
  expect([...plans]).toHaveLength(1);
  expect(existsSync(stack.scope()), "a dry run writes nothing").toBe(false);

  const expected = await stack.envctl(["suite", "run", "smoke", "--script", "smoke::a", "--script", "c", "--json"], { env });
  expect([expected.code, reportOf(expected).results]).toMatchObject([0, [{ status: "XFAIL", reason: "exit code 1; expected to fail: known" }, { status: "SKIP", reason: "not on this machine" }]]);
  stack.repo.write(`${suites}/suite_smoke/exp_a.sh`, "exit 0");
  const surprise = await stack.envctl(["suite", "run", "smoke", "--report", "both"], { env });
  expect(surprise.code).toBe(1);
  expect(surprise.stdout.split("\n").slice(0, 5).map((line) => line.split(/\s+/).slice(0, 2))).toEqual([["STATUS", "SCRIPT"], ["XPASS", "smoke::a"], ["PASS", "smoke::admin/d"], ["PASS", "smoke::b"], ["SKIP", "smoke::c"]]);
  expect(surprise.stdout).toMatch(/^STATUS +SCRIPT +TIME.*\nXPASS +smoke::a +[\d.]+ m?s/m);
  expect(surprise.stdout).toContain("| ");
  expect((await stack.envctl(["suite", "run", "far"], { env })).code).toBe(0);
  expect((await stack.envctl(["suite", "run", "zoo"], { env })).code).toBe(0);
  expect(readdirSync(stack.scope()).filter((name) => name.startsWith("daemon"))).toEqual([]);

  const refused = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const { code, stderr } = await stack.envctl(["suite", "run", ...args]);
    return [code, stderr.split("\n").slice(0, 2).join(" ")];
  };
  expect(await refused("smke")).toEqual([2, expect.stringContaining('there is no suite "smke"; did you mean "smoke"?')]);
  expect(await refused("zoo", "--script", "other::x")).toEqual([2, expect.stringContaining('zoo has no script "other::x"')]);
  expect(await refused("smoke")).toEqual([1, expect.stringMatching(/`env\.API_TOKEN` uses \$\{API_TOKEN\}, which is not set {3}at .*smoke\.yaml:1:/)]);
  expect(await refused("zoo", "--resume", "--script", "z")).toEqual([1, expect.stringContaining("it takes no --script")]);
  expect(await refused("zoo", "--resume")).toEqual([1, expect.stringContaining("no run of zoo was interrupted")]);
});

test("a dry run says what starts, and refuses what the run refuses, which leaves nothing behind", async () => {
  const stack = await shop({ "exp_a.sh": "exit 0" });
  const dry = await stack.envctl(["suite", "run", "smoke", "--dry-run", "--json"]);
  expect([dry.code, dry.json()]).toMatchObject([0, { services: null, units: ["web", "worker"] }]);
  const mistakes = [
    [{ services: ["web", "wrker"] }, 'no service named "wrker"; did you mean "worker"?'],
    [{ modules: ["wrker"] }, 'no service named "wrker"; did you mean "worker"?'],
    [{ ports: { wbe: 3000 } }, "`ports.wbe` of the suite smoke: there is no service or requirement of that name"],
    [{ databases: { redis: "none" } }, "`databases.redis` of the suite smoke: there is no requirement of that name"],
  ] as const;
  for (const [suite, message] of mistakes) {
    stack.repo.write(`${suites}/smoke.yaml`, JSON.stringify(suite));
    const [planned, run] = [await stack.envctl(["suite", "run", "smoke", "--dry-run"]), await stack.envctl(["suite", "run", "smoke"])];
    expect([run.code, run.stderr.split("\n")[0]]).toEqual([1, message]);
    expect([planned.code, planned.stderr]).toEqual([run.code, run.stderr]);
  }
  expect(existsSync(stack.scope())).toBe(false);
});

test("D13 scripts begin when what they require has passed, so many at once, within their locks; an order that cannot be is told before", async () => {
  const met = temporaryDirectory(onTestFinished, "met");
  const alone = join(met, "alone");
  const claims = `mkdir ${alone} && sleep 0.05 && rmdir ${alone}`;
  const stack = await shop(
    { "exp_a.sh": meets(met, "a", "b"), "exp_b.sh": meets(met, "b", "a"), "exp_bad.sh": "exit 1", "exp_c.sh": claims, "exp_d.sh": claims, "exp_late.sh": `test -e ${join(met, "a")}` },
    { services: [], workers: 4, scripts: [{ name: "late", requires: ["a", "b"] }, "a", "b", { name: "c", claims: ["card"] }, { name: "d", claims: ["card"] }, "bad", { name: "after", command: "true", requires: ["bad"] }] },
  );
  const results = async (...args: readonly string[]): Promise<readonly unknown[]> => reportOf(await stack.envctl(["suite", "run", "smoke", "--json", ...args])).results.map(({ name, status, reason }) => [name.slice(7), status, ...(reason === null ? [] : [reason])]);
  expect(await results()).toEqual([["late", "PASS"], ["a", "PASS"], ["b", "PASS"], ["c", "PASS"], ["d", "PASS"], ["bad", "FAIL", "exit code 1"], ["after", "SKIP", "requires bad: FAIL"]]);
  expect(await results("--script", "after")).toEqual([["after", "PASS"]]);
  expect((await stack.envctl(["suite", "run", "smoke", "--workers", "1.5"])).stderr).toContain('--workers needs a whole number, not "1.5"');
  for (const [scripts, told] of [
    [[{ name: "a", requires: ["b"] }, { name: "b", requires: ["a"] }], "a cycle: a → b → a"],
    [[{ name: "a", requires: ["z"] }], "nothing provides 'z' (required by a)"],
  ] as const) {
    stack.repo.write(`${suites}/smoke.yaml`, JSON.stringify({ services: [], scripts }));
    expect(await stack.envctl(["suite", "run", "smoke", "--dry-run"])).toMatchObject({ code: 1, stderr: expect.stringContaining(told) as string });
  }
});

test("P17 D15 interrupted by Ctrl-C, everything is taken down and the logs are there; --resume runs the rest", async () => {
  const stack = await shop({ "exp_a.sh": "exit 0", "exp_b.sh": "test -e $GO || { touch $BEGUN; (sleep 601 &) ; sleep 602; }", "exp_c.sh": "exit 0" }, { env: { GO: "${GO}", BEGUN: "${GO}-begun" } });
  const go = join(stack.directory, "go");
  const env = { GO: go };
  const program = await running(stack, env);
  program.signal("SIGINT");
  const interrupted = await program.ended;
  const first = reportOf(interrupted);
  expect([interrupted.code, first]).toMatchObject([2, { is_interrupted: true, results: [{ name: "smoke::a", status: "PASS" }], not_run: ["b", "c"] }]);
  expect(readFileSync(join(first.process_logs ?? "", "worker.log"), "utf8")).toContain("working");
  expect([leftOf(stack), processesOf(stack.directory)]).toEqual([[], []]);

  writeFileSync(go, "");
  const junit = join(stack.directory, "all.xml");
  const resumed = await stack.envctl(["suite", "run", "smoke", "--resume", "--json", "--junit", junit], { env });
  expect([resumed.code, reportOf(resumed)]).toMatchObject([0, { id: first.id, results: [{ name: "smoke::a" }, { name: "smoke::b" }, { name: "smoke::c" }], not_run: [] }]);
  expect(readFileSync(junit, "utf8")).toContain('tests="3"');
});

test("D15 killed, the next daemon takes down what is left, collects the logs, and touches nothing else", async () => {
  const stack = await shop({ "exp_b.sh": "touch $BEGUN; sleep 602" }, { env: { BEGUN: "${GO}-begun" } });
  const program = await running(stack, { GO: join(stack.directory, "go") });
  program.signal("SIGKILL");
  await program.ended;
  const [note] = leftOf(stack);
  const left = processesOf(stack.directory).map(({ pid }) => pid);
  expect([note, left.length]).toEqual([expect.stringMatching(/^repo-/), expect.any(Number)]);
  expect(left.length).toBeGreaterThan(2);
  expect((await stack.envctl(["start"])).code).toBe(0);
  await eventually(() => leftOf(stack).length === 0, "the end of the throw-away project", slowMs);
  expect(left.filter(isAlive)).toEqual([]);
  const [run = ""] = readdirSync(join(stack.scope(), "suites"));
  expect(readFileSync(join(stack.scope(), "suites", run, "process_logs", "worker.log"), "utf8")).toContain("working");
  expect(Object.values(stack.pids()).every(isAlive)).toBe(true);
});

test("killed without a daemon, blast-all ends what runs of it, and says so", async () => {
  const stack = await shop({ "exp_b.sh": "touch $BEGUN && sleep 602" }, { env: { BEGUN: "${GO}-begun" } });
  const program = await running(stack, { GO: join(stack.directory, "go") });
  program.signal("SIGKILL");
  await program.ended;
  const blasted = await stack.envctl(["blast-all", "--json"]);
  expect([blasted.code, processesOf(stack.directory)]).toEqual([0, []]);
  expect(blasted.json()).toMatchObject({ processes: expect.arrayContaining([expect.objectContaining({ unitId: expect.stringMatching(/^suite-smoke-.*\/web$/) })]) });
  expect((await stack.envctl(["suite", "run", "smoke", "--script", "smoke::b"], { env: { GO: "/nonexistent/go" } })).stderr).toContain("which an earlier run left, is gone");
  expect(leftOf(stack)).toEqual([]);
}, slowMs);

/** A run whose script `b` has begun. */
async function running(stack: Scene, env: Readonly<Record<string, string>>): Promise<RunningProgram> {
  const program = stack.start(["suite", "run", "smoke", "--json"], { env });
  await Promise.race([eventually(() => existsSync(`${env["GO"] ?? ""}-begun`), "the script's beginning", slowMs), program.ended.then(({ stderr }) => expect.unreachable(stderr))]);
  return program;
}

test("D13 the databases of a suite begin with a copy of Main's, and Main's stay as they are", async () => {
  const script = `
    const { Client } = require("pg");
    const client = new Client(process.env.DATABASE_URL);
    client.connect().then(async () => {
      const { rows } = await client.query("select text from note");
      await client.query("insert into note values ('of the suite')");
      console.log(JSON.stringify(rows), process.env.DATABASE_URL);
      await client.end();
    });`;
  const library = createRequire(import.meta.url).resolve("pg");
  const stack = await dbScene({ isolation: "database", seed: "main" }, { worktrees: [], files: { [`${suites}/suite_data/exp_rows.cjs`]: script.replace('"pg"', JSON.stringify(library)) } });
  await stack.done("start");
  await stack.sql("Main", makeNote);
  const before = stack.pids();
  const outcome = await stack.envctl(["suite", "run", "data", "--report", "detail", "--json"], { timeoutMs: 120_000 });
  const report = reportOf(outcome);
  expect(report.results, outcome.stderr).toMatchObject([{ status: "PASS", output: [expect.stringContaining('[{"text":"of Main"}]')] }]);
  expect(report.results[0]?.output[0]).not.toContain(await stack.urlOf("Main"));
  expect(await stack.sql("Main", notes)).toEqual([{ text: "of Main" }]);
  expect(stack.pids()).toEqual(before);
  expect(leftOf(stack)).toEqual([]);
  expect(readdirSync(join(stack.scope(), "data"))).toEqual(["Main"]);
  expect(readdirSync(join(stack.scope(), "data", "Main", ".snapshots", "postgres"))).toEqual([]);
}, 180_000);

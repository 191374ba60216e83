/** Worktrees and plans through the CLI: made, started, told of, scaled down, deleted; with what runs in them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DeleteWorktreeReport, EnsureWorktreeReport, PlanReport } from "../../src/contracts/worktree-reports.ts";
import { schemaProblems } from "../contracts/validate.ts";
import type { Outcome } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { openTerminal } from "../rig/terminal.ts";
import { isAlive, scene, type Scene } from "./scene.ts";

const plans = { "todo/plans/features/alpha.md": "# Alpha\n", "todo/plans/features/beta.md": "# Beta\n", "todo/plans/fixes/login.md": "# Login\n" };

function stackOf(extra: Readonly<Record<string, unknown>> = {}, files: Readonly<Record<string, string>> = {}): Promise<Scene> {
  return scene((port) => ({ services: { web: { command: puppet({ listen: "{port}" }), port, stop: { grace: "500ms" } } }, ...extra }), { files: { ...plans, ...files } });
}

function answer<T>(command: string, outcome: Outcome): T {
  const last = outcome.jsonLines().at(-1);
  expect(schemaProblems(command, last), outcome.stdout + outcome.stderr).toEqual([]);
  return last as T;
}

async function planned(stack: Scene, ...words: readonly string[]): Promise<PlanReport> {
  return answer("plan", await stack.envctl(["plan", ...words, "--json"]));
}

/** The deletion of worktrees is one document over many lines. */
async function deleted(stack: Scene, args: readonly string[], cwd?: string): Promise<{ readonly outcome: Outcome; readonly report: DeleteWorktreeReport }> {
  const outcome = await stack.envctl([...args, "--json"], cwd === undefined ? {} : { cwd });
  expect(schemaProblems("delete-worktree", outcome.json()), outcome.stdout + outcome.stderr).toEqual([]);
  return { outcome, report: outcome.json() as DeleteWorktreeReport };
}

test("plans become worktrees that run, are scaled down without losing work, and are put aside when they are finished", async () => {
  const stack = await stackOf();
  const preview = await planned(stack, "alpha", "fixes/*=2", "--dry-run");
  expect(preview.plans.map(({ name, worktrees }) => [name, worktrees.map(({ project_name, action }) => `${action} ${project_name}`)])).toEqual([
    ["features/alpha", ["create features_alpha-1"]], ["fixes/login", ["create fixes_login-1", "create fixes_login-2"]],
  ]);
  expect(existsSync(join(stack.repo.root, "trees"))).toBe(false);

  const made = await planned(stack, "alpha", "login=2", "--parallel-trees-max", "2");
  expect(made).toMatchObject({ ok: true, exit: 0, starts: [{ ok: true }, { ok: true }] });
  const pids = stack.pids();
  expect(Object.keys(pids).toSorted()).toEqual(["features_alpha-1/web", "fixes_login-1/web", "fixes_login-2/web"]);
  expect(readFileSync(join(stack.repo.root, "trees/fixes_login/2/MAIN_TASK.md"), "utf8")).toBe("# Login\n");

  writeFileSync(join(stack.repo.root, "trees/fixes_login/2/idea.txt"), "mine\n");
  const kept = await planned(stack, "login=0");
  expect(kept).toMatchObject({ ok: false, exit: 1, plans: [{ archived_to: null, deleted: [{ project_name: "fixes_login-1", removed: true }, { project_name: "fixes_login-2", removed: false, losses: [{ kind: "untracked", what: "idea.txt" }] }] }] });
  expect([isAlive(pids["fixes_login-1/web"] ?? 0), isAlive(pids["fixes_login-2/web"] ?? 0)]).toEqual([false, true]);

  const finished = await planned(stack, "login=0", "--force");
  expect(finished).toMatchObject({ ok: true, plans: [{ archived_to: join(realpathSync(stack.repo.root), "todo/done/fixes/login.md"), deleted: [{ removed: true, rescue: { files: ["files.tar", "note.json"] } }] }] });
  const { directory = "" } = finished.plans[0]?.deleted[0]?.rescue ?? {};
  expect(schemaProblems("rescue_note", JSON.parse(readFileSync(join(directory, "note.json"), "utf8")))).toEqual([]);
  expect(existsSync(join(stack.repo.root, "todo/plans/fixes/login.md"))).toBe(false);
  expect(isAlive(pids["features_alpha-1/web"] ?? 0)).toBe(true);
  const outside = await stack.envctl(["plan", "/etc/passwd", "--json"]);
  expect(outside).toMatchObject({ code: 1 });
  expect(outside.stdout).toMatch(/\/etc\/passwd lies outside of .*todo\/plans/);
});

test("a worktree is made once, told of, started by a flag, and destroys itself with what runs in it and its data", async () => {
  const log = "worktrees.told";
  const stack = await stackOf({ on: { worktree_created: ["sh", "-c", `cat >> "$ENVCTL_WORKTREE/../../../${log}"`] } });
  const told = (): readonly string[] => readFileSync(join(stack.repo.root, log), "utf8").split("\n").flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { readonly project: string }).project]));
  const untrusted = await stack.envctl(["ensure-worktree", "quiet"]);
  expect(untrusted.stderr).toMatch(/not trusted.*envctl trust/);
  await stack.envctl(["trust"]);
  const first = await stack.envctl(["ensure-worktree", "pay-2", "--json"]);
  expect(schemaProblems("ensure-worktree", first.json())).toEqual([]);
  expect(first.json() as EnsureWorktreeReport).toMatchObject({ contract_version: "envctl.ensure_worktree.v1", feature: "pay", iteration: 2, project_name: "pay-2", branch_name: "pay-2", action: "create", created: true, existed_before: false, runtime_started: false });
  expect((await stack.envctl(["ensure-worktree", "pay-2", "--json"])).json()).toMatchObject({ action: "reuse", created: false, existed_before: true });

  const started = await stack.envctl(["--setup-worktrees", "pay", "3", "start", "--json"]);
  expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 });
  expect(told()).toEqual(expect.arrayContaining(["pay-1", "pay-2", "pay-3"]));
  expect(told()).toHaveLength(3);
  const pids = stack.pids();
  expect(Object.keys(pids).toSorted()).toEqual(["pay-1/web", "pay-2/web", "pay-3/web"]);

  mkdirSync(join(stack.scope(), "data", "pay-1", "postgres"), { recursive: true });
  const { report } = await deleted(stack, ["self-destruct-worktree", "--data"], join(stack.repo.root, "trees/pay/1"));
  expect(report).toMatchObject({ ok: true, worktrees: [{ project_name: "pay-1", removed: true, data: { removed: true } }] });
  expect([existsSync(join(stack.repo.root, "trees/pay/1")), existsSync(join(stack.scope(), "data", "pay-1")), isAlive(pids["pay-1/web"] ?? 0), isAlive(pids["pay-2/web"] ?? 0)]).toEqual([false, false, false, true]);
  const again = join(stack.repo.root, "trees/pay/2");
  writeFileSync(join(again, "idea.txt"), "mine\n");
  expect([(await stack.envctl(["ensure-worktree", "pay-2", "--recreate"])).code, isAlive(pids["pay-2/web"] ?? 0)]).toEqual([1, true]);
  rmSync(join(again, "idea.txt"));
  expect((await stack.envctl(["ensure-worktree", "pay-2", "--recreate", "--json"])).json()).toMatchObject({ action: "recreate" });
  expect([existsSync(again), isAlive(pids["pay-2/web"] ?? 0), isAlive(pids["pay-3/web"] ?? 0)]).toEqual([true, false, true]);
  expect((await stack.envctl(["self-destruct-worktree"])).stderr).toMatch(/is the main checkout, which is never deleted/);
  expect((await stack.envctl(["--setup-worktrees", "pay"])).stderr).toMatch(/--setup-worktrees needs a feature and a number from 1, not "pay"/);
});

test("what was deleted by hand is listed, forgotten on request, and its data with it", async () => {
  const stack = await stackOf();
  await stack.envctl(["ensure-worktree", "gone"]);
  stack.repo.git("branch", "topic");
  expect((await stack.envctl(["import", "topic", "--json"])).json()).toMatchObject({ contract_version: "envctl.ensure_worktree.v1", surface: "import", project_name: "topic", branch_name: "topic", created: true });
  mkdirSync(join(stack.scope(), "data", "gone-1", "postgres"), { recursive: true });
  mkdirSync(join(stack.scope(), "data", "älter", "redis"), { recursive: true });
  const secrets = join(stack.scope(), "secrets");
  mkdirSync(secrets, { mode: 0o700 });
  writeFileSync(join(secrets, `${encodeURIComponent("älter")}.json`), "{}", { mode: 0o600 });
  rmSync(join(stack.repo.root, "trees/gone/1"), { recursive: true });
  const { warnings } = (await stack.envctl(["list-trees", "--json"])).json() as { readonly warnings: readonly string[] };
  expect(warnings).toEqual([expect.stringMatching(/trees\/gone\/1 was deleted by hand; `envctl delete-worktree gone-1 --data`/), expect.stringMatching(/älter is gone, but its data are there; `envctl delete-worktree älter --data`/)]);
  const { report } = await deleted(stack, ["delete-worktree", "gone-1", "älter", "--data"]);
  expect(report.worktrees).toMatchObject([{ project_name: "gone-1", is_gone: true, removed: true, data: { removed: true } }, { project_name: "älter", worktree_root: null, data: { removed: true } }]);
  expect([(await stack.envctl(["list-trees", "--json"])).at("warnings"), readdirSync(secrets)], "passwords go with what they open").toEqual([[], []]);
  const bare = join(stack.directory, "bare.git");
  stack.repo.git("clone", "--quiet", "--bare", stack.repo.root, bare);
  expect((await stack.envctl(["ensure-worktree", "x"], { cwd: bare })).stderr).toMatch(/bare\.git is a bare repository/);
});

test("a prepare step whose result was copied from Main is not run again, unless its inputs differ", async () => {
  const prepare = [{ name: "install", run: "mkdir -p deps && echo ran >> ran.txt", inputs: ["lock.txt"] }];
  const stack = await scene(() => ({ services: { worker: { command: puppet(), prepare } }, worktrees: { copy: ["deps"] } }), { files: { "lock.txt": "1\n", ".gitignore": "trees/\ndeps/\nran.txt\n" } });
  expect((await stack.envctl(["start", "--main", "--json"])).code).toBe(0);
  await stack.envctl(["ensure-worktree", "same"]);
  await stack.envctl(["ensure-worktree", "other"]);
  const [same, other] = ["same", "other"].map((name) => join(stack.repo.root, "trees", name, "1"));
  writeFileSync(join(other ?? "", "lock.txt"), "2\n");
  expect((await stack.envctl(["start", "--project", "same-1,other-1", "--json"])).code).toBe(0);
  expect([existsSync(join(same ?? "", "ran.txt")), existsSync(join(other ?? "", "ran.txt"))]).toEqual([false, true]);
});

test("without a selection a person is asked; without a person it is an error that lists the plans", async () => {
  const stack = await stackOf();
  const headless = await stack.envctl(["plan", "--headless"]);
  expect([headless.code, headless.stderr]).toEqual([1, expect.stringMatching(/plan needs a selection[\s\S]*features\/alpha, features\/beta, fixes\/login/)]);
  const terminal = openTerminal(onTestFinished, ["plan", "--keep-plan"], { cwd: stack.repo.root, env: stack.env });
  await terminal.shows(/› \[ \] features\/alpha[\s\S]*space marks/);
  terminal.press("\u001b[B");
  await terminal.shows(/› \[ \] features\/beta/);
  terminal.press(" ");
  await terminal.shows(/› \[x\] features\/beta/);
  terminal.press("\r");
  await terminal.shows(/Started 1 unit/);
  expect(await terminal.ended).toBe(0);
  expect(Object.keys(stack.pids())).toEqual(["features_beta-1/web"]);
});

/** `envctl pr` and `envctl ship` with a bare remote on disk and a `gh` that writes down its calls. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { onPath } from "../../src/host/on-path.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { checks, fakeGh, type FakeGh } from "../rig/fake-gh.ts";
import { deliveryScene, type DeliveryScene } from "./delivery-scene.ts";

interface ShipScene extends DeliveryScene {
  readonly gh: FakeGh;
  run(...args: readonly string[]): ReturnType<DeliveryScene["stage"]["envctl"]>;
}

function shipScene(worktrees?: readonly string[]): ShipScene {
  const scene = deliveryScene(worktrees === undefined ? {} : { worktrees });
  const gh = fakeGh(scene.stage.directory);
  return { ...scene, gh, run: (...args) => scene.stage.envctl(args, { env: gh.env }) };
}

describe("pr", () => {
  test("pushes the branch and opens one pull request, named after the task; a second call finds it", async () => {
    const { gh, git, write, run, repository } = shipScene();
    write("feature", "price.txt", "two\n");
    git("feature", "commit", "--quiet", "--all", "--message", "Prices double");
    write("feature", "MAIN_TASK.md", "# Prices are rounded\n\nAll of them.\n");
    const outcome = await run("pr", "feature", "--draft", "--json");
    expect([outcome.code, schemaProblems("pr", outcome.json())]).toEqual([0, []]);
    expect(outcome.at("projects.0.result")).toEqual({ branch: "feature", base: "main", url: "https://forge.test/shop/pull/7", is_new: true, pushed_to: "origin" });
    expect(gh.calls()).toContain("pr create --base main --head feature --title Prices are rounded --body-file - --draft");
    expect(gh.body()).toBe("# Prices are rounded\n\nAll of them.\n\n## Commits\n\n- Prices double");
    expect(repository.git("ls-remote", "origin", "refs/heads/feature")).toContain(git("feature", "rev-parse", "HEAD"));
    expect((await run("pr", "feature", "--json")).at("projects.0.result.is_new")).toBe(false);
    expect(gh.calls().filter((call) => call.startsWith("pr create"))).toHaveLength(1);
  });

  test("says what to do without gh, without a login, with nothing to merge, and with uncommitted files", async () => {
    const { stage, gh, write, run, git, repository } = shipScene();
    const programs = join(stage.directory, "few");
    mkdirSync(programs);
    symlinkSync(onPath("git", process.env) ?? "", join(programs, "git"));
    const without = await stage.envctl(["pr", "feature"], { env: { PATH: programs } });
    expect([without.code, without.stdout]).toEqual([1, expect.stringMatching(/`gh`, GitHub's program, is not on the PATH[^]*gh auth login/)]);
    gh.set("logged-out", "");
    expect((await run("pr", "feature")).stdout).toMatch(/gh is not logged in: You are not logged into any GitHub hosts\.[^]*`gh auth login`/);
    expect((await run("ship", "feature", "--json")).at("step_statuses")).toEqual({ commit: "not_reached", push: "not_reached", pr: "failed", merge_conflicts: "not_reached", checks: "not_reached" });
    expect(repository.git("ls-remote", "origin")).not.toContain("feature");
    const loggedIn = fakeGh(join(stage.directory, "other"));
    const again = async (...args: readonly string[]): Promise<string> => (await stage.envctl(args, { env: loggedIn.env })).stdout;
    expect(await again("pr", "feature")).toContain("feature has no commit that main has not");
    write("feature", "new.txt", "x");
    expect(await again("pr", "feature")).toMatch(/1 files are not committed: new\.txt[^]*envctl commit/);
    git("feature", "add", "new.txt");
    git("feature", "commit", "--quiet", "--message", "New");
    loggedIn.set("refuses", "GraphQL: was submitted too quickly");
    expect(await again("pr", "feature")).toMatch(/gh pr create failed: GraphQL: was submitted too quickly[^]*feature is pushed/);
  });
});

describe("ship to the end", () => {
  test("commits, pushes, opens the pull request and waits until no check is pending", async () => {
    const { gh, write, run, git } = shipScene();
    gh.set("checks.1", checks(["unit", "pending"], ["lint", "pass"]));
    gh.set("checks.2", checks(["unit", "pass"], ["lint", "pass"], ["deploy preview", "skipping"]));
    write("feature", "price.txt", "two\n");
    write("feature", "MAIN_TASK.md", "# Prices are rounded\n");
    const outcome = await run("ship", "feature", "--json", "--check-interval", "50ms");
    expect([outcome.code, schemaProblems("ship", outcome.json())]).toEqual([0, []]);
    expect(outcome.json()).toMatchObject({
      contract_version: "envctl.ship.v1", project: "feature", branch: "feature", status: "shipped", committed: true, pushed: true, pr_created: true, pr_url: "https://forge.test/shop/pull/7",
      step_statuses: { commit: "ok", push: "ok", pr: "ok", merge_conflicts: "ok", checks: "ok" }, checks_state: "passed", passed_checks: ["unit", "lint", "deploy preview"], failing_checks: [], pending_checks: [],
      commit_sha: git("feature", "rev-parse", "HEAD"), checks_actual_head_sha: git("feature", "rev-parse", "HEAD"), deployment_url: "https://forge.test/checks/deploy preview", merge_conflicts: [], protected_local_artifacts_skipped: ["MAIN_TASK.md"],
    });
    expect(outcome.stderr).toContain("feature: checks: unit");
  });

});

describe("ship that does not come to its end", () => {
  test("nothing is committed on the branch that would be merged into", async () => {
    const { run, repository } = shipScene();
    const before = repository.git("rev-parse", "HEAD");
    repository.write("price.txt", "two\n");
    const outcome = await run("ship", "Main", "--json", "--message", "Prices double");
    expect(outcome.json()).toMatchObject({ committed: false, step_statuses: { commit: "not_reached", pr: "failed" } });
    expect(repository.git("rev-parse", "HEAD")).toBe(before);
    expect(repository.git("status", "--porcelain")).toContain("price.txt");
  });

  test("a failed check, a deadline, and checks of an older commit are no success", async () => {
    const { gh, write, run } = shipScene();
    write("feature", "price.txt", "two\n");
    gh.set("checks.1", checks(["unit", "fail"], ["lint", "pass"]));
    const failed = await run("ship", "feature", "-m", "Two");
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringMatching(/checks failed: unit\n[^]*https:\/\/forge\.test\/shop\/pull\/7\/checks/)]);
    gh.set("checks.1", checks(["unit", "pending"]));
    const late = await run("ship", "feature", "--json", "--checks-timeout", "100ms", "--check-interval", "40ms");
    expect([late.code, late.at("checks_state"), late.at("pending_checks"), late.at("committed"), late.at("pr_created")]).toEqual([124, "timeout", ["unit"], false, false]);
    gh.set("checks.1", checks(["unit", "pass"]));
    gh.set("head", "0".repeat(40));
    const older = await run("ship", "feature", "--json", "--checks-timeout", "100ms", "--check-interval", "40ms");
    expect([older.code, older.at("checks_state"), older.at("checks_actual_head_sha")]).toEqual([124, "timeout", "0".repeat(40)]);
  });

  test("a secret that the push would publish stops it before anything is done; one that is out already is told, and a merge that would conflict before the checks are waited for", async () => {
    const { repository, gh, write, git, run } = shipScene();
    const secret = (port: number): void => write("feature", ".envctl", `services: { api: { command: serve postgres://app:q9XzL2mB7vR4tK8w@db/x, port: ${port} } }\n`);
    repository.write("price.txt", "three\n");
    repository.git("commit", "--quiet", "--all", "--message", "Three");
    repository.git("push", "--quiet", "origin", "main");
    write("feature", "price.txt", "two\n");
    secret(8100);
    const [head, refs] = [git("feature", "rev-parse", "HEAD"), repository.git("ls-remote", "origin")];
    const refused = await run("ship", "feature", "-m", "Two", "--json");
    expect([refused.code, refused.at("error.message")]).toEqual([1, expect.stringMatching(/feature\/\.envctl:1 looks like a secret, and git keeps this file: the next push would publish it/)]);
    expect([git("feature", "rev-parse", "HEAD"), git("feature", "status", "--porcelain"), repository.git("ls-remote", "origin")]).toEqual([head, expect.stringContaining(".envctl"), refs]);
    git("feature", "commit", "--quiet", "--all", "--message", "Out");
    git("feature", "push", "--quiet", "origin", "feature");
    secret(8200);
    const outcome = await run("ship", "feature", "-m", "Two", "--json");
    expect([outcome.code, outcome.at("merge_conflicts"), outcome.at("step_statuses.checks")]).toEqual([1, ["price.txt"], "not_reached"]);
    expect(outcome.stderr).toMatch(/\.envctl:1 looks like a secret, and git keeps this file; [^]*ship: feature/);
    expect(gh.calls().some((call) => call.startsWith("pr checks"))).toBe(false);
  });
});

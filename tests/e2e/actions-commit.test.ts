/** `envctl review` and `envctl commit` on real repositories with a bare remote on disk. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { deliveryScene } from "./delivery-scene.ts";

describe("review", () => {
  test("tells commits, files, tests, migrations and conflicts with the base, and changes nothing", async () => {
    const { stage, repository, git, write } = deliveryScene({ worktrees: ["feature", "calm"] });
    write("feature", "price.txt", "two\n");
    write("feature", "tests/test_price.py", "def test(): pass\n");
    write("feature", "migrations/0001_price.sql", "select 1;\nselect 2;\n");
    git("feature", "add", "--all");
    git("feature", "commit", "--quiet", "--message", "Prices double");
    repository.write("price.txt", "three\n");
    repository.git("commit", "--quiet", "--all", "--message", "Prices triple");
    repository.git("push", "--quiet", "origin", "main");
    write("feature", "späte notiz.txt", "x");
    const before = git("feature", "status", "--porcelain");
    const outcome = await stage.envctl(["review", "--trees", "--json"]);
    expect([outcome.code, schemaProblems("review", outcome.json())]).toEqual([0, []]);
    expect(outcome.at("projects.0.result")).toMatchObject({ branch: "calm", commits: [], conflicts: [], behind: 1 });
    expect(outcome.at("projects.1.result")).toMatchObject({
      branch: "feature", base: { branch: "main", because: "the first of dev, main, master" }, behind: 1, commits: [{ subject: "Prices double" }], additions: 4, deletions: 1,
      tests: ["tests/test_price.py"], migrations: ["migrations/0001_price.sql"], conflicts: ["price.txt"], uncommitted: ["späte notiz.txt"],
    });
    expect(readFileSync(String(outcome.at("projects.1.result.path")), "utf8")).toMatch(/# feature: feature against main[^]*Prices double[^]*## Conflicts with the base\n\n- price\.txt[^]*```diff[^]*\+two/);
    expect(git("feature", "status", "--porcelain")).toBe(before);
    const kept = join(String(outcome.at("projects.1.result.path")), "..", "..", "..");
    for (let day = 0; day < 25; day += 1) mkdirSync(join(kept, `run_202001${String(day + 1).padStart(2, "0")}T000000000`));
    mkdirSync(join(kept, "somebody else's"));
    expect((await stage.envctl(["review", "feature"])).stdout).toMatch(/PROJECT +STATUS +BASE +COMMITS[^\n]*\nfeature +ok +main +1 +1 +3 +\+4 -1 +1 +1 +1 +1/);
    expect(readdirSync(kept)).toHaveLength(21);
  });

  test("measures against what the worktree was made from, and against what is asked for", async () => {
    const { stage, repository, write } = deliveryScene();
    repository.git("branch", "release/1.x");
    write("feature", ".envctl-state/worktree-provenance.json", JSON.stringify({ schema_version: 1, source_branch: "release/1.x", source_ref: "refs/heads/release/1.x" }));
    const base = async (...args: readonly string[]): Promise<unknown> => (await stage.envctl(["review", "feature", "--json", ...args])).at("projects.0.result.base");
    expect(await base()).toEqual({ ref: "refs/heads/release/1.x", branch: "release/1.x", because: "the worktree was made from it" });
    expect(await base("--base", "main")).toMatchObject({ ref: "refs/remotes/origin/main", because: "--base says so" });
    write("feature", ".envctl-state/worktree-provenance.json", "{ torn");
    expect(await base()).toMatchObject({ branch: "main" });
    const unknown = await stage.envctl(["review", "feature", "--base=--upload-pack=x"]);
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringMatching(/there is no branch or commit "--upload-pack=x"[^]*name another with --base/)]);
    expect((await stage.envctl(["review", "feature"], { env: { PATH: "/nonexistent" } })).stderr).toMatch(/git cannot be run[^]*install git 2\.30 or newer/);
    expect((await stage.envctl(["review", "Main"])).stdout).toMatch(/no base was found for main[^]*name it with --base/);
  });
});

describe("commit", () => {
  test("takes everything but what is local or ignored, its message from MAIN_TASK.md, and pushes only when asked", async () => {
    const { stage, repository, git, write } = deliveryScene();
    write("feature", "MAIN_TASK.md", "---\n\n# Prices are rounded\n\nAll of them.\n");
    write("feature", "ünï [x]*.txt", "new\n");
    write("feature", "ignored/a.bin", "x");
    write("feature", "forced.log", "x");
    write("feature", ".envctl-state/worktree-provenance.json", "{}");
    git("feature", "add", "--force", "MAIN_TASK.md", "forced.log");
    git("feature", "rm", "--quiet", "old.txt");
    git("feature", "worktree", "add", "--quiet", "-b", "inner", join(repository.worktree("feature"), "inside"));
    const outcome = await stage.envctl(["commit", "feature", "--json"]);
    expect([outcome.code, schemaProblems("commit", outcome.json())]).toEqual([0, []]);
    expect(outcome.at("projects.0.result")).toMatchObject({ branch: "feature", files: ["old.txt", "ünï [x]*.txt"], pushed_to: null, left_out: [".envctl-state/worktree-provenance.json", "MAIN_TASK.md", "forced.log", "inside/"] });
    expect(git("feature", "-c", "core.quotePath=false", "show", "--format=%s", "--name-status", "HEAD")).toBe("Prices are rounded\n\nD\told.txt\nA\tünï [x]*.txt");
    expect(existsSync(join(repository.worktree("feature"), "MAIN_TASK.md"))).toBe(true);
    expect(repository.git("ls-remote", "origin")).not.toContain("refs/heads/feature");
    const pushed = await stage.envctl(["commit", "feature", "--push", "--json"]);
    expect(pushed.at("projects.0.result")).toMatchObject({ sha: null, pushed_to: "origin" });
    expect(repository.git("ls-remote", "origin", "refs/heads/feature")).toContain(git("feature", "rev-parse", "HEAD"));
  });

  test("a hook that refuses keeps the commit from being made and is quoted; nothing is lost", async () => {
    const { stage, repository, git, write } = deliveryScene();
    const hook = join(repository.root, ".git", "hooks", "pre-commit");
    writeFileSync(hook, "#!/bin/sh\necho 'prices must be round' >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    write("feature", "price.txt", "1.5\n");
    const outcome = await stage.envctl(["commit", "feature", "-m", "Prices"]);
    expect([outcome.code, outcome.stdout]).toEqual([1, expect.stringMatching(/the commit failed \(ended with exit code 1\)[^]*prices must be round/)]);
    expect([git("feature", "rev-list", "--count", "main..HEAD"), git("feature", "status", "--porcelain")]).toEqual(["0", "M  price.txt"]);
  });

});

describe("what commit refuses", () => {
  test("commits of others on the remote are never overwritten", async () => {
    const { stage, repository, git, write } = deliveryScene();
    repository.git("push", "--quiet", "origin", "feature");
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Somebody else's");
    repository.git("push", "--quiet", "origin", "main:feature");
    const theirs = repository.git("rev-parse", "main");
    write("feature", "price.txt", "2\n");
    const outcome = await stage.envctl(["commit", "feature", "-m", "Mine", "--push", "--json"]);
    expect([outcome.code, outcome.at("projects.0.failures.0.hint")]).toEqual([1, expect.stringContaining("envctl never forces a push")]);
    expect(repository.git("ls-remote", "origin", "refs/heads/feature")).toContain(theirs);
    expect(git("feature", "log", "-1", "--format=%s")).toBe("Mine");
  });

  test("refuses a detached HEAD, unresolved conflicts, no message, an empty message and no remote", async () => {
    const { stage, repository, git, write } = deliveryScene({ worktrees: ["feature", "loose"], hasRemote: false });
    const commit = async (...args: readonly string[]): Promise<string> => (await stage.envctl(["commit", ...args])).stdout;
    git("loose", "checkout", "--quiet", "--detach");
    expect(await commit("loose", "-m", "x")).toMatch(/HEAD is detached[^]*git switch -c NAME/);
    write("feature", "price.txt", "two\n");
    expect(await commit("feature")).toMatch(/there is no message, and no MAIN_TASK\.md with a heading[^]*-m MESSAGE/);
    expect(await commit("feature", "-m", "  ")).toContain("the message is empty");
    expect(await commit("feature", "--message-file", "gone.txt")).toMatch(/file cannot be read[^]*ENOENT/);
    const programs = join(stage.directory, "old");
    mkdirSync(programs);
    writeFileSync(join(programs, "git"), "#!/bin/sh\necho git version 2.29.1\n", { mode: 0o755 });
    expect((await stage.envctl(["commit", "feature", "-m", "x"], { env: { PATH: programs } })).stderr).toMatch(/git version 2\.29\.1 is too old[^]*install git 2\.30 or newer/);
    expect((await stage.envctl(["commit", "feature", "-m", "x", "--message-file", "y"])).stderr).toContain("exclude each other");
    expect(git("feature", "diff", "--cached", "--name-only")).toBe("");
    expect(await commit("feature", "-m", "Two", "--push")).toMatch(/has no remote to push feature to[^]*git remote add origin URL/);
    repository.write("price.txt", "three\n");
    repository.git("commit", "--quiet", "--all", "--message", "Three");
    expect(() => git("feature", "merge", "--quiet", "main")).toThrow();
    expect(await commit("feature", "-m", "x")).toMatch(/1 files have conflicts that are not resolved: price\.txt/);
  });
});

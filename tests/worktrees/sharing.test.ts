/** What a new worktree gets from Main, what is written into it, and what stays out of git's sight. */
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { contentOf, put, yard } from "./yard.ts";

test("links and copies come from Main; what the branch has, and what Main lacks, is left alone", async () => {
  const place = yard(onTestFinished, { "config/own.env": "branch\n" });
  put(place.repo.root, ".env", "SECRET=1\n");
  put(place.repo.root, "web/node_modules/left-pad/index.js", "module.exports = 1\n");
  const settings = { ...place.settings, link: [".env", "config/own.env", "absent"], copy: ["web/node_modules"] };
  const { worktrees: [made] } = await place.worktrees.ensure(["topic"], place.options({ settings }));
  const root = made?.root ?? "";
  expect(made).toMatchObject({ shared: [".env", "web/node_modules"], notes: [] });
  expect(readlinkSync(join(root, ".env"))).toBe(join(place.repo.root, ".env"));
  expect(contentOf(join(root, "web/node_modules/left-pad/index.js"))).toBe("module.exports = 1\n");
  expect(lstatSync(join(root, "web/node_modules")).isSymbolicLink()).toBe(false);
  expect(contentOf(join(root, "config/own.env"))).toBe("branch\n");
  expect(place.gitIn(root, "status", "--porcelain")).toBe("");
});

test("a link of the branch leads nothing out of the worktree", async () => {
  const place = yard(onTestFinished);
  const outside = join(place.repo.root, "..", "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(place.repo.root, "vendor"));
  place.repo.git("add", "vendor");
  place.repo.git("commit", "--quiet", "--message", "a link");
  rmSync(join(place.repo.root, "vendor"));
  put(place.repo.root, "vendor/tool.cfg", "main's\n");
  const { worktrees: [made] } = await place.worktrees.ensure(["topic"], place.options({ settings: { ...place.settings, copy: ["vendor/tool.cfg"] } }));
  expect(made).toMatchObject({ shared: [], notes: [expect.stringMatching(/a link leads vendor\/tool\.cfg out of the worktree, to .*outside/)] });
  expect(readdirSync(outside)).toEqual([]);
});

test("provenance says where it began, and only info/exclude is told what git shall not see", async () => {
  const place = yard(onTestFinished);
  put(place.repo.root, ".git/info/exclude", "mine");
  const task = { planFile: join(place.repo.root, "todo/plans/features/alpha.md"), text: "# Alpha\n" };
  const { worktrees: [made] } = await place.worktrees.ensure([{ feature: "features_alpha", iteration: 1, task }], place.options());
  const root = made?.root ?? "";
  expect(contentOf(join(root, "MAIN_TASK.md"))).toBe("# Alpha\n");
  const provenance: unknown = JSON.parse(readFileSync(join(root, ".envctl-state/worktree-provenance.json"), "utf8"));
  expect(schemaProblems("worktree_provenance", provenance)).toEqual([]);
  expect(provenance).toMatchObject({
    schema_version: 1, source_branch: "main", source_ref: place.repo.git("rev-parse", "main"), resolution_reason: "current_branch", created_from_repo: place.repo.root, plan_file: "todo/plans/features/alpha.md",
  });
  expect(readFileSync(join(place.repo.root, ".git/info/exclude"), "utf8")).toMatch(/^mine\n# envctl.*\n\/\.envctl-state\/\n\/MAIN_TASK\.md\n\/trees\/\n$/);
  await place.worktrees.ensure(["features_alpha-2"], place.options());
  expect(readFileSync(join(place.repo.root, ".git/info/exclude"), "utf8").match(/trees/g)).toHaveLength(1);
  expect(place.gitIn(root, "status", "--porcelain")).toBe("");
  expect(place.repo.git("status", "--porcelain")).toBe("");
});

test("an edited task, and ignored files nobody makes again, are saved without being asked for", async () => {
  const place = yard(onTestFinished);
  const task = { planFile: join(place.repo.root, "todo/plans/a/b.md"), text: "# B\n" };
  const { worktrees } = await place.worktrees.ensure([{ feature: "a_b", iteration: 1, task }, { feature: "a_b", iteration: 2, task }], place.options());
  put(worktrees[1]?.root ?? "", "MAIN_TASK.md", "# B\nwith notes\n");
  put(worktrees[1]?.root ?? "", "local.ignored", "mine\n");
  put(worktrees[1]?.root ?? "", "node_modules/x/index.js", "1\n");
  const [first, second] = await place.worktrees.remove(["a_b-1", "a_b-2"], { force: false, withBranch: true }, new AbortController().signal);
  expect(first).toMatchObject({ removed: true, branchRemoved: true });
  expect(first?.rescue).toBeUndefined();
  expect(second).toMatchObject({ removed: true, losses: [] });
  expect(place.gitIn(place.repo.root, "ls-files", "--others", "--ignored", "--exclude-standard")).toBe("");
  const saved = join(second?.rescue?.directory ?? "", "files.tar");
  const restored = join(place.repo.root, "..", "restored");
  mkdirSync(restored);
  execFileSync("tar", ["-xf", saved, "-C", restored]);
  expect([contentOf(join(restored, "MAIN_TASK.md")), contentOf(join(restored, "local.ignored")), contentOf(join(restored, "node_modules/x/index.js"))]).toEqual(["# B\nwith notes\n", "mine\n", undefined]);
});

/** Everything that can be in the way of a worktree, and what is told then; nothing half made stays. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { UserError, type Failure } from "../../src/model/failure.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { contentOf, put, yard, type Yard } from "./yard.ts";

/** What keeps a worktree from being there, whichever way it is told. */
async function failureOf(work: Promise<{ readonly failures: readonly Failure[] }>): Promise<Failure | undefined> {
  try {
    return (await work).failures[0];
  } catch (error) {
    if (error instanceof UserError) return error.failures[0];
    throw error;
  }
}

interface Trouble {
  readonly arrange: (place: Yard) => void;
  /** Of topic-1 unless it says otherwise. */
  readonly wanted?: (place: Yard, more: { readonly isDryRun: boolean }) => Promise<{ readonly failures: readonly Failure[] }>;
  /** It is found out when something has to be deleted. */
  readonly isSeenLate?: true;
  readonly failure: { readonly reason: Failure["reason"]; readonly message: RegExp; readonly hint: RegExp };
}

const topic = (place: Yard): string => join(place.repo.root, "trees", "topic", "1");

const troubles: Readonly<Record<string, Trouble>> = {
  "a file is where the worktree belongs": {
    arrange: ({ repo }) => repo.write("trees/topic/1", "mine"),
    failure: { reason: "path_taken", message: /trees\/topic\/1 is needed for the worktree, but is a file/, hint: /move it away/ },
  },
  "a directory with files is there": {
    arrange: ({ repo }) => repo.write("trees/topic/1/notes.txt", "mine"),
    failure: { reason: "path_taken", message: /a directory with files in it/, hint: /worktrees\.path/ },
  },
  "a link is there": {
    arrange: ({ repo }) => {
      mkdirSync(join(repo.root, "trees", "topic"), { recursive: true });
      symlinkSync("/nowhere", join(repo.root, "trees", "topic", "1"));
    },
    failure: { reason: "path_taken", message: /a symbolic link/, hint: /move it away/ },
  },
  "its branch is checked out elsewhere": {
    arrange: ({ repo }) => repo.git("worktree", "add", "--quiet", "-b", "topic-1", join(repo.root, "..", "aside")),
    failure: { reason: "path_taken", message: /the branch topic-1 is checked out in .*aside already/, hint: /list-trees/ },
  },
  "Main is on its branch": {
    arrange: ({ repo }) => repo.git("checkout", "--quiet", "-b", "topic-1"),
    failure: { reason: "path_taken", message: /checked out in .*shop already/, hint: /another branch/ },
  },
  "a branch stands where a directory of branches is needed": {
    arrange: ({ repo }) => repo.git("branch", "topic-1/more"),
    failure: { reason: "git_failed", message: /the branch topic-1 cannot be made: .*topic-1\/more/, hint: /git branch --list/ },
  },
  "the base is nothing git knows": {
    arrange: () => undefined,
    wanted: ({ worktrees, options }, more) => worktrees.ensure(["topic"], options({ base: "no-such-ref", ...more })),
    failure: { reason: "unknown_target", message: /no commit called "no-such-ref"/, hint: /git fetch/ },
  },
  "a name of which nothing is left": {
    arrange: () => undefined,
    wanted: ({ worktrees, options }, more) => worktrees.ensure(["../.."], options(more)),
    failure: { reason: "usage_invalid", message: /"\.\.\/\.\." names no worktree/, hint: /login-2/ },
  },
  "an import of a branch nobody has": {
    arrange: ({ repo }) => repo.git("branch", "search"),
    wanted: ({ worktrees, options }, more) => worktrees.importBranch("serach", options(more)),
    failure: { reason: "unknown_target", message: /no branch is called "serach".*did you mean "search"/, hint: /git fetch/ },
  },
  "a worktree deleted by hand held staged work": {
    isSeenLate: true,
    arrange: (place) => {
      place.repo.git("worktree", "add", "--quiet", "-b", "topic-1", topic(place));
      put(topic(place), "staged.txt", "staged\n");
      place.gitIn(topic(place), "add", "staged.txt");
      rmSync(topic(place), { recursive: true });
    },
    failure: { reason: "work_at_risk", message: /topic-1 holds 1 thing that would be lost: staged staged\.txt/, hint: /--force/ },
  },
  "a worktree deleted by hand held the beginning of a branch": {
    isSeenLate: true,
    arrange: (place) => {
      place.repo.git("worktree", "add", "--quiet", "-b", "topic-1", topic(place));
      place.gitIn(topic(place), "checkout", "--quiet", "--orphan", "begun");
      place.gitIn(topic(place), "rm", "--quiet", "--cached", ".gitignore", "b.txt");
      rmSync(topic(place), { recursive: true });
    },
    failure: { reason: "work_at_risk", message: /staged a\.txt/, hint: /--force/ },
  },
  "git is too old": {
    arrange: ({ repo }) => program(join(repo.root, "..", "bin", "git"), "echo git version 2.29.1"),
    wanted: (place, more) => place.withEnvironment({ PATH: join(place.repo.root, "..", "bin") }).ensure(["topic"], place.options(more)),
    failure: { reason: "git_failed", message: /git version 2\.29\.1 is too old/, hint: /2\.30 or newer/ },
  },
  "there is no git": {
    arrange: () => undefined,
    wanted: (place, more) => place.withEnvironment({ PATH: join(place.repo.root, "nowhere") }).ensure(["topic"], place.options(more)),
    failure: { reason: "git_failed", message: /git cannot be run/, hint: /install git 2\.30 or newer/ },
  },
};

function program(path: string, line: string): void {
  put(join(path, ".."), "git", `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

describe("trouble with a worktree", () => {
  for (const [name, { arrange, wanted, failure, isSeenLate = false }] of Object.entries(troubles)) {
    test(`${name}, ${isSeenLate ? "found out by a run" : "found out by a dry run and a run alike"}`, async () => {
      const place = yard(onTestFinished);
      arrange(place);
      const before = stateOf(place);
      const tell = (isDryRun: boolean): Promise<Failure | undefined> => failureOf(wanted?.(place, { isDryRun }) ?? place.worktrees.ensure(["topic"], place.options({ isDryRun })));
      const dry = isSeenLate ? undefined : await tell(true);
      const told = await tell(false);
      if (!isSeenLate) expect(dry).toEqual(told);
      expect(told).toMatchObject({ reason: failure.reason, message: expect.stringMatching(failure.message) as string });
      expect(told?.hint ?? "").toMatch(failure.hint);
      expect(stateOf(place)).toEqual(before);
    });
  }
});

/** Branches, worktrees, and what lies below trees/. */
function stateOf({ repo }: Yard): readonly string[] {
  const trees = join(repo.root, "trees");
  return [repo.git("for-each-ref"), repo.git("worktree", "list", "--porcelain"), ...(existsSync(trees) ? (readdirSync(trees, { recursive: true }) as string[]) : ["no trees"])];
}

test.runIf(canMount())("a full disk takes the whole attempt back", async () => {
  const place = yard(onTestFinished, { "large.bin": "x".repeat(400_000) });
  const before = place.repo.git("for-each-ref");
  const disk = join(place.repo.root, "..", "disk");
  mkdirSync(disk);
  onTestFinished(mountSmallDisk(disk, "200k"));
  const told = await failureOf(place.worktrees.ensure(["topic"], place.options({ settings: { ...place.settings, path: "../disk/{feature}/{n}" } })));
  expect(told).toMatchObject({ reason: "git_failed", message: expect.stringMatching(/no worktree could be made at .*disk\/topic\/1/) as string });
  expect(readdirSync(disk)).toEqual([]);
  expect(place.repo.git("for-each-ref")).toBe(before);
  expect(place.repo.git("worktree", "list").split("\n")).toHaveLength(1);
});

test.runIf(canMount())("where work cannot be saved, nothing is deleted, --force or not", async () => {
  const place = yard(onTestFinished);
  const { worktrees: [made] } = await place.worktrees.ensure(["topic"], place.options());
  put(made?.root ?? "", "large.txt", "x".repeat(400_000));
  const rescued = join(place.scope, "rescued");
  mkdirSync(rescued, { recursive: true });
  onTestFinished(mountSmallDisk(rescued, "200k"));
  const [kept] = await place.worktrees.remove(["topic-1"], { force: true, withBranch: true }, new AbortController().signal);
  expect(kept).toMatchObject({ removed: false, branchRemoved: false, failure: { reason: "work_at_risk", message: expect.stringContaining("could not be saved") as string } });
  expect(contentOf(join(made?.root ?? "", "large.txt"))).toHaveLength(400_000);
  expect(readdirSync(join(rescued, "topic-1"))).toEqual([]);
});

test("many are made at once", async () => {
  const place = yard(onTestFinished);
  const targets = Array.from({ length: 12 }, (_value, index) => `topic-${index + 1}`);
  const { worktrees, failures } = await place.worktrees.ensure(targets, place.options());
  expect(failures).toEqual([]);
  expect(worktrees.map(({ projectName }) => projectName)).toEqual(targets);
  for (const { root } of worktrees) expect(place.gitIn(root, "status", "--porcelain")).toBe("");
});

test("an existing branch is checked out as it is, however far it is from Main", async () => {
  const place = yard(onTestFinished);
  place.repo.git("checkout", "--quiet", "-b", "topic-1");
  place.repo.git("commit", "--quiet", "--allow-empty", "--message", "work");
  const tip = place.repo.git("rev-parse", "topic-1");
  place.repo.git("checkout", "--quiet", "main");
  const { worktrees: [made] } = await place.worktrees.ensure(["topic-1"], place.options());
  expect(made).toMatchObject({ action: "create", branch: "topic-1", projectName: "topic-1" });
  expect(place.gitIn(made?.root ?? "", "rev-parse", "HEAD")).toBe(tip);
});

test("hooks are off while a worktree is made, unless they are inherited; a caller's GIT_DIR leads nowhere else", async () => {
  const place = yard(onTestFinished);
  put(join(place.repo.root, ".git", "hooks"), "post-checkout", "#!/bin/sh\necho ran >> \"$(git rev-parse --git-common-dir)/hook-ran\"\n");
  chmodSync(join(place.repo.root, ".git", "hooks", "post-checkout"), 0o755);
  const inside = place.withEnvironment({ GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index" });
  await inside.ensure(["quiet"], place.options());
  expect(contentOf(join(place.repo.root, ".git", "hook-ran"))).toBeUndefined();
  await place.worktrees.ensure(["loud"], place.options({ settings: { ...place.settings, hooks: "inherit" } }));
  expect(contentOf(join(place.repo.root, ".git", "hook-ran"))).toBe("ran\n");
});

test("unicode and slashes are no trouble: a feature's become one name, an imported branch keeps its own", async () => {
  const place = yard(onTestFinished, {}, "it's a żółć");
  place.repo.git("push", "--quiet", "origin", "main:refs/heads/feat/žluť-ö");
  place.repo.git("fetch", "--quiet");
  const { worktrees: [feature] } = await place.worktrees.ensure([{ feature: "Fehler: ö/ü  x", iteration: 2 }], place.options());
  expect(feature).toMatchObject({ projectName: "Fehler-ö-ü-x-2", branch: "Fehler-ö-ü-x-2", root: join(place.repo.root, "trees", "Fehler-ö-ü-x", "2") });
  const { worktrees: [imported] } = await place.worktrees.importBranch("feat/žluť-ö", place.options());
  expect(imported).toMatchObject({ projectName: "feat-žluť-ö", branch: "feat/žluť-ö", action: "create" });
  expect(place.gitIn(imported?.root ?? "", "rev-parse", "--abbrev-ref", "@{upstream}")).toBe("origin/feat/žluť-ö");
  expect(await place.worktrees.importBranch("origin/feat/žluť-ö", place.options())).toMatchObject({ worktrees: [{ action: "reuse" }] });
});

test("a worktree with submodules goes when they hold nothing of their own, and stays when one does", async () => {
  const place = yard(onTestFinished);
  const library = join(place.repo.root, "..", "library.git");
  place.gitIn(place.repo.root, "clone", "--quiet", "--bare", join(place.repo.root, "..", "remote.git"), library);
  place.gitIn(place.repo.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
  place.repo.git("commit", "--quiet", "--message", "library");
  place.repo.git("push", "--quiet", "origin", "main");
  const { worktrees } = await place.worktrees.ensure(["topic-1", "topic-2"], place.options());
  for (const { root } of worktrees) place.gitIn(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
  put(join(worktrees[1]?.root ?? "", "lib"), "inner.txt", "mine\n");
  place.gitIn(join(worktrees[1]?.root ?? "", "lib"), "commit", "--quiet", "--allow-empty", "--message", "inner work");
  const removed = await place.worktrees.remove(["topic-1", "topic-2"], { force: false, withBranch: false }, new AbortController().signal);
  expect(removed).toMatchObject([{ removed: true }, { removed: false, failure: { reason: "work_at_risk" } }]);
  expect(removed[1]?.losses.map(({ kind, what }) => `${kind} ${what}`)).toEqual(expect.arrayContaining(["untracked lib/inner.txt", "commit lib/: inner work"]));
  const elsewhere = worktrees[1]?.root ?? "";
  place.gitIn(elsewhere, "mv", "lib", "other");
  rmSync(join(elsewhere, "other"), { recursive: true });
  const [unseen] = await place.worktrees.remove(["topic-2"], { force: true, withBranch: false }, new AbortController().signal);
  expect(unseen).toMatchObject({ removed: false, failure: { reason: "work_at_risk", message: expect.stringContaining("the submodule lib was checked out") as string } });
  place.gitIn(elsewhere, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--force");
  const [forced] = await place.worktrees.remove(["topic-2"], { force: true, withBranch: false }, new AbortController().signal);
  expect(forced).toMatchObject({ removed: true, rescue: { files: expect.arrayContaining(["other__commits.bundle"]) as string[] } });
});

test("a locked worktree stays, even with --force", async () => {
  const place = yard(onTestFinished);
  const { worktrees: [made] } = await place.worktrees.ensure(["topic"], place.options());
  place.repo.git("worktree", "lock", "--reason", "on a stick", made?.root ?? "");
  const [kept] = await place.worktrees.remove(["topic-1"], { force: true, withBranch: true }, new AbortController().signal);
  expect(kept).toMatchObject({ removed: false, failure: { message: expect.stringContaining("on a stick") as string, hint: expect.stringContaining("git worktree unlock") as string } });
  expect(existsSync(made?.root ?? "")).toBe(true);
});

test("a worktree deleted by hand is forgotten and made again; what else was deleted by hand stays known", async () => {
  const place = yard(onTestFinished);
  const { worktrees } = await place.worktrees.ensure(["topic-1", "topic-2"], place.options());
  for (const { root } of worktrees) rmSync(root, { recursive: true });
  expect(place.worktrees.leftovers().gone.map(({ name }) => name).sort()).toEqual(["topic-1", "topic-2"]);
  const { worktrees: [again] } = await place.worktrees.ensure(["topic-1"], place.options());
  expect(again).toMatchObject({ action: "create", notes: [expect.stringContaining("deleted by hand")] });
  expect(place.worktrees.leftovers().gone.map(({ name }) => name)).toEqual(["topic-2"]);
});

test("a worktree with another one inside stays, even with --force", async () => {
  const place = yard(onTestFinished);
  const { worktrees: [made] } = await place.worktrees.ensure(["topic"], place.options());
  const inner = join(made?.root ?? "", "trees", "inner");
  place.repo.git("worktree", "add", "--quiet", "-b", "inner", inner);
  put(inner, "work.txt", "mine\n");
  const [kept] = await place.worktrees.remove(["topic-1"], { force: true, withBranch: true }, new AbortController().signal);
  expect(kept).toMatchObject({ removed: false, failure: { reason: "conflict", message: expect.stringContaining(`another worktree lies inside of ${made?.root}: ${inner}`) as string } });
  expect(contentOf(join(inner, "work.txt"))).toBe("mine\n");
});

test("a branch that is checked out in Main, too, stays there", async () => {
  const place = yard(onTestFinished);
  place.repo.git("worktree", "add", "--quiet", "--force", join(place.repo.root, "..", "second"), "main");
  const [removed] = await place.worktrees.remove(["second"], { force: false, withBranch: true }, new AbortController().signal);
  expect(removed).toMatchObject({ removed: true, branchRemoved: false });
  expect(place.repo.git("branch", "--list")).toBe("* main");
});

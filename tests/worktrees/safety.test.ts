/** Whatever state a worktree is in: nothing of it is lost without --force, and with it everything can be got back. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { RemovedWorktree } from "../../src/model/worktrees.ts";
import { contentOf, put, yard, type Yard } from "./yard.ts";

type Act = (root: string, git: (...args: readonly string[]) => string, mark: string) => void;

/** Commits may refuse, since nothing is staged; a stash, since nothing is there. */
const perhaps = (act: () => unknown): void => {
  try {
    act();
  } catch {
    // Git had nothing to do, or could not.
  }
};

const acts: Readonly<Record<string, Act>> = {
  modify: (root, _git, mark) => put(root, "a.txt", `${mark}\n`),
  create: (root, _git, mark) => put(root, `new ${mark}.txt`, `${mark}\n`),
  createOdd: (root, _git, mark) => put(root, `-ödd/"${mark}"\n x.txt`, `${mark}\n`),
  ignore: (root, _git, mark) => put(root, `${mark}.ignored`, `${mark}\n`),
  nest: (root, git, mark) => {
    git("init", "--quiet", join(root, `nested-${mark}`));
    put(root, `nested-${mark}/inner.txt`, `${mark}\n`);
  },
  remove: (root) => rmSync(join(root, "b.txt"), { force: true }),
  stageAll: (_root, git) => perhaps(() => git("add", "--all", "--", ".", ":!nested-*")),
  stageOne: (_root, git) => perhaps(() => git("add", "a.txt")),
  intend: (root, git, mark) => {
    put(root, `intended ${mark}.txt`, `${mark}\n`);
    perhaps(() => git("add", "--intent-to-add", `intended ${mark}.txt`));
  },
  hide: (root, git, mark) => {
    put(root, "c.txt", `${mark}\n`);
    perhaps(() => git("update-index", "--skip-worktree", "c.txt"));
  },
  commit: (_root, git, mark) => perhaps(() => git("commit", "--quiet", "--message", mark)),
  commitAll: (_root, git, mark) => perhaps(() => git("commit", "--quiet", "--all", "--message", mark)),
  amend: (_root, git, mark) => perhaps(() => git("commit", "--quiet", "--amend", "--message", `amended ${mark}`)),
  stash: (_root, git) => perhaps(() => git("stash", "push", "--quiet", "--include-untracked")),
  detach: (_root, git) => perhaps(() => git("checkout", "--quiet", "--detach")),
  back: (_root, git) => perhaps(() => git("checkout", "--quiet", "topic-1")),
  drop: (_root, git) => perhaps(() => git("reset", "--quiet", "--hard", "HEAD~1")),
  push: (_root, git) => perhaps(() => git("push", "--quiet", "origin", "HEAD:refs/heads/topic-1")),
  conflict: (root, git, mark) => perhaps(() => {
    const base = git("rev-parse", "HEAD");
    put(root, "d.txt", `one ${mark}\n`);
    git("add", "d.txt");
    git("commit", "--quiet", "--message", `one ${mark}`);
    git("checkout", "--quiet", "--detach", base);
    put(root, "d.txt", `two ${mark}\n`);
    git("add", "d.txt");
    git("commit", "--quiet", "--message", `two ${mark}`);
    git("merge", "--quiet", "topic-1");
  }),
  putAside: (root, git, mark) => perhaps(() => {
    const base = git("rev-parse", "HEAD");
    put(root, "d.txt", `mine ${mark}\n`);
    git("add", "d.txt");
    git("commit", "--quiet", "--message", `mine ${mark}`);
    put(root, "a.txt", `put aside ${mark}\n`);
    git("rebase", "--quiet", "--autostash", "--exec", "false", base);
  }),
  name: (_root, git, mark) => perhaps(() => {
    git("update-ref", `refs/worktree/${mark}`, git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", mark));
  }),
};

interface Belongings {
  readonly commits: ReadonlySet<string>;
  readonly files: Readonly<Record<string, string>>;
  readonly indexTree: string | undefined;
}

async function live(place: Yard, names: readonly string[]): Promise<{ readonly root: string; readonly had: Belongings }> {
  const { worktrees: [made] } = await place.worktrees.ensure(["topic-1"], place.options());
  const root = made?.root ?? "";
  const git = (...args: readonly string[]): string => place.gitIn(root, ...args);
  const commits = new Set<string>([git("rev-parse", "HEAD")]);
  const remember = (...args: readonly string[]): void => perhaps(() => commits.add(git("rev-parse", "--verify", ...args)));
  names.forEach((name, index) => {
    acts[name]?.(root, git, `${name}${index}`);
    remember("HEAD^{commit}");
    remember("stash@{0}^{commit}");
    remember("MERGE_HEAD^{commit}");
    for (const id of git("for-each-ref", "--format=%(objectname)", "refs/worktree").split("\n").filter((one) => one !== "")) commits.add(id);
    const aside = contentOf(join(git("rev-parse", "--absolute-git-dir"), "rebase-merge", "autostash"));
    if (aside !== undefined) commits.add(aside.trim());
  });
  return { root, had: { commits, files: filesIn(root), indexTree: indexTree(git) } };
}

/** Undefined with paths in conflict. */
function indexTree(git: (...args: readonly string[]) => string): string | undefined {
  try {
    return git("write-tree");
  } catch {
    return undefined;
  }
}

/** Path → content of everything but git's and envctl's own notes. */
function filesIn(root: string, at = root): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(at, { withFileTypes: true }).flatMap((entry): readonly (readonly [string, string])[] => {
    const path = join(at, entry.name);
    if (at === root && [".git", ".envctl-state"].includes(entry.name)) return [];
    if (entry.isDirectory()) return Object.entries(filesIn(root, path));
    return [[relative(root, path), readFileSync(path, "utf8")]];
  }));
}

/** What nothing but the repository's names keeps alive is thrown away, as git does after some weeks. */
function forgetEverythingUnnamed({ repo }: Yard): void {
  repo.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
  repo.git("gc", "--quiet", "--prune=now");
}

function assertNothingLost(place: Yard, root: string, had: Belongings, removed: RemovedWorktree): void {
  forgetEverythingUnnamed(place);
  const directory = removed.rescue?.directory ?? "";
  if (existsSync(join(directory, "commits.bundle"))) place.repo.git("fetch", "--quiet", join(directory, "commits.bundle"), "+refs/rescued/*:refs/rescued/*");
  for (const commit of had.commits) expect(() => place.repo.git("cat-file", "-e", `${commit}^{commit}`), `commit ${commit}`).not.toThrow();
  const into = join(root, "..", "..", "restored");
  mkdirSync(into, { recursive: true });
  if (existsSync(join(directory, "files.tar"))) execFileSync("tar", ["-xf", join(directory, "files.tar"), "-C", into]);
  const lost = Object.entries(had.files).filter(([path, content]) => contentOf(join(into, path)) !== content && !isCommitted(place, had, path, content));
  expect(lost).toEqual([]);
  const isStaged = removed.losses.some(({ kind }) => kind === "staged");
  if (isStaged && had.indexTree !== undefined) expect(place.repo.git("rev-parse", "refs/rescued/index^{tree}")).toBe(had.indexTree);
  rmSync(into, { recursive: true });
}

/** What is not in the archive was as one of the commits has it. */
function isCommitted(place: Yard, { commits }: Belongings, path: string, content: string): boolean {
  return [...commits].some((commit) => {
    try {
      return `${place.repo.git("cat-file", "blob", `${commit}:${path}`)}\n` === content;
    } catch {
      return false;
    }
  });
}

const histories = fc.array(fc.constantFrom(...Object.keys(acts)), { minLength: 1, maxLength: 8 });

test("no deletion loses a commit or a file, whatever was done before", async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.boolean(), fc.boolean(), async (names, force, withBranch) => {
      const tasks: (() => unknown)[] = [];
      const place = yard((task) => void tasks.push(task), { "c.txt": "c\n" });
      try {
        const { root, had } = await live(place, names);
        const [removed] = await place.worktrees.remove(["topic-1"], { force, withBranch }, new AbortController().signal);
        if (removed === undefined) throw new Error("nothing was told");
        if (removed.removed) {
          expect(lstatSync(root, { throwIfNoEntry: false })).toBeUndefined();
          assertNothingLost(place, root, had, removed);
          if (!force) expect(removed.losses).toEqual([]);
        } else {
          expect(removed.failure?.reason, JSON.stringify(removed)).toBe("work_at_risk");
          expect(force).toBe(false);
          expect(filesIn(root)).toEqual(had.files);
        }
      } finally {
        for (const task of tasks.reverse()) await task();
      }
    }),
    { numRuns: Number(process.env["ENVCTL_PROPERTY_RUNS"] ?? 15) },
  );
});

test("a clean worktree goes without being asked twice, and what git knows elsewhere is not counted", async () => {
  const place = yard(onTestFinished);
  const { root } = await live(place, ["create", "stageAll", "commit", "push"]);
  place.gitIn(root, "fetch", "--quiet");
  expect(await place.worktrees.remove(["topic-1"], { force: false, withBranch: true }, new AbortController().signal)).toMatchObject([{ removed: true, branchRemoved: true, losses: [] }]);
  expect(place.repo.git("branch", "--list")).toBe("* main");
});

test("a rebase's autostash and names only the worktree has are saved, too", async () => {
  const place = yard(onTestFinished, { "c.txt": "c\n" });
  const { root, had } = await live(place, ["name", "putAside"]);
  expect(had.commits.size).toBe(4);
  const [removed] = await place.worktrees.remove(["topic-1"], { force: true, withBranch: true }, new AbortController().signal);
  if (removed === undefined) throw new Error("nothing was told");
  expect(removed).toMatchObject({ removed: true });
  assertNothingLost(place, root, had, removed);
});

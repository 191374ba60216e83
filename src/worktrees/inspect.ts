/** Looks at a worktree: everything that would be gone with it. Changes nothing. */
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { LinkedWorktree } from "../host/projects.ts";
import type { Loss } from "../model/worktrees.ts";
import type { Git } from "./git.ts";
import { isRemade, readCommits, readStatus, stashesOf, statusArguments, submodulePaths, unseenEntries } from "./status.ts";

/** One git working tree: the worktree itself or a submodule in it. */
export interface InspectedTree {
  /** "" for the worktree, `libs/core/` for a submodule. */
  readonly prefix: string;
  /** Where git is run: the working tree, or git's own directory of it when that is gone. */
  readonly directory: string;
  /** Where git keeps what it knows of it. */
  readonly gitDirectory: string;
  readonly head: string | undefined;
  readonly losses: readonly Loss[];
  /** Ignored, yet made by nobody else again: saved without being asked for. Relative to `directory`. */
  readonly kept: readonly string[];
  /** Commits only the worktree's reflog knows; saved likewise. */
  readonly forgotten: readonly string[];
}

export interface Inspection {
  readonly trees: readonly InspectedTree[];
  readonly losses: readonly Loss[];
}

type Place = Pick<LinkedWorktree, "root" | "adminDirectory" | "branch" | "isGone"> & {
  /** Those that go with it: HEAD's, and its branch's where that goes too. */
  readonly reflogs: readonly string[];
};

/** `isOurs`: an ignored path that envctl made and can make again. */
export async function inspect(git: Git, worktree: Place, isOurs: (path: string) => boolean): Promise<Inspection> {
  const own = await (worktree.isGone ? inspectGone(git, worktree) : inspectTree(git, worktree, isOurs));
  const inner = worktree.isGone ? [] : await inspectSubmodules(git, worktree.root, "", own.listing);
  const trees = [own, ...inner];
  return { trees, losses: trees.flatMap(({ losses }) => losses) };
}

async function inspectTree(git: Git, { root, adminDirectory, branch, reflogs }: Place, isOurs: (path: string) => boolean): Promise<InspectedTree & { readonly listing: string }> {
  const [status, listing, head, stashes] = await Promise.all([
    git.text(root, statusArguments),
    git.text(root, ["ls-files", "-v", "-s", "-z"]),
    headOf(git, root),
    git.text(root, ["stash", "list", "--format=%H%x09%gs"]),
  ]);
  const { changes, ignored } = readStatus(status);
  const [commits, hidden, forgotten] = await Promise.all([ownCommits(git, root, head, branch), hiddenChanges(git, root, listing), forgottenCommits(git, root, head, reflogs)]);
  const losses = [...changes, ...hidden, ...operations(adminDirectory), ...commits, ...stashesOf(readCommits(stashes, "stash"), branch)];
  return { prefix: "", directory: root, gitDirectory: adminDirectory, head, losses, kept: ignored.filter((path) => !isRemade(path) && !isOurs(path)), forgotten, listing };
}

/** The files are gone, but HEAD and what was staged are not. */
async function inspectGone(git: Git, { adminDirectory, branch, reflogs }: Place): Promise<InspectedTree & { readonly listing: string }> {
  const head = await headOf(git, adminDirectory);
  const compared = head ?? (await git.text(adminDirectory, ["hash-object", "-t", "tree", "/dev/null"])).trim();
  const [staged, commits, forgotten] = await Promise.all([
    git.text(adminDirectory, ["diff-index", "--cached", "--name-only", "--no-renames", "-z", compared]),
    ownCommits(git, adminDirectory, head, branch),
    forgottenCommits(git, adminDirectory, head, reflogs),
  ]);
  const changes = staged.split("\0").filter((path) => path !== "").map((what): Loss => ({ kind: "staged", what }));
  return { prefix: "", directory: adminDirectory, gitDirectory: adminDirectory, head, losses: [...changes, ...operations(adminDirectory), ...commits], kept: [], forgotten, listing: "" };
}

/** Undefined for a branch without a commit. */
async function headOf(git: Git, directory: string): Promise<string | undefined> {
  const result = await git.run(directory, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  return result.code === 0 ? result.stdout.trim() : undefined;
}

const format = "--format=%H%x09%s";

/** Commits that no remote, no tag and no other branch has. */
async function ownCommits(git: Git, directory: string, head: string | undefined, branch: string | undefined): Promise<readonly Loss[]> {
  if (head === undefined) return [];
  const others = ["--not", "--remotes", "--tags", ...(branch === undefined ? [] : [`--exclude=${branch}`]), "--branches"];
  return readCommits(await git.text(directory, ["log", format, head, ...others, "--"]), "commit");
}

/** Without a branch of their own: what was committed while HEAD was detached, or before an amendment. */
async function forgottenCommits(git: Git, directory: string, head: string | undefined, reflogs: readonly string[]): Promise<readonly string[]> {
  // The last are names only this worktree has, see gitrepository-layout(5).
  const questions = [...reflogs.map((name) => ["reflog", "show", "--format=%H", name, "--"]), ["for-each-ref", "--format=%(if:equals=commit)%(objecttype)%(then)%(objectname)%(end)", "refs/worktree", "refs/bisect", "refs/rewritten"]];
  const shown = await Promise.all(questions.map((question) => git.run(directory, question)));
  const ids = [...new Set(shown.flatMap(({ code, stdout }) => (code === 0 ? stdout.split("\n").filter((id) => id !== "") : [])))];
  if (ids.length === 0) return [];
  const known = ["--not", ...(head === undefined ? [] : [head]), "--branches", "--remotes", "--tags"];
  const unknown = new Set((await git.text(directory, ["rev-list", "--ignore-missing", ...ids, ...known, "--"])).split("\n"));
  return ids.filter((id) => unknown.has(id));
}

async function hiddenChanges(git: Git, root: string, listing: string): Promise<readonly Loss[]> {
  const entries = unseenEntries(listing).filter(({ path }) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
  if (entries.length === 0) return [];
  const ids = (await git.text(root, ["hash-object", "--stdin-paths"], { input: entries.map(({ path }) => `${path}\n`).join("") })).split("\n");
  return entries.filter(({ id }, index) => id !== ids[index]).map(({ path }) => ({ kind: "hidden", what: path }));
}

const operationFiles: Readonly<Record<string, string>> = {
  MERGE_HEAD: "a merge", MERGE_AUTOSTASH: "a merge", "rebase-merge": "a rebase", "rebase-apply": "a rebase", CHERRY_PICK_HEAD: "a cherry-pick", REVERT_HEAD: "a revert", BISECT_LOG: "a bisect",
};

function operations(adminDirectory: string): readonly Loss[] {
  const found = Object.entries(operationFiles).filter(([file]) => existsSync(join(adminDirectory, file)));
  return [...new Set(found.map(([, what]) => what))].map((what) => ({ kind: "operation", what }));
}

/** A worktree's submodules have git directories of their own inside that of the worktree, and go with it. */
async function inspectSubmodules(git: Git, root: string, prefix: string, listing: string): Promise<readonly InspectedTree[]> {
  const present = submodulePaths(listing).filter((path) => existsSync(join(root, path, ".git")));
  const found = await Promise.all(present.map((path) => inspectSubmodule(git, join(root, path), `${prefix}${path}/`)));
  return found.flat();
}

async function inspectSubmodule(git: Git, directory: string, prefix: string): Promise<readonly InspectedTree[]> {
  const [status, listing, head, stashes, found] = await Promise.all([
    git.text(directory, statusArguments),
    git.text(directory, ["ls-files", "-v", "-s", "-z"]),
    headOf(git, directory),
    git.text(directory, ["stash", "list", "--format=%H%x09%gs"]),
    git.text(directory, ["rev-parse", "--absolute-git-dir"]),
  ]);
  const gitDirectory = found.trim();
  const unpushed = await git.text(directory, ["log", format, ...(head === undefined ? [] : [head]), "--branches", "--not", "--remotes", "--tags", "--"]);
  const { changes, ignored } = readStatus(status, prefix);
  const commits = [...operations(gitDirectory), ...readCommits(unpushed, "commit"), ...readCommits(stashes, "stash")].map((one) => ({ ...one, what: `${prefix}: ${one.what}` }));
  const hidden = (await hiddenChanges(git, directory, listing)).map((one) => ({ ...one, what: prefix + one.what }));
  const kept = ignored.map((path) => path.slice(prefix.length)).filter((path) => !isRemade(path));
  const own: InspectedTree = { prefix, directory, gitDirectory, head, losses: [...changes, ...hidden, ...commits], kept, forgotten: await forgottenCommits(git, directory, head, ["HEAD"]) };
  return [own, ...(await inspectSubmodules(git, directory, prefix, listing))];
}

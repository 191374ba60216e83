/** `commit`: everything of a checkout but what is ignored or local. Hooks run; nothing is forced; nothing is pushed unasked. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { errorText } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import { git, gitAnswer, gitMaybe, zeroNames, type GitPlace } from "../git.ts";
import { loggedStep } from "../logged-step.ts";
import type { ActionPlace } from "../place.ts";
import { taskFile } from "../../worktrees/provenance.ts";
import { commitMessage } from "./commit-message.ts";
import { isLocalArtifact } from "./local-artifacts.ts";
import { push } from "./push.ts";

export interface CommitOrder {
  readonly message?: string;
  /** Absolute. */
  readonly messageFile?: string;
  readonly pushes: boolean;
}

export interface CommitOutcome {
  readonly branch: string;
  /** Undefined when there was nothing to commit. */
  readonly sha: string | undefined;
  readonly files: readonly string[];
  /** Changed files that were left out, since they are local. */
  readonly leftOut: readonly string[];
  /** The remote it was pushed to. */
  readonly pushedTo: string | undefined;
}

/** Throws a UserError when HEAD is detached, a conflict is not resolved, there is no message, or git or a hook refuses. */
export async function commit(order: CommitOrder, place: ActionPlace): Promise<CommitOutcome> {
  const branch = await branchToCommit(place);
  await refuseConflicts(place);
  const changes = await changesOf(place);
  const isConcluding = existsSync(resolve(place.root, await git(place, "rev-parse", "--git-path", "MERGE_HEAD")));
  // Asked for before anything is staged.
  const message = changes.wanted.length === 0 && !isConcluding ? undefined : messageOf(order, place);
  const leftOut = await stageAll(changes, place);
  const files = zeroNames(await git(place, "diff", "--cached", "--name-only", "--no-renames", "-z"));
  const sha = message === undefined || (files.length === 0 && !isConcluding) ? undefined : await committed(message, files, place);
  if (sha === undefined) place.progress("nothing to commit");
  const pushedTo = order.pushes ? await push(place, branch) : undefined;
  return { branch, sha, files, leftOut, pushedTo };
}

async function branchToCommit(place: GitPlace): Promise<string> {
  const branch = await gitMaybe(place, "symbolic-ref", "--short", "--quiet", "HEAD");
  if (branch !== undefined) return branch;
  const isInside = (await gitMaybe(place, "rev-parse", "--is-inside-work-tree")) === "true";
  throw new UserError(isInside
    ? { reason: "git_failed", message: `HEAD is detached in ${place.root}: a commit would belong to no branch`, hint: "make a branch first: `git switch -c NAME`; finish a rebase with `git rebase --continue`" }
    : { reason: "git_failed", message: `${place.root} is not a checkout of a git repository` });
}

/** Staging a file with conflict marks would call it resolved. */
async function refuseConflicts(place: GitPlace): Promise<void> {
  const unmerged = [...new Set(zeroNames(await git(place, "diff", "--name-only", "--diff-filter=U", "-z")))];
  if (unmerged.length > 0) throw new UserError({ reason: "conflict", message: `${unmerged.length} files have conflicts that are not resolved: ${unmerged.slice(0, 10).join(", ")}`, hint: "resolve them and `git add` them first" });
}

interface Change {
  readonly path: string;
  /** False for what is in the index already as it is on disk. */
  readonly isUnstaged: boolean;
}

interface Changes {
  readonly wanted: readonly Change[];
  readonly leftOut: readonly string[];
  readonly isForeign: (path: string) => boolean;
}

async function changesOf(place: GitPlace): Promise<Changes> {
  const changed = zeroNames(await git(place, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")).map((line) => ({ path: line.slice(3), isUnstaged: line[1] !== " " }));
  const worktrees = await worktreesInside(place);
  // A directory in this list is a repository of its own: a worktree, or a clone nobody made a submodule.
  const isForeign = (path: string): boolean => isLocalArtifact(path) || path.endsWith("/") || worktrees.some((directory) => path.startsWith(`${directory}/`));
  return { wanted: changed.filter(({ path }) => !isForeign(path)), leftOut: changed.filter(({ path }) => isForeign(path)).map(({ path }) => path), isForeign };
}

/** Stages what is new and changed; unstages what is local or ignored. Returns what was left out. */
async function stageAll({ wanted, leftOut, isForeign }: Changes, place: GitPlace): Promise<readonly string[]> {
  const unstaged = wanted.filter(({ isUnstaged }) => isUnstaged).map(({ path }) => path);
  if (unstaged.length > 0) await fed(place, ["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"], unstaged);
  const staged = zeroNames(await git(place, "diff", "--cached", "--name-only", "--no-renames", "-z"));
  const added = zeroNames(await git(place, "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=A", "-z"));
  const unwanted = [...new Set([...staged.filter(isForeign), ...(await ignoredOf(place, added))])];
  if (unwanted.length > 0) await fed(place, ["reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul"], unwanted);
  return [...new Set([...leftOut, ...unwanted])].sort();
}

async function fed(place: GitPlace, args: readonly string[], names: readonly string[]): Promise<void> {
  const { code, stderr } = await gitAnswer(place, ["--literal-pathspecs", ...args], names.join("\0"));
  if (code !== 0) throw new UserError({ reason: "git_failed", message: `git ${args[0]} failed in ${place.root}: ${stderr.trim()}`, hint: "nothing was committed" });
}

async function worktreesInside(place: GitPlace): Promise<readonly string[]> {
  const roots = (await git(place, "worktree", "list", "--porcelain")).split("\n").flatMap((line) => (line.startsWith("worktree ") ? [relative(place.root, line.slice(9))] : []));
  return roots.filter((path) => path !== "" && !path.startsWith(".."));
}

async function ignoredOf(place: GitPlace, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  return zeroNames((await gitAnswer(place, ["check-ignore", "--no-index", "-z", "--stdin"], paths.join("\0"))).stdout);
}

function messageOf(order: CommitOrder, place: ActionPlace): string {
  const mainTask = textOf(join(place.root, taskFile));
  return commitMessage({
    ...(order.message === undefined ? {} : { given: order.message }),
    ...(order.messageFile === undefined ? {} : { file: messageIn(order.messageFile) }),
    ...(mainTask === undefined ? {} : { mainTask }),
  });
}

async function committed(message: string, files: readonly string[], place: ActionPlace): Promise<string> {
  place.progress(`committing ${files.length} files: ${files.slice(0, 5).join(", ")}${files.length > 5 ? ", …" : ""}`);
  await loggedStep({
    title: "the commit",
    command: ["git", "commit", "--file=-"],
    input: message,
    hint: "nothing was committed, and what would be is staged; mend what git or its hook says and try again",
    hints: [[/Please tell me who you are|unable to auto-detect email/, "tell git who you are: git config --global user.name NAME; git config --global user.email ADDRESS"]],
  }, place);
  return git(place, "rev-parse", "HEAD");
}

function messageIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError({ reason: "usage_invalid", message: `the message's file cannot be read: ${errorText(error)}`, hint: "correct the path after --message-file" });
  }
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

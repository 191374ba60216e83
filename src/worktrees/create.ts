/** Makes a worktree. What was made is taken back when any step of it fails; what was there before is never touched. */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Checkout } from "../host/checkout.ts";
import { errorCode } from "../host/files.ts";
import { linkedWorktrees, type LinkedWorktree } from "../host/projects.ts";
import { UserError } from "../model/failure.ts";
import { gitWords, type Git } from "./git.ts";
import type { Gate } from "./turn.ts";

/** Where the branch of a new worktree comes from. */
export type BranchSource =
  /** Made at this commit. */
  | { readonly kind: "new"; readonly base: string }
  /** There already: checked out as it is. */
  | { readonly kind: "existing" }
  /** Made to follow `<remote>/<branch>`. */
  | { readonly kind: "remote"; readonly upstream: string };

interface BranchCreation {
  readonly checkout: Checkout;
  readonly root: string;
  readonly branch: string;
  readonly source: BranchSource;
}

export interface Creation extends BranchCreation {
  /** Git's hooks run. */
  readonly inheritsHooks: boolean;
  readonly gate: Gate;
  readonly signal: AbortSignal;
}

const timeoutMs = 10 * 60_000;

/** Runs `fill` in the new worktree. Throws a UserError for whatever is in the way, and whatever `fill` throws, with nothing left behind. */
export async function createWorktree<T>(git: Git, creation: Creation, fill: () => Promise<T>): Promise<T> {
  const { root } = creation;
  await assertPlace(git, creation);
  const directories = missingDirectories(root);
  const made = creation.source.kind === "existing" ? undefined : await makeBranch(git, creation);
  try {
    mkdirSync(dirname(root), { recursive: true });
    await add(git, creation);
    return await fill();
  } catch (error) {
    await takeBack(git, creation, made, directories);
    throw told(error, creation);
  }
}

/** What a creation needs, without any: throws what that would throw. Where another has to go first, its place is not asked for. */
export async function assertCreatable(git: Git, creation: BranchCreation, replacesAnother: boolean): Promise<void> {
  if (!replacesAnother) await assertPlace(git, creation);
  if (creation.source.kind !== "existing") await branchTransaction(git, creation, "abort");
}

async function assertPlace(git: Git, { checkout, root, branch }: BranchCreation): Promise<void> {
  assertFree(root);
  const worktrees = checkout.gitDirectory === undefined ? [] : linkedWorktrees(checkout.gitDirectory);
  assertNotRegistered(root, worktrees);
  assertNotCheckedOut(branch, checkout, worktrees, await mainBranch(git, checkout));
}

/** The commit it begins at. Fails where the branch has come to be meanwhile: only what is made here may be taken back. */
async function makeBranch(git: Git, creation: Creation): Promise<string> {
  const { checkout, branch, source } = creation;
  const start = await branchTransaction(git, creation, "commit");
  if (source.kind === "remote") await git.run(checkout.repository, ["branch", "--quiet", `--set-upstream-to=${source.upstream}`, branch]);
  return start;
}

/** Makes it, or finds out whether git would. */
async function branchTransaction(git: Git, creation: BranchCreation, end: "commit" | "abort"): Promise<string> {
  const { checkout, branch } = creation;
  const start = await startOf(git, creation);
  const done = await git.run(checkout.repository, ["update-ref", "-m", "branch: made by envctl", "--stdin"], { input: `start\ncreate refs/heads/${branch} ${start}\nprepare\n${end}\n` });
  if (done.code === 0) return start;
  throw new UserError({ reason: "git_failed", message: `the branch ${branch} cannot be made: ${gitWords(done).replace(/^prepare: /, "")}`, hint: "`git branch --list` shows the others; a branch cannot stand where another's name has a slash" });
}

async function startOf(git: Git, { checkout, source }: BranchCreation): Promise<string> {
  const name = source.kind === "new" ? source.base : source.kind === "remote" ? source.upstream : "HEAD";
  const result = await git.run(checkout.repository, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  if (result.code === 0) return result.stdout.trim();
  const message = name === "HEAD" ? `${checkout.repository} has no commit yet` : `git knows no commit called "${name}"`;
  throw new UserError({ reason: "unknown_target", message, hint: name === "HEAD" ? "make a first commit; a worktree begins at one" : "name a branch, a tag or a commit that is here; `git fetch` may bring it" });
}

/**
 * Git reads what it keeps of every worktree while it adds one, and fails over another that is half made: so they are added one by
 * one, without their files, which are checked out at the same time. A hook wants git to do both.
 */
async function add(git: Git, { checkout, root, branch, inheritsHooks, gate, signal }: Creation): Promise<void> {
  const hooks = inheritsHooks ? [] : ["-c", "core.hooksPath=/dev/null"];
  const options = { timeoutMs, signal };
  await gate(() => git.text(checkout.repository, [...hooks, "worktree", "add", "--quiet", ...(inheritsHooks ? [] : ["--no-checkout"]), "--", root, branch], options));
  if (!inheritsHooks) await git.text(root, [...hooks, "reset", "--quiet", "--hard"], options);
}

/** An empty directory is as good as none, to git too. */
function assertFree(root: string): void {
  const found = lstatSync(root, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && readdirSync(root).length === 0)) return;
  const what = found.isDirectory() ? "a directory with files in it" : found.isSymbolicLink() ? "a symbolic link" : "a file";
  throw new UserError({ reason: "path_taken", message: `${root} is needed for the worktree, but is ${what}`, hint: "move it away, or choose another layout under `worktrees.path` in .envctl" });
}

function assertNotRegistered(root: string, worktrees: readonly LinkedWorktree[]): void {
  const found = worktrees.find((one) => one.root === root);
  if (found === undefined) return;
  throw new UserError({ reason: "path_taken", message: `git still has a worktree at ${root}, whose directory is gone`, hint: "`git worktree list` shows it; `git worktree prune` forgets it" });
}

async function mainBranch(git: Git, { repository }: Checkout): Promise<string | undefined> {
  const result = await git.run(repository, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
  return result.code === 0 ? result.stdout.trim() : undefined;
}

function assertNotCheckedOut(branch: string, { repository }: Checkout, worktrees: readonly LinkedWorktree[], inMain: string | undefined): void {
  const place = inMain === branch ? repository : worktrees.find((one) => one.branch === branch)?.root;
  if (place === undefined) return;
  throw new UserError({ reason: "path_taken", message: `the branch ${branch} is checked out in ${place} already, and git lets a branch be in one place only`, hint: "work there (`envctl list-trees` names it), or name another branch" });
}

/** `root` and directories above it, as far as they are not there yet; lowest first. */
function missingDirectories(root: string): readonly string[] {
  const missing: string[] = [];
  for (let at = root; !existsSync(at); at = dirname(at)) missing.push(at);
  return missing;
}

/** Only what this creation made: git knew no worktree there before, and the branch goes only while it is where it began. */
async function takeBack(git: Git, { checkout, root, branch, source, gate }: Creation, start: string | undefined, directories: readonly string[]): Promise<void> {
  const { repository } = checkout;
  // Twice: one that was not finished is locked by git itself.
  await gate(() => git.run(repository, ["worktree", "remove", "--force", "--force", "--", root]));
  if (start !== undefined) {
    const gone = await git.run(repository, ["update-ref", "-d", `refs/heads/${branch}`, start]);
    if (gone.code === 0 && source.kind === "remote") await git.run(repository, ["config", "--remove-section", `branch.${branch}`]);
  }
  for (const directory of directories) removeIfEmpty(directory);
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else has put something there meanwhile.
  }
}

function told(error: unknown, { root, branch }: Creation): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!(error instanceof UserError)) {
    if (errorCode(error) === undefined) return error;
    return new UserError({ reason: "state_unwritable", message: `no worktree could be made at ${root} for ${branch}: ${error.message}`, hint: "nothing was left behind; make room or mend permissions and try again" });
  }
  const [first, ...others] = error.failures;
  if (first?.reason !== "git_failed") return error;
  return new UserError([{ ...first, message: `no worktree could be made at ${root} for ${branch}: ${first.message}`, hint: first.hint ?? "nothing was left behind; mend what git complains about and try again" }, ...others], error.exit);
}

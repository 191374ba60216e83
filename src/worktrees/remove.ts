/** Deletes worktrees: never one that holds work of its own, unless that is saved first. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { linkedWorktrees, type LinkedWorktree } from "../host/projects.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { workAtRisk, type RemovedWorktree, type Rescue, type WorktreeStake } from "../model/worktrees.ts";
import { gitWords, type Git } from "./git.ts";
import { inspect, type Inspection } from "./inspect.ts";
import { readShared, stateDirectory, taskFile } from "./provenance.ts";
import { refusalOf } from "./refuse.ts";
import { rescue, type RescuePlace } from "./rescue.ts";
import type { WorktreesPlace } from "./place.ts";

/** A worktree by the name of its project. */
export type NamedWorktree = LinkedWorktree & { readonly name: string };

export interface Removal {
  /** Work is saved and the worktree deleted all the same. */
  readonly force: boolean;
  /** Its branch goes too. */
  readonly withBranch: boolean;
}

/** What a deletion would take away. */
export async function stakeOf(git: Git, worktree: NamedWorktree, place: WorktreesPlace): Promise<WorktreeStake> {
  return staked(git, worktree, await inspected(git, worktree, place));
}

/** Looks once more, saves what must be saved, deletes. Trouble is told in the result, and then nothing was deleted. */
export async function removeWorktree(git: Git, worktree: NamedWorktree, removal: Removal, place: WorktreesPlace): Promise<RemovedWorktree> {
  const inspection = await inspected(git, worktree, place, removal.withBranch);
  const told = await staked(git, worktree, inspection);
  const kept = { ...told, removed: false, branchRemoved: false } as const;
  if (told.refusal !== undefined) return { ...kept, failure: told.refusal };
  if (told.losses.length > 0 && !removal.force) return { ...kept, failure: workAtRisk(told) };
  let saved: Rescue | undefined;
  try {
    saved = await rescue(inspection, { ...rescuePlace(git, worktree, place), withBranch: removal.withBranch });
  } catch (error) {
    if (error instanceof UserError && error.failures[0] !== undefined) return { ...kept, failure: error.failures[0] };
    throw error;
  }
  const rescued = saved === undefined ? {} : { rescue: saved };
  const failure = await unlink(git, worktree, inspection, place);
  if (failure !== undefined) return { ...kept, ...rescued, failure };
  const branchRemoved = removal.withBranch && (await removeBranch(git, worktree, inspection, place));
  return { ...told, ...rescued, removed: true, branchRemoved };
}

async function staked(git: Git, worktree: NamedWorktree, inspection: Inspection): Promise<WorktreeStake> {
  const { name, root, branch, isGone } = worktree;
  const refusal = await refusalOf(git, worktree, inspection);
  return { projectName: name, root, ...(branch === undefined ? {} : { branch }), isGone, losses: inspection.losses, ...(refusal === undefined ? {} : { refusal }) };
}

function inspected(git: Git, worktree: NamedWorktree, { checkout }: WorktreesPlace, withBranch = false): Promise<Inspection> {
  const { shared, taskHash } = readShared(worktree.root);
  const reflogs = ["HEAD", ...(withBranch && worktree.branch !== undefined ? [worktree.branch] : [])];
  return inspect(git, { ...worktree, reflogs }, (path) => isOurs(path, { root: worktree.root, repository: checkout.repository, shared, taskHash }));
}

interface Ours {
  readonly root: string;
  readonly repository: string;
  readonly shared: readonly string[];
  readonly taskHash: string | undefined;
}

/** Made by envctl, and still as it was made; or the same as in Main. */
function isOurs(path: string, { root, repository, shared, taskHash }: Ours): boolean {
  const bare = path.replace(/\/$/, "");
  if (bare === stateDirectory || bare.startsWith(`${stateDirectory}/`)) return true;
  const file = lstatSync(join(root, bare), { throwIfNoEntry: false });
  if (shared.includes(bare) && file?.isSymbolicLink() === true) return true;
  if (file?.isFile() !== true) return false;
  return (bare === taskFile && taskHash !== undefined && taskHash === hashOf(join(root, bare))) || hasSameContent(join(root, bare), join(repository, bare));
}

function hasSameContent(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  return first !== undefined && second?.isFile() === true && first.size === second.size && hashOf(one) === hashOf(other);
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function rescuePlace(git: Git, { root, branch, isGone, name }: NamedWorktree, { host, rescued }: WorktreesPlace): Omit<RescuePlace, "withBranch"> {
  const createdAt = new Date(host.clock.now()).toISOString();
  const into = join(rescued, name, `${createdAt.replaceAll(/[:.]/g, "-")}-${process.pid}`);
  return { host, git, into, root, branch, isGone, projectName: name, createdAt };
}

const timeoutMs = 10 * 60_000;

/**
 * Git looks once more itself, so what came to be since is safe. Told to be quiet about it only where everything was saved, and
 * where submodules are, which were looked at here and make git refuse whatever they hold.
 */
async function unlink(git: Git, { root, adminDirectory, isGone }: NamedWorktree, { losses, trees }: Inspection, { checkout }: WorktreesPlace): Promise<Failure | undefined> {
  const force = losses.length > 0 || trees.length > 1 ? ["--force"] : [];
  const result = await git.run(checkout.repository, ["worktree", "remove", ...force, "--", root], { timeoutMs });
  const isLeft = linkedWorktrees(dirname(dirname(adminDirectory))).some((one) => one.adminDirectory === adminDirectory);
  if (result.code === 0 && !isLeft) {
    removeEmptyFeature(root, checkout.repository);
    return undefined;
  }
  const rest = isLeft ? "nothing was deleted" : `git forgot it, but could not delete all of ${root}`;
  return { reason: "git_failed", message: `${root} could not be ${isGone ? "forgotten" : "deleted"}: ${gitWords(result)}`, hint: `${rest}; see what is in the way and try again` };
}

/** `trees/<feature>`, when its last worktree went. */
function removeEmptyFeature(root: string, repository: string): void {
  const feature = dirname(root);
  if (!/^trees[^/]*$/.test(basename(dirname(feature))) || dirname(dirname(feature)) !== repository) return;
  try {
    rmdirSync(feature);
  } catch {
    // Others are in it.
  }
}

/** Only while it is where it was looked at, and checked out nowhere else. */
async function removeBranch(git: Git, { branch }: NamedWorktree, { trees }: Inspection, { checkout }: WorktreesPlace): Promise<boolean> {
  const head = trees[0]?.head;
  if (branch === undefined || head === undefined) return false;
  const checkouts = await git.text(checkout.repository, ["worktree", "list", "--porcelain"]);
  if (checkouts.split("\n").includes(`branch refs/heads/${branch}`)) return false;
  const result = await git.run(checkout.repository, ["update-ref", "-d", `refs/heads/${branch}`, head]);
  if (result.code === 0) await git.run(checkout.repository, ["config", "--remove-section", `branch.${branch}`]);
  return result.code === 0;
}

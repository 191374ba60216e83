/** Worktrees and what is at stake in them, as plain data. */
import type { Failure } from "./failure.ts";

/** `worktrees:` as configured. */
export interface WorktreeSettings {
  /** Where a new one is made, relative to the repository, with `{feature}`, `{n}` and `{repository}`. */
  readonly path: string;
  /** `inherit`: git's hooks run while one is made. */
  readonly hooks: "off" | "inherit";
  /** Paths that become symbolic links to Main's. */
  readonly link: readonly string[];
  /** Paths that are copied from Main. */
  readonly copy: readonly string[];
  /** Where plan files are: `<category>/<name>.md` below it. */
  readonly plans: string;
}

export const lossKinds = ["staged", "modified", "deleted", "conflicted", "untracked", "hidden", "commit", "stash", "operation"] as const;
/**
 * `hidden`: a change git was told not to see (skip-worktree, assume-unchanged). `commit`: only this worktree's branch or HEAD has it.
 * `operation`: a merge, rebase, cherry-pick, revert or bisect is under way.
 */
export type LossKind = (typeof lossKinds)[number];

/** One thing that would be gone with a worktree. */
export interface Loss {
  readonly kind: LossKind;
  /** Path relative to the worktree, or what a commit or a stash is about. */
  readonly what: string;
  /** Of a commit or stash. */
  readonly id?: string;
}

/** Where what a deleted worktree held was saved. */
export interface Rescue {
  readonly directory: string;
  /** Names of what lies there: `commits.bundle`, `files.tar`, … */
  readonly files: readonly string[];
  /** How to get it back, one command a line. */
  readonly restore: readonly string[];
}

/** Which worktree is wanted. */
export interface WorktreeTarget {
  readonly feature: string;
  readonly iteration: number;
}

export type EnsureAction = "create" | "reuse" | "recreate";

/** What became of a worktree that was wanted. */
export interface EnsuredWorktree extends WorktreeTarget {
  readonly projectName: string;
  /** Undefined where HEAD is detached. */
  readonly branch?: string;
  readonly root: string;
  readonly action: EnsureAction;
  /** Paths linked to Main's or copied from it. */
  readonly shared: readonly string[];
  /** Worth telling, such as paths that could not be shared. */
  readonly notes: readonly string[];
  /** What was saved of the one it replaced. */
  readonly rescue?: Rescue;
}

/** What became of those that were wanted, in their order, and why others could not be made. */
export interface EnsureOutcome {
  readonly worktrees: readonly EnsuredWorktree[];
  readonly failures: readonly Failure[];
}

/** What is left of worktrees that were deleted by hand. */
export interface WorktreeLeftovers {
  /** Git still keeps notes of them. */
  readonly gone: readonly { readonly name: string; readonly root: string }[];
  /** Projects that have data and no directory. */
  readonly data: readonly string[];
}

/** What a deletion would take away, looked at before anything is touched. */
export interface WorktreeStake {
  readonly projectName: string;
  readonly root: string;
  readonly branch?: string;
  /** Its directory was deleted by hand. */
  readonly isGone: boolean;
  readonly losses: readonly Loss[];
  /** Why it stays whatever is said: it is locked, or another worktree lies inside. */
  readonly refusal?: Failure;
}

/** Why it is not deleted; the list itself is told beside it. */
export function workAtRisk({ projectName, losses }: Pick<WorktreeStake, "projectName" | "losses">): Failure {
  const count = losses.length === 1 ? "1 thing" : `${losses.length} things`;
  return { reason: "work_at_risk", message: `${projectName} holds ${count} that would be lost`, hint: "commit and push what should stay, or delete it with --force, which saves all of it first" };
}

export type RemovedWorktree = WorktreeStake & {
  readonly removed: boolean;
  readonly branchRemoved: boolean;
  readonly rescue?: Rescue;
  readonly failure?: Failure;
};

/** A plan file and the worktrees it has. */
export interface PlanFile {
  /** `<category>/<name>`. */
  readonly name: string;
  readonly path: string;
  /** What its worktrees are called: `<category>_<name>`. */
  readonly feature: string;
}

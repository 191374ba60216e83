/** Makes, finds and deletes worktrees of one repository, and reads its plans. Each call takes its turn and holds nothing afterwards. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import type { EnsuredWorktree, EnsureOutcome, PlanFile, RemovedWorktree, WorktreeLeftovers, WorktreeStake, WorktreeTarget } from "../model/worktrees.ts";
import { tellCreated } from "./created-hook.ts";
import { ensureWorktree, wantedIteration, type EnsureOptions, type Task, type Wanted } from "./ensure.ts";
import { openGit, type Git } from "./git.ts";
import { wantedBranch } from "./import.ts";
import { leftoversOf, worktreesMeant } from "./known.ts";
import { slugOf, targetOf } from "./names.ts";
import type { WorktreesPlace } from "./place.ts";
import { archivePlan, planText } from "./plan-files.ts";
import type { PlanChange } from "./plan-selection.ts";
import { plannedChanges, plansWithWorktrees, type PlannedWorktrees } from "./plans.ts";
import { removeWorktree, stakeOf, type NamedWorktree, type Removal } from "./remove.ts";
import { createGate, each, inTurn } from "./turn.ts";

/** With what to do about what was made. */
export interface MakeOptions extends EnsureOptions {
  /** Told of every worktree that was made; the caller has seen to it that it may run. */
  readonly hook?: readonly string[];
}

/** A worktree by selector (`<feature>-<n>` or `<feature>`), or by its parts, whatever they hold. */
export type WantedTarget = string | (WorktreeTarget & { readonly task?: Task });

export interface Worktrees {
  /** Sees to it that they are there. */
  ensure(wanted: readonly WantedTarget[], options: MakeOptions): Promise<EnsureOutcome>;
  /** A worktree for a branch that exists here or on a remote. */
  importBranch(branch: string, options: MakeOptions): Promise<EnsureOutcome>;
  /** What the deletion of each would take away. */
  stakes(words: readonly string[]): Promise<readonly WorktreeStake[]>;
  remove(words: readonly string[], removal: Removal, signal: AbortSignal): Promise<readonly RemovedWorktree[]>;
  /** Plan files with the iterations there are of each. `directory` is relative to the repository. */
  plans(directory: string): readonly PlannedWorktrees[];
  /** What a selection of plans means for their worktrees. */
  changes(words: readonly string[], directory: string): readonly PlanChange[];
  taskOf(plan: PlanFile): Task;
  /** Moves a finished plan aside; returns where to. */
  archive(plan: PlanFile): string;
  /** Deletes data, snapshots and generated passwords of a project; what went wrong, as a sentence. Its units must not run. */
  removeData(project: string): string | undefined;
  /** Reads files only. */
  leftovers(): WorktreeLeftovers;
}

/** Git makes several at once without getting into its own way; more only compete for the disk. */
const atOnce = 4;

export function createWorktrees(place: WorktreesPlace): Worktrees {
  const work = async <T>(signal: AbortSignal, what: (git: Git) => Promise<T>): Promise<T> => {
    assertGit(place);
    const git = await openGit(place.host);
    return inTurn(place, signal, () => what(git));
  };
  const made = async (options: MakeOptions, wanted: (git: Git) => Promise<readonly Wanted[]>): Promise<EnsureOutcome> => {
    const gate = createGate();
    const all = await work(options.signal, async (git) => each(await wanted(git), atOnce, (one) => attempted(ensureWorktree(git, gate, one, place, options))));
    const worktrees = await each(all.flatMap((one) => ("failures" in one ? [] : [one])), atOnce, (one) => told(one, place, options));
    return { worktrees, failures: all.flatMap((one) => ("failures" in one ? one.failures : [])) };
  };
  return {
    ensure: (targets, options) => made(options, (git) => Promise.all(distinct(targets.map(parsed)).map(({ task, ...target }) => wantedIteration(git, target, place, options, task)))),
    importBranch: (branch, options) => made(options, async (git) => [await wantedBranch(git, branch, place, options)]),
    stakes: async (words) => {
      assertGit(place);
      const git = await openGit(place.host);
      return Promise.all(meant(words, place).map((one) => stakeOf(git, one, place)));
    },
    // One after the other: a branch that holds another's commits may be deleted with it.
    remove: (words, removal, signal) => work(signal, async (git) => {
      return each(meant(words, place), 1, (one) => removeWorktree(git, one, removal, place));
    }),
    plans: (directory) => plansWithWorktrees(directory, place),
    changes: (words, directory) => plannedChanges(words, directory, place),
    taskOf: (plan) => ({ planFile: plan.path, text: planText(plan) }),
    archive: (plan) => archivePlan(plan, place.host.clock),
    removeData: (project) => removeData(project, place),
    leftovers: () => leftoversOf(place),
  };
}

function removeData(project: string, { data, secrets }: WorktreesPlace): string | undefined {
  try {
    rmSync(join(data, project), { recursive: true, force: true });
    rmSync(join(secrets, `${encodeURIComponent(project)}.json`), { force: true });
    return undefined;
  } catch (error) {
    return `the data of ${project} could not be deleted: ${errorText(error)}`;
  }
}

function assertGit({ checkout }: WorktreesPlace): void {
  if (checkout.gitDirectory !== undefined) return;
  throw new UserError({ reason: "unknown_target", message: `${checkout.repository} is not a git repository`, hint: "`git init` makes it one; worktrees belong to git" });
}

/** Expected trouble as a value, so that the others are made all the same. */
async function attempted(making: Promise<EnsuredWorktree>): Promise<EnsuredWorktree | Pick<UserError, "failures">> {
  try {
    return await making;
  } catch (error) {
    if (error instanceof UserError) return { failures: error.failures };
    throw error;
  }
}

function meant(words: readonly string[], place: WorktreesPlace): readonly NamedWorktree[] {
  return [...new Map(words.flatMap((word) => worktreesMeant(word, place)).map((one) => [one.root, one])).values()];
}

function parsed(wanted: WantedTarget): WorktreeTarget & { readonly task?: Task } {
  const target = typeof wanted === "string" ? targetOf(wanted) : { ...wanted, feature: slugOf(wanted.feature) ?? "" };
  if (target !== undefined && target.feature !== "") return target;
  const said = typeof wanted === "string" ? wanted : wanted.feature;
  throw new UserError({ reason: "usage_invalid", message: `"${said}" names no worktree: no letter or digit is left of it`, hint: "for example `login` or `login-2`" });
}

function distinct<T extends WorktreeTarget>(targets: readonly T[]): readonly T[] {
  return [...new Map(targets.map((target) => [`${target.feature}/${target.iteration}`, target])).values()];
}

async function told(one: EnsuredWorktree, place: WorktreesPlace, { hook, isDryRun, signal }: MakeOptions): Promise<EnsuredWorktree> {
  if (hook === undefined || isDryRun || one.action === "reuse") return one;
  const trouble = await tellCreated(hook, one, place, signal);
  return trouble === undefined ? one : { ...one, notes: [...one.notes, trouble] };
}

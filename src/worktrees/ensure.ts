/** Sees to it that a worktree is there: the one that exists, or a new one. */
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isoTime } from "../host/clock.ts";
import { readJson } from "../host/files.ts";
import { goneWorktrees, proposedName } from "../host/projects.ts";
import { UserError } from "../model/failure.ts";
import type { EnsuredWorktree, Rescue, WorktreeSettings, WorktreeTarget } from "../model/worktrees.ts";
import { assertCreatable, createWorktree, type BranchSource } from "./create.ts";
import { exclude, patternOf } from "./exclude.ts";
import type { Git } from "./git.ts";
import { knownWorktrees } from "./known.ts";
import { branchOf, rootOf } from "./names.ts";
import type { WorktreesPlace } from "./place.ts";
import { stateDirectory, taskFile, textsIn, writeProvenance, type Provenance } from "./provenance.ts";
import { removeWorktree, type NamedWorktree } from "./remove.ts";
import { share } from "./share.ts";
import type { Gate } from "./turn.ts";

/** What a worktree is for. */
export interface Task {
  /** Absolute. */
  readonly planFile: string;
  readonly text: string;
}

export interface EnsureOptions {
  readonly settings: WorktreeSettings;
  /** Where a new branch begins; what Main is on unless given. */
  readonly base?: string;
  /** Instead of reusing one it is deleted, as a deletion would be, and made again. */
  readonly recreate?: boolean;
  /** With `recreate`: work is saved and deleted. */
  readonly force?: boolean;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** One worktree that is wanted, by whatever name. */
export interface Wanted extends WorktreeTarget {
  readonly root: string;
  readonly branch: string;
  readonly source: BranchSource;
  readonly task?: Task;
}

/** Iteration n of a feature: its branch is made unless there is one. */
export async function wantedIteration(git: Git, target: WorktreeTarget, place: WorktreesPlace, options: EnsureOptions, task?: Task): Promise<Wanted> {
  const { repository } = place.checkout;
  const branch = branchOf(target);
  const found = await git.run(repository, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
  const source: BranchSource = found.code === 0 ? { kind: "existing" } : { kind: "new", base: options.base ?? "HEAD" };
  return { ...target, branch, root: rootOf(options.settings.path, target, repository), source, ...(task === undefined ? {} : { task }) };
}

/** Throws a UserError where it is not possible; then nothing of it is left. */
export async function ensureWorktree(git: Git, gate: Gate, wanted: Wanted, place: WorktreesPlace, options: EnsureOptions): Promise<EnsuredWorktree> {
  const name = proposedName(place.checkout.repository, wanted.root);
  const existing = knownWorktrees(place).find((one) => one.root === wanted.root || one.name === name);
  if (existing !== undefined && options.recreate !== true) return reused(existing, wanted);
  const notes: string[] = [];
  const gone = goneWorktrees(place.checkout).find((one) => one.root === wanted.root);
  const former = existing ?? gone;
  const action = existing === undefined ? "create" : "recreate";
  if (options.isDryRun) await assertCreatable(git, { ...wanted, checkout: place.checkout }, former !== undefined);
  if (options.isDryRun) return { ...targetOnly(wanted), projectName: name, branch: wanted.branch, root: wanted.root, action, shared: [], notes };
  const saved = former === undefined ? undefined : await gate(() => cleared(git, former, place, options));
  if (gone !== undefined) notes.push(`a worktree that was at ${wanted.root} had been deleted by hand; it was forgotten`);
  const base = await baseOf(git, wanted, place);
  const made = await createWorktree(git, { checkout: place.checkout, root: wanted.root, branch: wanted.branch, source: wanted.source, inheritsHooks: options.settings.hooks === "inherit", gate, signal: options.signal }, () => fill(wanted, place, options, base));
  const projectName = knownWorktrees(place).find((one) => one.root === wanted.root)?.name ?? name;
  return { ...targetOnly(wanted), projectName, branch: wanted.branch, root: wanted.root, action, shared: made.shared, notes: [...notes, ...made.notes], ...(saved === undefined ? {} : { rescue: saved }) };
}

function targetOnly({ feature, iteration }: WorktreeTarget): WorktreeTarget {
  return { feature, iteration };
}

function reused(existing: NamedWorktree, wanted: Wanted): EnsuredWorktree {
  if (existing.lock === "initializing") {
    throw new UserError({ reason: "conflict", message: `${existing.root} is being made by another git, or was left half made`, hint: `where nothing makes it any more: \`git worktree remove -f -f ${existing.root}\`` });
  }
  const notes = existing.branch === wanted.branch ? [] : [`${existing.name} is on ${existing.branch ?? "no branch"}, not on ${wanted.branch}`];
  return { ...targetOnly(wanted), projectName: existing.name, ...(existing.branch === undefined ? {} : { branch: existing.branch }), root: existing.root, action: "reuse", shared: [], notes };
}

async function cleared(git: Git, former: NamedWorktree, place: WorktreesPlace, options: EnsureOptions): Promise<Rescue | undefined> {
  const removed = await removeWorktree(git, former, { force: options.recreate === true && options.force === true, withBranch: false }, place);
  if (removed.failure !== undefined) throw new UserError({ ...removed.failure, message: `${removed.failure.message}: ${removed.losses.map(({ kind, what }) => `${kind} ${what}`).join(", ")}` });
  return removed.rescue;
}

type Base = Pick<Provenance, "sourceBranch" | "sourceRef" | "reason">;

async function baseOf(git: Git, { source, branch }: Wanted, { checkout }: WorktreesPlace): Promise<Base> {
  if (source.kind === "existing") return { sourceRef: branch, reason: "existing_branch" };
  if (source.kind === "remote") return { sourceRef: source.upstream, sourceBranch: source.upstream, reason: "remote_branch" };
  const name = await git.run(checkout.repository, ["rev-parse", "--abbrev-ref", "--verify", "--quiet", source.base]);
  const commit = await git.run(checkout.repository, ["rev-parse", "--verify", "--quiet", `${source.base}^{commit}`]);
  const said = name.code === 0 ? name.stdout.trim() : "";
  const sourceBranch = said === "" || said === "HEAD" ? undefined : said;
  return { sourceRef: commit.stdout.trim() || source.base, ...(sourceBranch === undefined ? {} : { sourceBranch }), reason: source.base === "HEAD" ? "current_branch" : "base_flag" };
}

async function fill({ root, task }: Wanted, place: WorktreesPlace, { settings, signal }: EnsureOptions, base: Base): Promise<{ readonly shared: readonly string[]; readonly notes: readonly string[] }> {
  const { repository, gitDirectory } = place.checkout;
  const shared = await share(settings, { repository, root, platform: place.host.machine.platform, signal });
  const writesTask = task !== undefined && !existsSync(join(root, taskFile));
  if (writesTask) writeFileSync(join(root, taskFile), task.text);
  writeProvenance(root, {
    ...base, repository, recordedAt: isoTime(place.host.clock), shared: shared.paths,
    prepared: shared.paths.length === 0 ? {} : textsIn(readJson(place.prepared)),
    ...(task === undefined ? {} : { planFile: relative(repository, task.planFile) }),
    ...(writesTask ? { taskHash: createHash("sha256").update(task.text).digest("hex") } : {}),
  });
  if (gitDirectory !== undefined) exclude(gitDirectory, [`/${stateDirectory}/`, `/${taskFile}`, ...placePatterns(relative(repository, root)), ...shared.paths.map(patternOf)]);
  return { shared: shared.paths, notes: [...shared.notes, ...(task !== undefined && !writesTask ? [`${taskFile} is in the branch already and stays as it is`] : [])] };
}

/** Where worktrees lie inside the repository; any other directory than the usual one may hold more than them. */
function placePatterns(path: string): readonly string[] {
  if (path.startsWith("../")) return [];
  return path.startsWith("trees/") ? ["/trees/"] : [`${patternOf(path)}/`];
}

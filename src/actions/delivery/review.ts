/** `review`: what a branch would bring to its base. */
import { join } from "node:path";
import { writeAtomic } from "../../host/files.ts";
import { UserError } from "../../model/failure.ts";
import { git, gitMaybe, zeroNames, type GitPlace } from "../git.ts";
import { makePlace, pruneRuns, type ActionPlace } from "../place.ts";
import { baseOf, type Base } from "./base.ts";
import { conflictsWith } from "./conflicts.ts";
import { diffSummary, type DiffSummary } from "./diff-summary.ts";

export interface Commit {
  readonly sha: string;
  readonly subject: string;
}

export interface Review {
  /** Undefined when HEAD is detached. */
  readonly branch: string | undefined;
  readonly base: Base;
  readonly mergeBase: string;
  /** Oldest first. */
  readonly commits: readonly Commit[];
  /** Commits of the base that the branch has not. */
  readonly behind: number;
  readonly diff: DiffSummary;
  /** Changed and new files that no commit has. */
  readonly uncommitted: readonly string[];
  readonly conflicts: readonly string[] | undefined;
  /** The summary with the whole diff, as Markdown. */
  readonly path: string;
}

/** Throws a UserError where there is no commit, no base, or nothing in common with it. */
export async function review(place: ActionPlace, wish: string | undefined): Promise<Review> {
  const branch = await branchOf(place);
  const base = await baseOf(place, branch, wish);
  const mergeBase = await gitMaybe(place, "merge-base", base.ref, "HEAD");
  if (mergeBase === undefined) throw new UserError({ reason: "git_failed", message: `${branch ?? "HEAD"} and ${base.branch} have no commit in common`, hint: "name another base with --base" });
  const path = join(place.artifacts, "review.md");
  const found: Review = {
    branch, base, mergeBase,
    commits: await commitsSince(place, mergeBase),
    behind: Number(await git(place, "rev-list", "--count", `HEAD..${base.ref}`)),
    diff: diffSummary(await git(place, "diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", mergeBase, "HEAD")),
    uncommitted: zeroNames(await git(place, "status", "--porcelain=v1", "-z", "--no-renames")).map((line) => line.slice(3)),
    conflicts: await conflictsWith(place, base.ref),
    path,
  };
  makePlace(place.artifacts);
  writeAtomic(path, markdown(place.project, found, await git(place, "diff", "--no-ext-diff", "--no-color", mergeBase, "HEAD")));
  pruneRuns(place.artifacts);
  return found;
}

/** Undefined when HEAD is detached. Throws a UserError before the first commit, and outside git. */
export async function branchOf(place: GitPlace): Promise<string | undefined> {
  const isInside = await gitMaybe(place, "rev-parse", "--is-inside-work-tree");
  if (isInside !== "true") throw new UserError({ reason: "git_failed", message: `${place.root} is not a checkout of a git repository`, hint: "make it one with `git init`, or leave it out" });
  if ((await gitMaybe(place, "rev-parse", "--verify", "--quiet", "HEAD")) === undefined) throw new UserError({ reason: "git_failed", message: `${place.root} has no commit yet`, hint: "make a first one with `envctl commit -m MESSAGE`" });
  return gitMaybe(place, "symbolic-ref", "--short", "--quiet", "HEAD");
}

/** Oldest first. */
export async function commitsSince(place: GitPlace, from: string): Promise<readonly Commit[]> {
  const lines = (await git(place, "log", "--reverse", "--format=%H %s", `${from}..HEAD`)).split("\n");
  return lines.filter((line) => line !== "").map((line) => ({ sha: line.slice(0, line.indexOf(" ")), subject: line.slice(line.indexOf(" ") + 1) }));
}

function markdown(project: string, found: Review, patch: string): string {
  const list = (title: string, items: readonly string[]): readonly string[] => (items.length === 0 ? [] : ["", `## ${title}`, "", ...items.map((item) => `- ${item}`)]);
  const { diff, conflicts } = found;
  // A fence longer than any within.
  const fence = "`".repeat(Math.max(3, ...[...patch.matchAll(/`{3,}/g)].map(([run]) => run.length + 1)));
  return [
    `# ${project}: ${found.branch ?? "detached HEAD"} against ${found.base.branch}`,
    "",
    `Base ${found.base.ref} (${found.base.because}), merge base ${found.mergeBase}; ${found.behind} commits behind.`,
    `${diff.files.length} files, ${diff.additions} lines added, ${diff.deletions} deleted.`,
    ...list("Commits", found.commits.map(({ sha, subject }) => `${sha.slice(0, 10)} ${subject}`)),
    ...list("Files", diff.files.map(({ path, additions, deletions }) => `${path} (${additions === undefined ? "binary" : `+${additions} -${deletions}`})`)),
    ...list("Migrations", diff.migrations),
    ...list("Not committed", found.uncommitted),
    ...list("Conflicts with the base", conflicts ?? ["unknown: git 2.38 or newer can tell"]),
    "", "## Diff", "", `${fence}diff`, patch, fence, "",
  ].join("\n");
}

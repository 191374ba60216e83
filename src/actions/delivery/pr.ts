/** `pr`: pushes a branch and opens its pull request, or finds the one that is open. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../model/failure.ts";
import { git, gitMaybe, zeroNames } from "../git.ts";
import type { ActionPlace } from "../place.ts";
import { taskFile } from "../../worktrees/provenance.ts";
import { baseOf, type Base } from "./base.ts";
import { gh, openPullRequest, requireGh } from "./gh.ts";
import { isLocalArtifact } from "./local-artifacts.ts";
import { pullRequestText } from "./pr-text.ts";
import { push } from "./push.ts";
import { branchOf, commitsSince, type Commit } from "./review.ts";

export interface PrOrder {
  readonly base?: string;
  readonly title?: string;
  readonly isDraft: boolean;
}

export interface PrOutcome {
  readonly branch: string;
  readonly base: string;
  readonly url: string;
  readonly isNew: boolean;
  readonly pushedTo: string;
}

/** Throws a UserError when `gh` cannot be used, HEAD is detached, or there is nothing that could be merged. */
export async function openPr(order: PrOrder, place: ActionPlace): Promise<PrOutcome> {
  await requireGh(place);
  const work = await workToMerge(order, place);
  const pushedTo = await push(place, work.branch);
  return { ...(await pullRequest(order, work, place)), pushedTo };
}

export interface WorkToMerge {
  readonly branch: string;
  readonly base: Base;
  readonly commits: readonly Commit[];
}

/** Throws a UserError when something is not committed, or when there is nothing to merge. */
export async function workToMerge(order: PrOrder, place: ActionPlace): Promise<WorkToMerge> {
  const { branch, base } = await branchToMerge(order, place);
  await refuseUncommitted(place);
  const from = await gitMaybe(place, "merge-base", base.ref, "HEAD");
  const commits = from === undefined ? [] : await commitsSince(place, from);
  if (commits.length === 0) throw new UserError({ reason: "usage_invalid", message: `${branch} has no commit that ${base.branch} has not`, hint: "commit something first: `envctl commit -m MESSAGE`" });
  return { branch, base, commits };
}

/** Throws a UserError when there is no branch, or it is the base itself. */
export async function branchToMerge(order: PrOrder, place: ActionPlace): Promise<Pick<WorkToMerge, "branch" | "base">> {
  const branch = await branchOf(place);
  if (branch === undefined) throw new UserError({ reason: "git_failed", message: `HEAD is detached in ${place.root}: there is no branch to open a pull request for`, hint: "make one: `git switch -c NAME`" });
  const base = await baseOf(place, branch, order.base);
  if (base.branch === branch) throw new UserError({ reason: "usage_invalid", message: `${branch} is the base itself`, hint: "work on a branch of its own, or name another base with --base" });
  return { branch, base };
}

/** Finds or opens the pull request of a branch that is pushed. */
export async function pullRequest(order: PrOrder, { branch, base, commits }: WorkToMerge, place: ActionPlace): Promise<Omit<PrOutcome, "pushedTo">> {
  const open = await openPullRequest(place, branch);
  if (open !== undefined) {
    place.progress(`a pull request is open already: ${open.url}`);
    return { branch, base: open.baseRefName === "" ? base.branch : open.baseRefName, url: open.url, isNew: false };
  }
  const { title, body } = pullRequestText(commits, textOf(join(place.root, taskFile)), order.title);
  const args = ["pr", "create", "--base", base.branch, "--head", branch, "--title", title, "--body-file", "-", ...(order.isDraft ? ["--draft"] : [])];
  const { code, stdout, stderr } = await gh(place, args, body);
  const url = /https?:\/\/\S+/.exec(stdout)?.[0];
  if (code !== 0 || url === undefined) throw new UserError({ reason: "action_failed", message: `gh pr create failed: ${(stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" ")}`, hint: `${branch} is pushed; open the pull request by hand, or mend this and try again` });
  place.progress(`opened ${url}`);
  return { branch, base: base.branch, url, isNew: true };
}

async function refuseUncommitted(place: ActionPlace): Promise<void> {
  const changed = zeroNames(await git(place, "status", "--porcelain=v1", "-z", "--no-renames")).map((line) => line.slice(3)).filter((path) => !isLocalArtifact(path));
  if (changed.length > 0) throw new UserError({ reason: "conflict", message: `${changed.length} files are not committed: ${changed.slice(0, 5).join(", ")}${changed.length > 5 ? ", …" : ""}`, hint: "commit them first with `envctl commit`, or do it all with `envctl ship`" });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Finds the branch somebody wants a worktree for: here, or on a remote. */
import { UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { EnsureOptions, Wanted } from "./ensure.ts";
import type { Git } from "./git.ts";
import { importRootOf, slugOf } from "./names.ts";
import type { WorktreesPlace } from "./place.ts";

/** `topic`, `origin/topic` or the whole `refs/…`. A branch of a remote gets one here that follows it. Throws a UserError when there is none, or several remotes have it. */
export async function wantedBranch(git: Git, word: string, { checkout }: WorktreesPlace, { settings }: EnsureOptions): Promise<Wanted> {
  const { repository } = checkout;
  const refs = (await git.text(repository, ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"])).split("\n").filter((ref) => ref !== "" && !ref.endsWith("/HEAD"));
  const remotes = (await git.text(repository, ["remote"])).split("\n").filter((name) => name !== "");
  const here = refs.find((ref) => ref === word || ref === `refs/heads/${word}`);
  const branch = here?.startsWith("refs/heads/") === true ? here.slice("refs/heads/".length) : undefined;
  if (branch !== undefined) return wanted(branch, { kind: "existing" }, repository, settings.path);
  const short = word.replace(/^refs\/remotes\//, "");
  const there = refs.filter((ref) => ref === `refs/remotes/${short}` || remotes.some((remote) => ref === `refs/remotes/${remote}/${short}`)).map((ref) => ref.slice("refs/remotes/".length));
  const [upstream, second] = there;
  if (upstream === undefined) throw unknown(word, refs);
  if (second !== undefined) throw new UserError({ reason: "unknown_target", message: `several remotes have a branch called "${word}"`, hint: `say which: ${there.join(", ")}` });
  const remote = remotes.find((name) => upstream.startsWith(`${name}/`)) ?? upstream.split("/")[0] ?? "";
  const name = upstream.slice(remote.length + 1);
  // A branch of this name is here already: it is what the person works on.
  const isHere = refs.includes(`refs/heads/${name}`);
  return wanted(name, isHere ? { kind: "existing" } : { kind: "remote", upstream }, repository, settings.path);
}

function wanted(branch: string, source: Wanted["source"], repository: string, layout: string): Wanted {
  const [root, feature] = [importRootOf(layout, branch, repository), slugOf(branch)];
  if (root === undefined || feature === undefined) throw new UserError({ reason: "unknown_target", message: `the branch "${branch}" has no letter or digit a directory could be named after`, hint: `make one by hand: git worktree add trees/<name> '${branch}'` });
  return { feature, iteration: 1, branch, root, source };
}

function unknown(word: string, refs: readonly string[]): UserError {
  const names = refs.map((ref) => ref.replace(/^refs\/(?:heads|remotes)\//, ""));
  const nearest = nearestName(word, names);
  return new UserError({ reason: "unknown_target", message: `no branch is called "${word}", here or on a remote${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: "`git fetch` brings new branches of remotes; `git branch --all` lists them" });
}

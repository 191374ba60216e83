/** What keeps a worktree from being deleted whatever is said: it is not envctl's to undo, or could not be saved. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { linkedWorktrees, type LinkedWorktree } from "../host/projects.ts";
import type { Failure } from "../model/failure.ts";
import type { Git } from "./git.ts";
import type { Inspection } from "./inspect.ts";

/** Undefined when nothing does. */
export async function refusalOf(git: Git, worktree: LinkedWorktree, { trees }: Inspection): Promise<Failure | undefined> {
  if (worktree.lock !== undefined) return locked(worktree);
  const { root, adminDirectory } = worktree;
  const inner = linkedWorktrees(dirname(dirname(adminDirectory))).find((other) => !other.isGone && other.root.startsWith(`${root}/`));
  if (inner !== undefined) return { reason: "conflict", message: `another worktree lies inside of ${root}: ${inner.root}`, hint: `delete that one first, or move it: \`git worktree move ${inner.root} PATH\`` };
  const seen = new Set(trees.map(({ gitDirectory }) => gitDirectory));
  for (const directory of gitDirectoriesIn(join(adminDirectory, "modules"))) {
    if (!seen.has(directory) && (await holdsCommits(git, directory))) return forgottenModule(directory, worktree);
  }
  return undefined;
}

function locked({ root, lock = "" }: LinkedWorktree): Failure {
  return { reason: "conflict", message: `${root} is locked${lock === "" ? "" : `: ${lock}`}`, hint: `\`git worktree unlock ${root}\` allows its deletion` };
}

/** Of submodules, and of submodules in them. */
function gitDirectoriesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => {
    const path = join(directory, name);
    // A submodule's name may have slashes.
    return existsSync(join(path, "HEAD")) ? [path, ...gitDirectoriesIn(join(path, "modules"))] : gitDirectoriesIn(path);
  });
}

/** Whether there is a commit that its remote has not. Its working tree is gone, so another is named. */
async function holdsCommits(git: Git, directory: string): Promise<boolean> {
  const found = await git.run(directory, ["--git-dir", directory, "--work-tree", directory, "rev-list", "--max-count=1", "--ignore-missing", "--branches", "--glob=refs/stash", "--reflog", "HEAD", "--not", "--remotes", "--tags"]);
  return found.code !== 0 || found.stdout.trim() !== "";
}

function forgottenModule(directory: string, { root, adminDirectory }: LinkedWorktree): Failure {
  const name = relative(join(adminDirectory, "modules"), directory);
  return { reason: "work_at_risk", message: `the submodule ${name} was checked out in ${root} before, and has commits that are nowhere else`, hint: `they are in ${directory}: fetch from there what should stay, then delete that directory` };
}

/** Finds the repository and the project a directory belongs to, by reading files only: git is not run. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Checkout {
  /** Real path of the owning repository's main checkout: configuration and state belong to it. */
  readonly repository: string;
  /** Real path of the checkout the caller stands in; equals `repository` in the main one. */
  readonly projectRoot: string;
  /** Directory git keeps the repository in; undefined outside git. */
  readonly gitDirectory?: string;
}

/**
 * Walks up from `directory` to the nearest `.git` or `.envctl`; a linked worktree (a `.git` file) leads to its owning
 * repository. Undefined when neither is found up to the root.
 */
export function findCheckout(directory: string): Checkout | undefined {
  for (let at = realpathSync(directory); ; at = dirname(at)) {
    const git = join(at, ".git");
    if (existsSync(git)) return checkoutAt(at, git);
    if (existsSync(join(at, ".envctl"))) return { repository: at, projectRoot: at };
    if (dirname(at) === at) return undefined;
  }
}

function checkoutAt(root: string, git: string): Checkout {
  if (statSync(git).isDirectory()) return { repository: root, projectRoot: root, gitDirectory: git };
  const gitDirectory = resolve(root, readFileSync(git, "utf8").replace(/^gitdir:\s*/, "").trim());
  const common = commonDirectory(gitDirectory);
  const isMainLayout = common !== undefined && common !== gitDirectory && common.endsWith("/.git");
  return { repository: isMainLayout ? realpathSync(dirname(common)) : root, projectRoot: root, gitDirectory: common ?? gitDirectory };
}

function commonDirectory(gitDirectory: string): string | undefined {
  const file = join(gitDirectory, "commondir");
  return existsSync(file) ? realpathSync(resolve(gitDirectory, readFileSync(file, "utf8").trim())) : undefined;
}

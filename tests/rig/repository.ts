/** Git repositories with worktrees, for tests. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";

export interface RepositoryOptions {
  /** Path → content; committed, so worktrees have them too. */
  readonly files?: Readonly<Record<string, string>>;
  /** Names of worktrees, made as `trees/<name>` on a branch of that name. */
  readonly worktrees?: readonly string[];
  /** Name of the repository's directory; may hold spaces and anything else. */
  readonly name?: string;
  /** Make it here instead of in a directory of its own. */
  readonly parent?: string;
}

export interface TemporaryRepository {
  readonly root: string;
  /** Root of a worktree. */
  worktree(name: string): string;
  addWorktree(name: string): string;
  removeWorktree(name: string): void;
  /** Writes a file without committing it. */
  write(path: string, content: string): void;
  git(...args: readonly string[]): string;
}

/** A repository with one commit; removed by `cleanup`. */
export function temporaryRepository(cleanup: Cleanup, options: RepositoryOptions = {}): TemporaryRepository {
  const root = join(options.parent ?? temporaryDirectory(cleanup, "repo"), options.name ?? "shop");
  mkdirSync(root, { recursive: true });
  const repository = repositoryAt(root);
  repository.git("init", "--quiet", "--initial-branch", "main");
  for (const [path, content] of Object.entries({ ".gitignore": "trees/\n", ...options.files })) repository.write(path, content);
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "--message", "First");
  for (const name of options.worktrees ?? []) repository.addWorktree(name);
  return repository;
}

function repositoryAt(root: string): TemporaryRepository {
  const worktree = (name: string): string => join(root, "trees", name);
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8", env: gitEnvironment(), stdio: ["ignore", "pipe", "pipe"] }).trimEnd();
  return {
    root,
    worktree,
    addWorktree: (name) => {
      git("worktree", "add", "--quiet", "-b", name, worktree(name));
      return worktree(name);
    },
    removeWorktree: (name) => rmSync(worktree(name), { recursive: true, force: true }),
    write: (path, content) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    git,
  };
}

/** Nothing of the user's or the machine's git configuration has a say. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "tests",
    GIT_AUTHOR_EMAIL: "tests@localhost",
    GIT_COMMITTER_NAME: "tests",
    GIT_COMMITTER_EMAIL: "tests@localhost",
  };
}

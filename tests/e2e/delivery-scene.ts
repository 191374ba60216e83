/** A repository with worktrees and a bare remote on disk, ready to be committed to and pushed. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { TemporaryRepository } from "../rig/repository.ts";
import { temporaryStage, type Stage } from "../rig/stage.ts";

const identity = { GIT_AUTHOR_NAME: "tests", GIT_AUTHOR_EMAIL: "tests@localhost", GIT_COMMITTER_NAME: "tests", GIT_COMMITTER_EMAIL: "tests@localhost", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

export interface DeliveryScene {
  readonly stage: Stage;
  readonly repository: TemporaryRepository;
  /** Path of the bare repository `origin`. */
  readonly remote: string;
  /** Git in a worktree. */
  git(worktree: string, ...args: readonly string[]): string;
  write(worktree: string, path: string, content: string): void;
}

export interface DeliveryOptions {
  readonly worktrees?: readonly string[];
  readonly hasRemote?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** `main` is pushed already. */
export function deliveryScene({ worktrees = ["feature"], hasRemote = true, env = {} }: DeliveryOptions = {}): DeliveryScene {
  const stage = temporaryStage(onTestFinished, { env: { ...identity, ...env } });
  const files = { ".envctl": "version: 1\n", ".gitignore": "trees/\nignored/\n*.log\n", "price.txt": "one\n", "old.txt": "old\n" };
  const repository = stage.repository({ files });
  const remote = join(stage.directory, "origin.git");
  if (hasRemote) {
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch", "main", remote]);
    repository.git("remote", "add", "origin", remote);
    repository.git("push", "--quiet", "origin", "main");
  }
  for (const name of worktrees) repository.addWorktree(name);
  const git = (worktree: string, ...args: readonly string[]): string => repository.git("-C", repository.worktree(worktree), ...args);
  return {
    stage, repository, remote, git,
    write: (worktree, path, content) => {
      const file = join(repository.worktree(worktree), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    },
  };
}

/** A repository with a bare remote on disk and the worktrees' own functions over it, without CLI and daemon. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findCheckout } from "../../src/host/checkout.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import { scopePaths } from "../../src/host/paths.ts";
import type { WorktreeSettings } from "../../src/model/worktrees.ts";
import { createWorktrees, type MakeOptions, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { temporaryRepository, type TemporaryRepository } from "../rig/repository.ts";
import { cleanEnvironment } from "../rig/stage.ts";
import { temporaryDirectory, type Cleanup } from "../rig/temporary.ts";

export interface Yard {
  readonly repo: TemporaryRepository;
  readonly worktrees: Worktrees;
  /** Directory of the repository's state. */
  readonly scope: string;
  readonly settings: WorktreeSettings;
  options(more?: Partial<MakeOptions>): MakeOptions;
  /** Runs git anywhere; its output without the last line's end. */
  gitIn(directory: string, ...args: readonly string[]): string;
  /** The same functions with other variables around them. */
  withEnvironment(environment: Readonly<Record<string, string>>): Worktrees;
}

const settings: WorktreeSettings = { path: "trees/{feature}/{n}", hooks: "off", link: [], copy: [], plans: "todo/plans" };

/** The remote `origin` has what Main has. */
export function yard(cleanup: Cleanup, files: Readonly<Record<string, string>> = {}, name = "shop"): Yard {
  const parent = temporaryDirectory(cleanup, "yard");
  const repo = temporaryRepository(cleanup, { parent, name, files: { ".gitignore": "*.ignored\nnode_modules/\n", "a.txt": "a\n", "b.txt": "b\n", ...files } });
  const environment = { ...cleanEnvironment(process.env), HOME: parent, GIT_CONFIG_NOSYSTEM: "1", ENVCTL_STATE_DIR: join(parent, "state") };
  const gitIn = (directory: string, ...args: readonly string[]): string => execFileSync("git", args, { cwd: directory, encoding: "utf8", env: { ...environment, ...identity }, stdio: ["ignore", "pipe", "pipe"] }).replace(/\n$/, "");
  gitIn(parent, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git");
  repo.git("remote", "add", "origin", join(parent, "remote.git"));
  repo.git("push", "--quiet", "--set-upstream", "origin", "main");
  const scope = join(parent, "state", "scope");
  const opened = (more: Readonly<Record<string, string>> = {}): Worktrees => {
    const paths = scopePaths(join(parent, "state"), "scope");
    const checkout = findCheckout(repo.root) ?? { repository: repo.root, projectRoot: repo.root };
    const host = createSystemHost({ ...environment, ...more });
    return createWorktrees({ host, checkout, slots: paths.slots, data: paths.data, secrets: paths.secrets, rescued: join(scope, "rescued"), prepared: join(scope, "prepared.json"), lock: join(scope, "worktrees.lock"), hookLog: join(scope, "worktrees.log") });
  };
  const options = (more: Partial<MakeOptions> = {}): MakeOptions => ({ settings, isDryRun: false, signal: new AbortController().signal, ...more });
  return { repo, worktrees: opened(), scope, settings, gitIn, options, withEnvironment: opened };
}

const identity = { GIT_AUTHOR_NAME: "tests", GIT_AUTHOR_EMAIL: "tests@localhost", GIT_COMMITTER_NAME: "tests", GIT_COMMITTER_EMAIL: "tests@localhost" };

export function put(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** The content, undefined where nothing is. */
export function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

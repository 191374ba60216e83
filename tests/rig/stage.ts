/** A stage: a home, a state root and repositories of a test's own, and the CLI that acts on them. */
import { mkdirSync, readdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathsOf } from "../../src/host/paths.ts";
import { processesOf, stageMark } from "./processes.ts";
import { runEnvctl, startEnvctl, type Outcome, type RunningProgram } from "./program.ts";
import { temporaryRepository, type RepositoryOptions, type TemporaryRepository } from "./repository.ts";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";

export interface StageOptions {
  /** An empty cache instead of the one all tests share, in which fetched server programs are kept. */
  readonly ownCache?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Another build of the CLI than this checkout's own. */
  readonly program?: string;
  /** A directory that is there already. */
  readonly stateRoot?: string;
}

export interface CallOptions {
  readonly cwd?: string;
  /** Added to the stage's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
}

export interface Stage {
  readonly directory: string;
  readonly stateRoot: string;
  readonly cacheRoot: string;
  /** The environment of every call. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a repository. The first one is where `envctl` runs unless a call says otherwise. */
  repository(options?: RepositoryOptions): TemporaryRepository;
  envctl(args: readonly string[], options?: CallOptions): Promise<Outcome>;
  start(args: readonly string[], options?: CallOptions): RunningProgram;
}

/** At the end everything is stopped; what then still lives or is locked fails the test. */
export function temporaryStage(cleanup: Cleanup, options: StageOptions = {}): Stage {
  const directory = temporaryDirectory(cleanup, "stage");
  const paths = { home: join(directory, "home"), state: options.stateRoot ?? join(directory, "state"), cache: options.ownCache === true ? join(directory, "cache") : sharedCache() };
  mkdirSync(paths.home, { mode: 0o711 });
  mkdirSync(paths.state, { recursive: true, mode: 0o711 });
  const env = {
    ...cleanEnvironment(process.env),
    HOME: paths.home,
    ENVCTL_STATE_DIR: paths.state,
    ENVCTL_CACHE_DIR: paths.cache,
    ENVCTL_SYSTEM_CONFIG: join(directory, "system.yaml"),
    [stageMark]: directory,
    ...options.env,
  };
  const repositories: TemporaryRepository[] = [];
  const where = (call: CallOptions) => ({ ...call, ...(options.program === undefined ? {} : { program: options.program }), cwd: call.cwd ?? repositories[0]?.root ?? directory, env: { ...env, ...call.env } });
  const answers: Answer[] = [];
  const stage: Stage = {
    directory,
    stateRoot: paths.state,
    cacheRoot: paths.cache,
    env,
    repository: (made = {}) => {
      const repository = temporaryRepository(cleanup, { parent: join(directory, `r${repositories.length}`), ...made });
      repositories.push(repository);
      return repository;
    },
    envctl: async (args, call = {}) => {
      const outcome = await runEnvctl(args, where(call));
      if (options.program === undefined && args.includes("--json")) answers.push({ args, outcome });
      return outcome;
    },
    start: (args, call = {}) => startEnvctl(args, where(call)),
  };
  cleanup(async () => {
    await strike(stage, repositories);
    await fit(answers);
  });
  return stage;
}

interface Answer {
  readonly args: readonly string[];
  readonly outcome: Outcome;
}

/** Looked at when the test is over, since compiling schemas would change its timing. */
async function fit(answers: readonly Answer[]): Promise<void> {
  if (answers.length === 0) return;
  const { mustFit } = await import("../contracts/answers.ts");
  for (const { args, outcome } of answers) await mustFit(args, outcome);
}

/** Stops through the CLI, then looks for itself. */
async function strike(stage: Stage, repositories: readonly TemporaryRepository[]): Promise<void> {
  const used = existing(stage.stateRoot).some((name) => name.startsWith("repo-"));
  for (const { root } of used ? repositories : []) {
    for (const args of [["stop-all"], ["daemon", "stop"]]) await stage.envctl(args, { cwd: root });
  }
  const left = [...(await survivors(stage.directory)), ...existing(join(stage.stateRoot, "ports")).map((name) => `port lock ${name}`)];
  if (left.length > 0) throw new Error(`left behind after stop-all and daemon stop:\n  ${left.join("\n  ")}`);
}

/** Gives processes that were told to end 2 s to do so, then kills and names them. */
async function survivors(directory: string): Promise<readonly string[]> {
  for (let tries = 0; tries < 100 && processesOf(directory).length > 0; tries += 1) await sleep(20);
  const found = processesOf(directory);
  for (const { pid } of found) process.kill(pid, "SIGKILL");
  return found.map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`);
}

function existing(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What has to be fetched once should not be fetched by every test. */
export function sharedCache(): string {
  return process.env["ENVCTL_TEST_CACHE"] ?? `${pathsOf({ HOME: homedir() }, userInfo().uid === 0).cacheRoot}-test`;
}

/** What a program needs to run and to fetch packages; nothing of the test runner, of npm's scripts or of CI. */
export function cleanEnvironment(from: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept = /^(PATH|LANG|LC_ALL|TZ|USER|LOGNAME|SHELL|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY|NPM_CONFIG_(REGISTRY|USERCONFIG|CACHE))$/i;
  const pairs = Object.entries(from).filter((pair): pair is [string, string] => kept.test(pair[0]) && pair[1] !== undefined);
  return { npm_config_userconfig: join(homedir(), ".npmrc"), npm_config_cache: join(homedir(), ".npm"), ...Object.fromEntries(pairs) };
}

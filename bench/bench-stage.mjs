/** What the rows share: a directory, an environment without certificates, the tiny server, repositories, the CLI. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../bin/envctl.cjs", import.meta.url));

/** Options: `runs`, `idleSeconds`. Everything is below one directory that `remove` deletes. */
export function makeStage(options) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "envctl-bench-")));
  chmodSync(directory, 0o711);
  const stateRoot = join(directory, "state");
  for (const path of [stateRoot, join(directory, "home")]) mkdirSync(path, { mode: 0o711 });
  const own = { HOME: join(directory, "home"), ENVCTL_STATE_DIR: stateRoot, ...sharedCache() };
  const env = { ...withoutCertificates(process.env), ...own };
  const repositories = [];
  const stage = {
    ...options,
    directory,
    stateRoot,
    env,
    server: buildServer(directory),
    repository: (name, config) => {
      const root = makeRepository(join(directory, name), config);
      repositories.push(root);
      return root;
    },
    /** With certificates, for what may have to fetch packages first. */
    envctlFetching: (cwd, ...args) => timed([process.execPath, program, ...args], { cwd, env: { ...process.env, ...own } }),
    envctl: (cwd, ...args) => timed([process.execPath, program, ...args], { cwd, env }),
    remove: () => {
      for (const root of repositories) for (const args of [["stop-all"], ["daemon", "stop"]]) run([process.execPath, program, ...args], { cwd: root, env });
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Runs to the end; milliseconds, and an error that shows what was written when it fails. */
export function timed(argv, options) {
  const since = performance.now();
  const result = run(argv, options);
  const ms = performance.now() - since;
  if (result.status !== 0) throw new Error(`\`${argv.slice(-4).join(" ")}\` ended with ${result.status ?? result.signal}: ${(result.stderr || result.stdout || "").slice(-800)}`);
  return { ms, stdout: result.stdout };
}

export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians of several measures taken in turns, so that a busy moment of the machine hits all of them. */
export async function inTurns(runs, measures) {
  const taken = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
  for (const measure of Object.values(measures)) await measure();
  for (let index = 0; index < runs; index += 1) for (const [name, measure] of Object.entries(measures)) taken[name].push(await measure());
  return Object.fromEntries(Object.entries(taken).map(([name, times]) => [name, median(times)]));
}

function run([command, ...args], options) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"], timeout: 180_000, ...options });
}

/** Server programs are fetched once per user, not once per bench. */
function sharedCache() {
  const given = process.env.ENVCTL_CACHE_DIR ?? (userInfo().uid === 0 ? undefined : join(homedir(), ".cache", "envctl"));
  const npm = { npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), ".npmrc") };
  return given === undefined ? npm : { ...npm, ENVCTL_CACHE_DIR: given };
}

/** Node 20 reads extra certificates at every start, which takes longer than the start itself. */
function withoutCertificates(environment) {
  const dropped = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NODE_OPTIONS|ENVCTL_.*)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !dropped.test(name)));
}

/** An argv. The compiled one starts in under a millisecond, so what is measured is the starter. */
function buildServer(directory) {
  const source = fileURLToPath(new URL("tiny-server.c", import.meta.url));
  const target = join(directory, "tiny-server");
  for (const flags of [["-O2", "-static"], ["-O2"]]) {
    if (run(["cc", ...flags, "-o", target, source], {}).status === 0) return [target];
  }
  console.log("no C compiler: the services are Node programs, so the times hold little but Node's own start");
  return [process.execPath, fileURLToPath(new URL("tiny-server.mjs", import.meta.url))];
}

function makeRepository(root, config) {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, ".envctl"), config);
  const env = { PATH: process.env.PATH, HOME: root, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const git = (...args) => execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: root, env, stdio: "pipe" });
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("commit", "--quiet", "--message", "bench");
  return root;
}


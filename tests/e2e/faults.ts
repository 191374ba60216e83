/** Faults of every kind, each made for real; what has to tell of it, and what its hint says to do. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";
import { expect, onTestFinished } from "vitest";
import { scopeIdOf } from "../../src/host/paths.ts";
import { schemaProblems } from "../contracts/validate.ts";
import { canMount, mountSmallDisk } from "../rig/mount.ts";
import { processesOf } from "../rig/processes.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import type { Configuration, Scene, SceneOptions } from "./scene.ts";

export interface Fault {
  readonly name: string;
  readonly configuration?: (port: number) => Configuration;
  readonly options?: SceneOptions;
  readonly isSkipped?: boolean;
  readonly make?: (stack: Scene) => unknown;
  /** The command that has to tell. */
  readonly tell: readonly string[];
  /** Environment it is called with. */
  readonly env?: (stack: Scene) => Readonly<Record<string, string>>;
  readonly cause: RegExp;
  readonly hint: RegExp;
  /** Does what the hint says, where that is no command in it; may return the environment to call again with. */
  readonly mend?: (stack: Scene, hint: string) => unknown;
}

const isRoot = userInfo().uid === 0;
const one = (port: number): Configuration => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } } } });
const externalRedis = (password: string) => (port: number): Configuration => ({
  services: { backend: { command: puppet(), depends_on: ["redis"] } },
  requirements: { redis: { engine: "external", url: `redis://:${password}@127.0.0.1:${port + 40}` } },
});
const doctor = (id: string): readonly string[] => ["doctor", "--only", id];

const started = (stack: Scene) => stack.envctl(["start"]);
const daemonPid = async (stack: Scene): Promise<number> => Number((await stack.envctl(["daemon", "status", "--json"])).at("pid"));
const runFile = (stack: Scene, name: string): string => join(stack.scope(), "runs", stack.state().runId, name);
const deadHandle = { pid: 4_190_000, startTime: "1", bootId: "of another boot", pidNamespace: "pid:[1]" };

/** Directory that is first on the PATH of every call. */
const programs = (stack: Scene): string => join(stack.directory, "programs");
const ownPath = (stack: Scene): Readonly<Record<string, string>> => ({ PATH: `${programs(stack)}:${stack.env["PATH"] ?? ""}` });
function install(stack: Scene, name: string, text = "exec node \"$@\""): void {
  mkdirSync(programs(stack), { recursive: true });
  writeFileSync(join(programs(stack), name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** Somebody else's program on a port; gone when the test ends. */
const stranger = (stack: Scene, port: number): Promise<void> => answering(stack, port, "");

/** One that does something with each of its connections. */
async function answering(stack: Scene, port: number, what: string): Promise<void> {
  const child = spawn(process.execPath, ["-e", `require("net").createServer((socket) => { ${what} }).listen(${port}, "127.0.0.1", () => console.log("listens"))`], { cwd: stack.directory, stdio: ["ignore", "pipe", "ignore"], env: stack.env });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
}

/** Of the state; it stays until everything that wrote to it has ended. */
function fullDisk(stack: Scene): void {
  const unmount = mountSmallDisk(stack.stateRoot, "1m");
  onTestFinished(async () => {
    for (const args of [["stop-all"], ["daemon", "stop"]]) await stack.envctl(args);
    unmount();
  });
  fill(stack.stateRoot);
}

/** Leaves not a byte. */
function fill(directory: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(join(directory, "filler"), Buffer.alloc(size), { flag: "a" });
    } catch {
      // Full for this size; smaller pieces may still fit.
    }
  }
}

/** A process with this repository's mark, of a unit that is not meant to run. */
async function orphan(stack: Scene): Promise<void> {
  await started(stack);
  const { runId, scope } = stack.state();
  const child = spawn("sleep", ["600"], { cwd: stack.directory, stdio: "ignore", detached: true, env: { ...stack.env, ENVCTL_OWNER: `${scope}/Main/ghost/${runId}` } });
  onTestFinished(() => void child.kill("SIGKILL"));
  await eventually(() => processesOf(stack.directory).some(({ command }) => command.includes("sleep 600")) || undefined);
}

/** The files of a run of the Python engine, with a process that lives. */
async function legacyService(stack: Scene): Promise<void> {
  const child = spawn("sleep", ["600"], { cwd: stack.repo.root, stdio: "ignore", env: stack.env });
  onTestFinished(() => void child.kill("SIGKILL"));
  const directory = join(stack.directory, "python", "python-engine", scopeIdOf(stack.repo.root));
  mkdirSync(directory, { recursive: true });
  const service = { type: "backend", cwd: stack.repo.root, pid: child.pid, requested_port: 8000, actual_port: 8000, status: "running" };
  const state = { schema_version: 1, run_id: "run-20260101000000-0123abcd", mode: "main", services: { "Main Backend": service }, requirements: { Main: { project: "Main", components: { redis: { id: "redis", enabled: true } } } }, pointers: {}, metadata: {} };
  writeFileSync(join(directory, "run_state.json"), JSON.stringify(state));
  const shown = await stack.envctl(["show-state", "--json"], { env: { RUN_SH_RUNTIME_DIR: join(stack.directory, "python") } });
  expect([shown.code, schemaProblems("show-state", shown.json()), shown.at("found"), shown.at("legacy.services.0.lives"), shown.at("legacy.requirements.0")]).toEqual([0, [], false, true, "Main redis"]);
}

export const faults: readonly Fault[] = [
  {
    name: "a missing program", tell: ["start"], env: ownPath,
    configuration: (port) => ({ services: { backend: { command: ["our-server", ...puppet({ listen: "{port}" }).slice(1)], port } } }),
    cause: /program "our-server" was not found/, hint: /install our-server/, mend: (stack) => install(stack, "our-server"),
  },
  {
    name: "a missing directory", tell: ["start"],
    configuration: (port) => ({ services: { backend: { dir: "server", command: puppet({ listen: "{port}" }), port } } }),
    cause: /directory of Main\/backend does not exist/, hint: /mkdir -p/,
  },
  { name: "a busy port", tell: doctor("ports"), make: (stack) => stranger(stack, stack.port), cause: /port \d+ of Main\/backend is held by pid \d+ \(`.*createServer/, hint: /`kill \d+`/ },
  {
    name: "no container engine where one is said to be", tell: doctor("containers"), env: () => ({ DOCKER_HOST: "unix:///nonexistent/docker.sock" }),
    cause: /DOCKER_HOST.*its socket is not there/s, hint: /change that/, mend: () => ({}),
  },
  {
    name: "a docker context that is not there", tell: doctor("containers"), env: () => ({ DOCKER_CONTEXT: "gone" }),
    cause: /no docker context "gone"/, hint: /docker context ls/, mend: () => ({}),
  },
  {
    name: "a stale daemon lock", tell: doctor("locks"), cause: /lock is of pid 4190000, which is gone/, hint: /doctor --fix/,
    make: async (stack) => {
      mkdirSync(stack.scope(), { recursive: true, mode: 0o711 });
      writeFileSync(join(stack.scope(), "daemon.lock.1"), JSON.stringify(deadHandle), { mode: 0o600 });
    },
  },
  {
    name: "a port reserved for a unit that is gone", tell: doctor("locks"), cause: /reserved for units that are gone: 20001 \(Main\/old\)/, hint: /doctor --fix/,
    make: (stack) => {
      mkdirSync(join(stack.stateRoot, "ports"), { recursive: true });
      writeFileSync(join(stack.stateRoot, "ports", "20001.lock"), JSON.stringify({ port: 20001, scope: "repo-000000000000", unitId: "Main/old", repository: "/nonexistent", daemon: deadHandle }));
    },
  },
  {
    name: "YAML that is none", tell: doctor("configuration"), make: (stack) => stack.repo.write(".envctl", "services:\n  backend: { command: [\n"),
    cause: /\.envctl:\d+:\d+/, hint: /./, mend: (stack) => stack.configure(one(stack.port)),
  },
  {
    name: "a key with a slip in it", tell: doctor("configuration"), make: (stack) => stack.repo.write(".envctl", "servcies:\n  backend: { command: \"true\", port: none }\n"),
    cause: /servcies/, hint: /services/, mend: (stack, hint) => stack.repo.write(".envctl", readFileSync(join(stack.repo.root, ".envctl"), "utf8").replace("servcies", /services/.exec(hint)?.[0] ?? "")),
  },
  {
    name: "no configuration", tell: ["start"], options: { files: { ".envctl": "", "package.json": JSON.stringify({ scripts: { start: "node server.js" } }), "server.js": "require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT)" } },
    make: (stack) => rmSync(join(stack.repo.root, ".envctl")), cause: /There is no \.envctl/, hint: /envctl config --detect --write/,
    mend: async (stack) => stack.envctl(["config", "--detect", "--write"]),
  },
  {
    name: "services that are only guessed", tell: doctor("configuration"), options: { files: { "package.json": JSON.stringify({ scripts: { start: "node server.js" } }) } }, make: (stack) => rmSync(join(stack.repo.root, ".envctl")),
    cause: /no \.envctl in .*only guessed/, hint: /`envctl config --detect --write`/,
  },
  { name: "a snapshot cut in half", tell: doctor("state"), cause: /run_state\.json is damaged/, hint: /`envctl doctor --fix`/, make: (stack) => damaged(stack, "run_state.json", (text) => text.slice(0, text.length / 2)) },
  {
    name: "a snapshot that is not what its log makes", tell: doctor("state"), cause: /is not what its \d+ events make/, hint: /`envctl doctor --fix`/,
    make: (stack) => damaged(stack, "run_state.json", (text) => text.replaceAll('"starts":1', '"starts":7')),
  },
  { name: "garbage in the log", tell: doctor("state"), cause: /damaged line.* in .*events\.jsonl/, hint: /`envctl stop-all`, then `envctl start`/, make: (stack) => damaged(stack, "events.jsonl", (text) => `${text}garbage\n`) },
  {
    name: "a clock that was set back", tell: doctor("clock"), cause: /newest event of run-\S+ is \d+ min ahead of this clock/, hint: /`envctl start --no-resume`/,
    make: (stack) => damaged(stack, "events.jsonl", (text) => text.replaceAll(/"at":"\d{4}/g, '"at":"2100')),
    mend: (stack) => stack.envctl(["start", "--no-resume"]),
  },
  { name: "secrets others may read", tell: doctor("permissions"), cause: /open to others: its mode is 0777/, hint: /`chmod 700 .*secrets`/, make: async (stack) => { mkdirSync(join(stack.scope(), "secrets"), { recursive: true }); chmodSync(join(stack.scope(), "secrets"), 0o777); } },
  { name: "a socket others may use", tell: doctor("permissions"), cause: /daemon\.sock is open to others/, hint: /`chmod 600 /, make: async (stack) => { await started(stack); chmodSync(join(stack.scope(), "daemon.sock"), 0o666); } },
  { name: "a process left behind", tell: doctor("orphans"), make: orphan, cause: /1 process of units that are not meant to run: pid \d+ of Main\/ghost/, hint: /`envctl blast-all`/, mend: (stack) => stack.envctl(["blast-all"]) },
  {
    name: "a deleted worktree", tell: doctor("worktrees"), options: { worktrees: ["a"] }, make: (stack) => stack.repo.removeWorktree("a"),
    cause: /git still knows 1 worktree whose directory is gone/, hint: /`git -C .* worktree prune`/,
  },
  {
    name: "a deleted worktree whose units run", tell: doctor("worktrees"), options: { worktrees: ["a"] },
    make: async (stack) => { await stack.envctl(["start", "--project", "a"]); stack.repo.removeWorktree("a"); stack.repo.git("worktree", "prune"); },
    cause: /units of a run, though its directory is gone/, hint: /`envctl stop --project a`/,
  },
  {
    name: "a daemon that hangs", tell: doctor("daemon"), cause: /the daemon, pid \d+, does not answer/, hint: /`envctl daemon stop`/,
    make: async (stack) => { await started(stack); process.kill(await daemonPid(stack), "SIGSTOP"); },
    mend: async (stack) => { await stack.envctl(["daemon", "stop"]); await stack.envctl(["daemon", "start"]); },
  },
  {
    name: "units without a daemon", tell: doctor("daemon"), cause: /nobody supervises 1 unit/, hint: /`envctl daemon start`/,
    make: async (stack) => { await started(stack); process.kill(await daemonPid(stack), "SIGKILL"); },
  },
  {
    name: "a secret in a file that git keeps", tell: doctor("committed-secrets"),
    configuration: (port) => ({ services: { backend: { command: "true", port, env: { API_TOKEN: "sk_live_51Habcdefgh" } } } }),
    cause: /\.envctl:\d+ looks like a secret, and git keeps this file/, hint: /move the value into \.envctl\.local, which must be in \.gitignore/,
    mend: (stack) => {
      stack.repo.write(".gitignore", "trees/\n.envctl.local\n");
      stack.repo.write(".envctl.local", JSON.stringify({ services: { backend: { env: { API_TOKEN: "sk_live_51Habcdefgh" } } } }));
      stack.configure({ services: { backend: { command: "true", port: stack.port } } });
    },
  },
  { name: "a missing package manager", tell: doctor("package-managers"), env: (stack) => ({ PATH: programs(stack) }), make: (stack) => { stack.repo.write("pnpm-lock.yaml", ""); install(stack, "npm", ": >\"$0.asked\"; : >\"$(dirname \"$0\")/pnpm\"; chmod +x \"$(dirname \"$0\")/pnpm\""); for (const name of ["dirname", "chmod", "sh"]) install(stack, name, `exec ${name === "sh" ? "/bin/sh" : execFileSync("which", [name], { encoding: "utf8" }).trim()} "$@"`); }, cause: /pnpm-lock\.yaml is for pnpm, which is not on the PATH/, hint: /`npm install -g pnpm`/ },
  {
    name: "another Node than is asked for", tell: doctor("versions"), make: (stack) => stack.repo.write(".nvmrc", "v12.1\n"), cause: /\.nvmrc asks for node 12\.1, and the PATH has/,
    hint: /or change .*\.nvmrc/, mend: (stack) => stack.repo.write(".nvmrc", process.version),
  },
  {
    name: "a repository git does not trust", isSkipped: !isRoot, tell: doctor("git"), make: (stack) => chownSync(stack.repo.root, 65534, 65534),
    cause: /git refuses/, hint: /`git config --global --add safe\.directory /,
  },
  { name: "no git repository", tell: doctor("git"), make: (stack) => rmSync(join(stack.repo.root, ".git"), { recursive: true }), cause: /is no git repository/, hint: /`git -C .* init`/ },
  {
    name: "a fetched server that changed since", tell: doctor("runtimes"), options: { stage: { ownCache: true } }, cause: /1 file of a fetched server changed since/, hint: /`rm -rf .*`, then `envctl start`/,
    make: (stack) => {
      const directory = join(stack.cacheRoot, "runtimes", "postgres-16.0-test");
      mkdirSync(join(directory, "bin"), { recursive: true });
      writeFileSync(join(directory, "bin", "postgres"), "changed");
      writeFileSync(join(directory, ".checksums.json"), JSON.stringify({ schemaVersion: 1, files: { "bin/postgres": [7, "0".repeat(64)] } }));
    },
  },
  {
    name: "a service the Python engine left running", tell: doctor("legacy"), env: (stack) => ({ RUN_SH_RUNTIME_DIR: join(stack.directory, "python") }),
    make: legacyService, cause: /Main Backend of the Python engine still runs: pid \d+, port 8000/, hint: /`kill \d+`/,
  },
  {
    name: "data of a project that is gone", tell: doctor("data"), cause: /there are data of gone, and no such project/, hint: /`envctl prune --data-of gone`/, options: { stage: { ownCache: true } },
    make: (stack) => mkdirSync(join(stack.scope(), "data", "gone", "postgres"), { recursive: true }), mend: (stack) => stack.envctl(["prune", "--data-of", "gone", "--yes"]),
  },
  {
    name: "a service that listens on another port", tell: ["start"], configuration: (port) => ({ services: { backend: { command: puppet({ listen: port + 1 }), port, ready: { timeout: "500ms" } } } }),
    cause: /listens on \d+, not on its port \d+/, hint: /\{port\}/, mend: (stack) => stack.configure(one(stack.port)),
  },
  {
    name: "a service that needs what is not there", tell: doctor("configuration"), configuration: (port) => ({ services: { backend: { command: "true", port, depends_on: ["frontned"] }, frontend: { command: "true", port: port + 1 } } }),
    cause: /frontned/, hint: /frontend/, mend: (stack) => stack.configure(one(stack.port)),
  },
  {
    name: "a variable that is not set", tell: ["start"], env: () => ({}), configuration: (port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, env: { LEVEL: "${env.OUR_LEVEL}" } } } }),
    cause: /no value for \$\{env\.OUR_LEVEL\}/, hint: /`export OUR_LEVEL=…`/, mend: () => ({ OUR_LEVEL: "debug" }),
  },
  {
    name: "units that wait for each other", tell: doctor("configuration"), configuration: (port) => ({ services: { a: { command: "true", port, depends_on: ["b"] }, b: { command: "true", port: port + 1, depends_on: ["a"] } } }),
    cause: /dependency cycle: a → b → a/, hint: /remove one of these `depends_on`/, mend: (stack) => stack.configure({ services: { a: { command: "true", port: stack.port }, b: { command: "true", port: stack.port + 1, depends_on: ["a"] } } }),
  },
  {
    name: "a module that is not there", tell: ["start"], configuration: () => ({ services: { mock: { module: "mock.mjs", executor: "node", port: "none" } } }),
    cause: /module of Main\/mock does not exist: .*mock\.mjs/, hint: /services\.mock\.module in \.envctl/, mend: (stack) => stack.repo.write("mock.mjs", "export const start = () => undefined;\nsetInterval(() => {}, 1000);\n"),
  },
  {
    name: "a service whose name is wrong", tell: ["start", "--service", "bakend"], cause: /no service named "bakend"/, hint: /known services: backend/,
    mend: (stack) => stack.configure({ services: { bakend: { command: puppet({ listen: "{port}" }), port: stack.port } } }),
  },
  {
    name: "a service that is not ready in time", tell: ["start"], configuration: (port) => ({ services: { backend: { command: puppet({ listen: "{port}", afterMs: 1200 }), port, ready: { timeout: "200ms" } } } }),
    cause: /not ready after 0\.2 s/, hint: /services\.backend\.ready sets the probe and its timeout/, mend: (stack) => stack.configure({ services: { backend: { command: puppet({ listen: "{port}", afterMs: 1200 }), port: stack.port, ready: { timeout: "30s" } } } }),
  },
  {
    name: "a server of somebody else's that is not there", tell: ["start"],
    configuration: externalRedis("any"),
    cause: /127\.0\.0\.1:\d+ cannot be reached/, hint: /start it, or correct requirements\.redis\.url/,
    mend: async (stack) => answering(stack, stack.port + 40, "socket.on('data', () => socket.write('+PONG\\r\\n'))"),
  },
  {
    name: "a wrong password", tell: ["start"], configuration: externalRedis("wrong"), cause: /refuses the user or the password: WRONGPASS/, hint: /correct the URL it is configured with/,
    make: (stack) => answering(stack, stack.port + 40, `socket.on("data", (said) => socket.write(String(said).includes("right") ? "+OK\\r\\n+PONG\\r\\n" : "-WRONGPASS invalid username-password pair\\r\\n"))`),
    mend: (stack) => stack.configure(externalRedis("right")(stack.port)),
  },
  {
    name: "a full disk", isSkipped: !canMount(), tell: ["start"], cause: /cannot be written: .*(?:no space|ENOSPC)|are free for the state in .* are needed/i, hint: /free some space/,
    make: fullDisk,
    mend: (stack) => rmSync(join(stack.stateRoot, "filler")),
  },
  {
    name: "a prepare step that fails", tell: ["start"], options: { files: { "lock.txt": "1" } },
    configuration: (port) => ({ services: { backend: { command: puppet({ listen: "{port}" }), port, prepare: [{ name: "install", run: ["sh", "-c", "test -e fixed || { echo make fixed first; exit 4; }"], inputs: ["lock.txt"] }] } } }),
    cause: /install.*code 4/s, hint: /make fixed first/, mend: (stack) => stack.repo.write("fixed", ""),
  },
  { name: "a project whose name is wrong", tell: ["start", "--project", "featur"], options: { worktrees: ["feature"] }, cause: /featur"/, hint: /feature/, mend: (stack) => stack.repo.addWorktree("featur") },
];

/** Damages a file of a run that was stopped, so that nobody mends it meanwhile. */
async function damaged(stack: Scene, name: string, damage: (text: string) => string): Promise<void> {
  await started(stack);
  await stack.envctl(["daemon", "stop", "--with-services"]);
  const path = runFile(stack, name);
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  writeFileSync(path, damage(readFileSync(path, "utf8")));
}

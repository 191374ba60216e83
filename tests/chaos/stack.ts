/** The stack that is put through everything: twenty-three units in two projects, and strangers beside them. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { lockOwner } from "../../src/host/lock.ts";
import { handleOf } from "../../src/model/lifecycle.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { freePorts, isFree } from "../rig/ports.ts";
import { puppet, type PuppetBehaviour } from "../rig/puppet.ts";
import { packageRoot } from "../rig/source-files.ts";
import { temporaryStage, type Stage } from "../rig/stage.ts";
import { temporaryDirectory, type Cleanup } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

export interface Stack extends Stage {
  readonly root: string;
  /** Base port of the first unit; the worktree's are 20 higher. */
  readonly port: number;
  /** Where an order for a fault point is written. */
  readonly faultFile: string;
  /** Whether the state root is a small file system of its own, that can be filled and made read-only. */
  readonly isMounted: boolean;
  /** Directory of the repository's state. */
  scope(): string;
  /** As the snapshot has it; undefined without a readable one. */
  state(): RunState | undefined;
  /** The daemon's process, by its lock. */
  daemonPid(): number | undefined;
  /** Pid of the front shell of a unit, if it has one: what runs inside the daemon has none. */
  unitPid(unitId: string): number | undefined;
  /** Processes that are none of envctl's business. */
  readonly bystanders: readonly ChildProcess[];
}

export const chaosProgram = join(packageRoot, "node_modules/.cache/envctl/chaos/main.cjs");
export const chaosDaemon = join(packageRoot, "node_modules/.cache/envctl/chaos/daemon.js");
export const projects = ["Main", "feature"];
/** Both projects. */
export const everything = ["--project", projects.join(",")] as const;

const fixed = { strategy: "fixed", base: "50ms", jitter: 0, max: 20 };
const counting = (behaviour: PuppetBehaviour = {}): readonly string[] => puppet({ countMs: 100, ...behaviour });

/** Counts as the puppets do. */
const countingModule = `import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export async function run({ signal, log }) {
  const name = randomBytes(4).toString("hex");
  for (let number = 1; !signal.aborted; number += 1) {
    log(\`count \${name} \${number}\`);
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}
`;

/** Two modules and ten services, of which the worktree has all but two, and Main has a Redis besides. Logs are rotated every few seconds. */
function configuration(port: number): object {
  return {
    version: 1,
    modes: { trees: { services: ["store", "api", "web", "worker", "stubborn", "family", "first", "second", "third", "mailbox"], requirements: [] } },
    logs: { max_size: "2K", keep: 100_000 },
    requirements: { redis: { port: port + 6 } },
    restart_groups: { row: { strategy: "rest_for_one", units: ["first", "second", "third"] } },
    services: {
      store: { command: counting({ listen: "{port}" }), port },
      api: { command: counting({ listen: "{port}", http: "healthy" }), port: port + 1, depends_on: ["store"], ready: { http: "/" }, live: { http: "/", interval: "500ms", restart: true }, restart: fixed },
      web: { command: counting({ listen: "{port}" }), port: port + 2, depends_on: ["api"] },
      worker: { command: counting(), depends_on: ["store"], ready: { log: "starts" }, restart: { ...fixed, max: 2, within: "5s" } },
      stubborn: { command: counting({ ignoreTerm: true, countMs: 10 }), stop: { grace: "200ms" } },
      family: { command: counting({ listen: "{port}", helper: "session" }), port: port + 3, stop: { grace: "500ms" } },
      clan: { command: counting({ helper: "orphan" }), stop: { grace: "500ms" }, critical: false },
      first: { command: counting({ listen: "{port}" }), port: port + 4, restart: fixed },
      second: { command: counting(), depends_on: ["first"], restart: fixed },
      mailbox: { module: "counting.mjs", executor: "node", port: "none", restart: fixed },
      inbox: { module: "counting.mjs", executor: "thread", port: "none", restart: fixed },
      third: { command: counting({ listen: "{port}" }), port: port + 5, depends_on: ["second"], restart: fixed },
    },
  };
}

/** Processes of a unit besides its front shell and its leader. */
export const helpers: Readonly<Record<string, number>> = { family: 1, clan: 1 };
/** Units of Main that listen, with the distance of their port from the first. */
export const listeners: readonly (readonly [string, number])[] = [["store", 0], ["api", 1], ["web", 2], ["family", 3], ["first", 4], ["third", 5]];
export const unitIds: readonly string[] = [
  ...["store", "api", "web", "worker", "stubborn", "family", "clan", "first", "second", "third", "mailbox", "inbox", "redis"].map((name) => `Main/${name}`),
  ...["store", "api", "web", "worker", "stubborn", "family", "first", "second", "third", "mailbox"].map((name) => `feature/${name}`),
];

/** Makes all of it; nothing is started yet but the bystanders. */
export async function chaosStack(cleanup: Cleanup): Promise<Stack> {
  const port = await freePorts(60);
  const directory = temporaryDirectory(cleanup, "chaos");
  const faultFile = join(directory, "fault");
  const stateRoot = join(directory, "state");
  mkdirSync(stateRoot, { mode: 0o711 });
  const isMounted = mounted(stateRoot, cleanup);
  const stage = temporaryStage(cleanup, { program: chaosProgram, stateRoot, env: { ENVCTL_DAEMON_IDLE_SECONDS: "1", ENVCTL_FAULT_FILE: faultFile } });
  const repository = stage.repository({ files: { ".envctl": `${JSON.stringify(configuration(port), null, 2)}\n`, "counting.mjs": countingModule }, worktrees: ["feature"] });
  const scope = (): string => join(stateRoot, existing(stateRoot).find((name) => name.startsWith("repo-")) ?? "no-state");
  const state = (): RunState | undefined => runIn(join(scope(), "run_state.json"));
  return {
    ...stage,
    root: repository.root,
    port,
    faultFile,
    isMounted,
    scope,
    state,
    daemonPid: () => lockOwner(join(scope(), "daemon.lock"))?.pid,
    unitPid: (unitId) => {
      const life = state()?.units[unitId]?.life;
      const handle = life === undefined ? undefined : handleOf(life);
      return handle === undefined || "inside" in handle ? undefined : handle.pid;
    },
    bystanders: await bystanders(repository.root, port + 50, cleanup),
  };
}

/** Small, so that it is full soon. Where nobody may mount, the state lies in an ordinary directory. */
function mounted(directory: string, cleanup: Cleanup): boolean {
  if (userInfo().uid !== 0 || process.platform !== "linux") return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m,mode=711", "none", directory], { stdio: "ignore" });
    cleanup(() => void execFileSync("umount", ["--lazy", directory]));
    return true;
  } catch {
    return false;
  }
}

/** One listens, one works in the repository, one carries the mark of a repository that is not ours. */
async function bystanders(root: string, port: number, cleanup: Cleanup): Promise<readonly ChildProcess[]> {
  const environment = { PATH: process.env["PATH"] ?? "" };
  const programs = [
    { argv: puppet({ listen: port, countMs: 60_000 }), cwd: "/", env: environment },
    { argv: puppet({ countMs: 60_000 }), cwd: root, env: environment },
    { argv: puppet({ countMs: 60_000 }), cwd: "/", env: { ...environment, ENVCTL_OWNER: "repo-000000000000/Main/store/run-20260101000000000-0000" } },
  ];
  const children = programs.map(({ argv: [program = "", ...args], cwd, env }) => spawn(program, args, { cwd, env, detached: true, stdio: "ignore" }));
  cleanup(() => children.forEach((child) => child.kill("SIGKILL")));
  await eventually(async () => !(await isFree(port)), "the bystander that listens");
  return children;
}

function runIn(path: string): RunState | undefined {
  try {
    const { run } = JSON.parse(readFileSync(path, "utf8")) as { readonly run?: Partial<RunState> };
    return run?.units === undefined ? undefined : (run as RunState);
  } catch {
    return undefined;
  }
}

function existing(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** What is done to the stack. Every row draws its particulars from chance alone, so that a round can be told before it begins. */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isAlive } from "../rig/processes.ts";
import type { RunningProgram } from "../rig/program.ts";
import { eventually } from "../rig/wait.ts";
import type { Chance } from "./chance.ts";
import { faultPoints, type FaultPoint } from "./fault-points.ts";
import { chaosDaemon, listeners, unitIds, type Stack } from "./stack.ts";

/** Takes the trouble away again. */
export type Heal = () => void | Promise<void>;

/** Which promise of the invariants a trouble breaks rightfully, until the next run begins. */
export type Exception = "log-lost" | "lines-torn";

export interface Trouble {
  /** What exactly, for the list of a failing round. */
  readonly words: string;
  /** `before` the activity, or `during` it. */
  readonly when: "before" | "during";
  readonly exception?: Exception;
  /** Units may be down on purpose afterwards. */
  readonly stops?: boolean;
  /** `cli` is the activity's, where there is one. */
  begin(stack: Stack, cli: RunningProgram | undefined): Promise<Heal | undefined>;
}

interface TroubleRow {
  readonly needsMount?: boolean;
  draw(chance: Chance): Trouble;
}

export const troubleTable: Readonly<Record<string, TroubleRow>> = {
  "kill the daemon": { draw: () => ({ words: "kill the daemon", when: "during", begin: async (stack) => void killDaemon(stack) }) },
  "stop the daemon for a while": { draw: () => ({ words: "stop the daemon for a while", when: "during", begin: (stack) => stopped(stack, stack.daemonPid()) }) },
  "kill the CLI": { draw: () => ({ words: "kill the CLI", when: "during", begin: async (_stack, cli) => void cli?.signal("SIGKILL") }) },
  "stop the CLI for a while": { draw: () => ({ words: "stop the CLI for a while", when: "during", begin: (stack, cli) => stopped(stack, cli?.pid) }) },
  "interrupt the CLI": { draw: () => ({ words: "interrupt the CLI", when: "during", stops: true, begin: async (_stack, cli) => void cli?.signal("SIGINT") }) },
  "kill units": { draw: killUnits },
  "stop a unit for a while": { draw: stopUnit },
  "fault point": { draw: (chance) => fault(chance.one(faultPoints), 1 + chance.number(chance.one([1, 3, 12]))) },
  "full disk": { needsMount: true, draw: () => ({ words: "fill the disk", when: "before", exception: "lines-torn", begin: fillDisk }) },
  "read-only state": { needsMount: true, draw: () => ({ words: "make the state read-only", when: "before", begin: makeReadOnly }) },
  "remove the socket": { draw: () => ({ words: "remove the socket", when: "before", begin: async (stack) => void rmSync(join(stack.scope(), "daemon.sock"), { force: true }) }) },
  "damage the snapshot": { draw: damageSnapshot },
  "tear the log": { draw: tearLog },
  "kill the daemon first": { draw: () => ({ words: "kill the daemon first", when: "before", begin: async (stack) => void (await withoutDaemon(stack)) }) },
  "stop everything first": { draw: () => ({ words: "stop everything first", when: "before", stops: true, begin: async (stack) => void (await stack.envctl(["stop-all"])) }) },
  "forget the slots": { draw: () => ({ words: "kill the daemon, remove slots.json", when: "before", begin: forgetSlots }) },
  "steal a port": { draw: stealPort },
  "jumping clock": { draw: () => ({ words: "kill the daemon, start one whose clock jumps", when: "before", begin: jumpingClock }) },
};

/** An order for a fault point; by chance it may not be reached. */
export function fault(name: FaultPoint, passage: number, must?: "must be reached"): Trouble {
  return {
    words: `die at the ${passage}. ${name}`,
    when: "before",
    begin: async (stack) => {
      writeFileSync(stack.faultFile, `${orders++} ${name} ${passage}`);
      return async () => {
        try {
          // Logs are rotated when they have grown enough, whatever is done meanwhile.
          if (must !== undefined) await eventually(() => !existsSync(stack.faultFile), `the ${passage}. ${name}`);
        } finally {
          rmSync(stack.faultFile, { force: true });
        }
      };
    },
  };
}

let orders = 1;

function killDaemon(stack: Stack): number | undefined {
  const pid = stack.daemonPid();
  signal(pid, "SIGKILL");
  return pid;
}

/** Certainly gone: what is done to its files now it cannot undo. */
async function withoutDaemon(stack: Stack): Promise<void> {
  const pid = killDaemon(stack);
  if (pid !== undefined) await eventually(() => !isAlive(pid), "the end of the daemon");
}

/** Looking must work meanwhile. */
async function stopped(stack: Stack, pid: number | undefined): Promise<undefined> {
  signal(pid, "SIGSTOP");
  try {
    const { code, stdout, stderr } = await stack.envctl(["status", "--json"]);
    if (code !== 0) throw new Error(`status ended with ${code} while process ${pid} was stopped: ${stdout}${stderr}`);
  } finally {
    signal(pid, "SIGCONT");
  }
}

function killUnits(chance: Chance): Trouble {
  const chosen = chance.some(unitIds, 1 + chance.number(3)).map((unitId) => ({ unitId, what: chance.one(["front shell", "leader", "children", "everything"] as const) }));
  return {
    words: chosen.map(({ unitId, what }) => `kill ${what} of ${unitId}`).join(", "),
    when: "during",
    begin: async (stack) => {
      for (const { unitId, what } of chosen) for (const pid of members(stack.unitPid(unitId), what)) signal(pid, "SIGKILL");
      return undefined;
    },
  };
}

function stopUnit(chance: Chance): Trouble {
  const unitId = chance.one(unitIds);
  return { words: `stop the leader of ${unitId} for a while`, when: "during", begin: (stack) => stopped(stack, members(stack.unitPid(unitId), "leader")[0]) };
}

function members(shell: number | undefined, what: "front shell" | "leader" | "children" | "everything"): readonly number[] {
  if (shell === undefined || !isAlive(shell)) return [];
  const leaders = childrenOf(shell);
  const children = leaders.flatMap(childrenOf);
  return { "front shell": [shell], leader: leaders, children, everything: [shell, ...leaders, ...children] }[what];
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

/** Only what lives a moment before is signalled: a number may be anybody's later. */
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined || !isAlive(pid)) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

async function fillDisk(stack: Stack): Promise<Heal> {
  const path = join(stack.stateRoot, "filler");
  for (const size of [1_048_576, 4096, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch {
      // Full for this size; smaller pieces may still fit.
    }
  }
  return () => rmSync(path, { force: true });
}

/** For whatever is opened from now on. */
async function makeReadOnly(stack: Stack): Promise<Heal> {
  await eventually(() => isMountedReadOnly(stack.stateRoot), "a moment in which nothing opens a file");
  return () => void execFileSync("umount", ["--lazy", stack.stateRoot]);
}

/** Refused when something has opened a file for writing between the two calls. */
function isMountedReadOnly(directory: string): boolean {
  execFileSync("mount", ["--bind", directory, directory]);
  try {
    execFileSync("mount", ["-o", "remount,ro,bind", directory], { stdio: "pipe" });
    return true;
  } catch {
    execFileSync("umount", ["--lazy", directory]);
    return false;
  }
}

function damageSnapshot(chance: Chance): Trouble {
  const content = chance.one(["", "[1, 2]", '{"run":{"seq":"x"}}', "half"]);
  const withDaemon = chance.number(2) === 0;
  return {
    words: `${withDaemon ? "" : "kill the daemon, "}damage run_state.json: ${content === "" ? "empty" : content}`,
    when: "before",
    begin: async (stack) => {
      if (!withDaemon) await withoutDaemon(stack);
      const path = join(stack.scope(), "run_state.json");
      if (!existsSync(path)) return;
      const whole = readFileSync(path);
      writeFileSync(path, content === "half" ? whole.subarray(0, whole.length / 2) : content);
    },
  };
}

function tearLog(chance: Chance): Trouble {
  const way = chance.one(["cut its last line", "add half a line"] as const);
  const bytes = 1 + chance.number(60);
  return {
    words: `kill the daemon, tear events.jsonl: ${way}, ${bytes} bytes`,
    when: "before",
    ...(way === "cut its last line" ? { exception: "log-lost" as const } : {}),
    begin: async (stack) => {
      await withoutDaemon(stack);
      const path = join(stack.scope(), "events.jsonl");
      if (!existsSync(path)) return;
      if (way === "cut its last line") truncateSync(path, Math.max(0, readFileSync(path).length - bytes));
      else appendFileSync(path, `{"type":"warning","code":"${"x".repeat(bytes)}`);
    },
  };
}

async function forgetSlots(stack: Stack): Promise<undefined> {
  await withoutDaemon(stack);
  rmSync(join(stack.scope(), "slots.json"), { force: true });
}

/** A stranger takes the port of a unit that was just stopped; the unit must go elsewhere. */
function stealPort(chance: Chance): Trouble {
  const [name, distance] = chance.one(listeners);
  return {
    words: `stop Main/${name} and take its port`,
    when: "before",
    stops: true,
    begin: async (stack) => {
      await stack.envctl(["stop", "--project", "Main", "--service", name]);
      const thief = createServer();
      await new Promise<void>((resolve) => thief.once("error", () => resolve()).listen(stack.port + distance, "127.0.0.1", resolve));
      return () => new Promise<void>((resolve) => void thief.close(() => resolve()));
    },
  };
}

/** Hours, months and a year to and fro, with every look at the clock. */
const jumps = "const now = Date.now; const by = [0, 3_600_000, -7_200_000, 2_592_000_000, -31_536_000_000]; let looks = 0; Date.now = () => now() + by[looks++ % by.length];";

async function jumpingClock(stack: Stack): Promise<Heal> {
  await withoutDaemon(stack);
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(jumps)}`, chaosDaemon, "--repository", stack.root], { cwd: "/", env: stack.env, stdio: ["ignore", "pipe", "ignore"] });
  await new Promise<void>((resolve) => child.once("exit", () => resolve()).stdout.once("data", () => resolve()));
  child.stdout.destroy();
  return async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    await ended;
  };
}

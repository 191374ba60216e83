/** What must hold after every round, whatever happened in it. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { handleOf } from "../../src/model/lifecycle.ts";
import { foldEvents, type RunState, type UnitState } from "../../src/model/run-state.ts";
import { readEventLog } from "../../src/state/event-log.ts";
import { isAlive, processesOf } from "../rig/processes.ts";
import { eventually } from "../rig/wait.ts";
import { chaosDaemon, helpers, projects, unitIds, type Stack } from "./stack.ts";
import type { Exception } from "./troubles.ts";
import { unitLogs } from "./unit-logs.ts";

export interface Invariants {
  /** Resolves when all hold; rejects with those that do not hold in time. */
  settled(exceptions: readonly Exception[]): Promise<void>;
  /** Every unit of the stack is ready. */
  isWhole(): boolean;
}

const settleMs = 8000;

/** Remembers what was read of the logs, and which run has lost a part of its own. */
export function invariantsOf(stack: Stack): Invariants {
  const logs = unitLogs();
  let incomplete = "";
  const check = async (state: RunState, mayBeTorn: boolean): Promise<readonly string[]> => [
    ...unitProblems(state),
    ...(state.runId === incomplete ? [] : foldProblems(stack, state)),
    ...latestProblems(stack),
    ...processProblems(stack, state),
    ...portProblems(stack, state),
    ...stack.bystanders.flatMap(({ pid, exitCode, signalCode }, index) => (exitCode === null && signalCode === null ? [] : [`bystander ${index + 1}, ${pid}, ended with ${signalCode ?? exitCode}`])),
    ...(await Promise.all(puppetUnits(state).map(({ logPath }) => (logPath === undefined ? [] : logs.check(logPath, mayBeTorn))))).flat(),
  ];
  return {
    isWhole: () => {
      const state = stack.state();
      return unitIds.every((unitId) => state?.units[unitId]?.life.status === "ready");
    },
    settled: async (exceptions) => {
      if (exceptions.includes("log-lost")) incomplete = stack.state()?.runId ?? "";
      let problems: readonly string[] = [];
      const holds = async (): Promise<boolean> => {
        const state = stack.state();
        problems = state === undefined ? ["no readable run_state.json"] : await check(state, exceptions.includes("lines-torn"));
        return problems.length === 0;
      };
      await eventually(holds, "the invariants", settleMs).catch(() => {
        throw new Error(problems.join("\n"));
      });
    },
  };
}

/** Ready, or down on purpose. The stack has nothing in it that may stay down by itself. */
function unitProblems(state: RunState): readonly string[] {
  return Object.values(state.units).flatMap(({ spec, life, isWanted }) => {
    const handle = handleOf(life);
    if (life.status === "ready" && handle?.pid !== undefined) return isAlive(handle.pid) ? [] : [`${spec.id} is called ready, but process ${handle.pid} is gone`];
    return isWanted ? [`${spec.id} is ${life.status}: ${"failure" in life ? life.failure.message : ""}`] : [];
  });
}

function foldProblems(stack: Stack, state: RunState): readonly string[] {
  const { events } = readEventLog(join(stack.scope(), "runs", state.runId, "events.jsonl"));
  const folded: RunState = JSON.parse(JSON.stringify(foldEvents(state.runId, events))) as RunState;
  if (isDeepStrictEqual(folded, state)) return [];
  const differing = Object.keys({ ...folded, ...state }).filter((key) => !isDeepStrictEqual(Reflect.get(folded, key), Reflect.get(state, key)));
  return [`the state is not the fold of its log: ${differing.join(", ")} differ (seq ${folded.seq} in the log, ${state.seq} in the state)`];
}

/** The latest view leads into the latest run. */
function latestProblems(stack: Stack): readonly string[] {
  const scope = stack.scope();
  const latest = readdirSync(join(scope, "runs")).filter((name) => name.startsWith("run-")).sort().at(-1) ?? "no run";
  const links = readdirSync(scope, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink() && !entry.name.endsWith(".tmp"));
  const wrong = links.filter(({ name }) => readlinkSync(join(scope, name)) !== join("runs", latest, name));
  return wrong.map(({ name }) => `${name} of the latest view does not lead into the latest run, ${latest}`);
}

function processProblems(stack: Stack, state: RunState): readonly string[] {
  const found = processesOf(stack.directory).filter((one) => !stack.bystanders.some(({ pid }) => pid === one.pid));
  const daemons = found.filter(({ command }) => /^envctl-\S+:daemon:/.test(command) || command.includes(chaosDaemon));
  const others = found.filter((one) => !daemons.includes(one) && one.command !== "/bin/sh -s");
  const owners = others.map(({ pid, command }) => ({ pid, command, owner: ownerOf(pid) ?? sessionOwner(pid, state) }));
  const strays = owners.filter(({ pid, owner }) => isAlive(pid) && !isMeant(owner, state)).map(({ pid, command, owner }) => `process ${pid} (${owner}) belongs to no unit that runs: ${command.slice(0, 120)}`);
  const crowds = Object.values(state.units).flatMap(({ spec }) => {
    const own = owners.filter(({ owner }) => owner === spec.id).length;
    const most = 2 + (helpers[spec.name] ?? 0);
    return own > most ? [`${spec.id} has ${own} processes instead of ${most}`] : [];
  });
  return [...(daemons.length > 1 ? [`${daemons.length} daemons: ${daemons.map(({ pid }) => pid).join(", ")}`] : []), ...strays, ...crowds];
}

function isMeant(owner: string | undefined, state: RunState): boolean {
  const life = owner === undefined ? undefined : state.units[owner]?.life;
  return life !== undefined && (handleOf(life) !== undefined || life.status === "starting" || life.status === "preparing");
}

/** `<scope>/<project>/<unit>/<run>` → `<project>/<unit>`. */
function ownerOf(pid: number): string | undefined {
  try {
    const mark = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").find((entry) => entry.startsWith("ENVCTL_OWNER="));
    return mark?.split("/").slice(1, -1).join("/");
  } catch {
    return undefined;
  }
}

/** Redis cleans its environment; its session tells. */
function sessionOwner(pid: number, state: RunState): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const session = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
    return Object.values(state.units).find(({ life }) => handleOf(life)?.pid === session)?.spec.id;
  } catch {
    return undefined;
  }
}

/** Every lock is of a unit that wants its port, and every ready unit has one. */
function portProblems(stack: Stack, state: RunState): readonly string[] {
  const directory = join(stack.stateRoot, "ports");
  const locked = existsSync(directory) ? readdirSync(directory).flatMap((name) => /^(\d+)\.lock$/.exec(name)?.[1] ?? []).map(Number) : [];
  const units = Object.values(state.units);
  const portsOf = (some: readonly UnitState[]): readonly number[] => some.flatMap(({ spec }) => spec.ports.map(({ port }) => port));
  const wanted = new Set(portsOf(units.filter(({ isWanted }) => isWanted)));
  const ready = portsOf(units.filter(({ life }) => life.status === "ready"));
  return [
    ...locked.filter((port) => !wanted.has(port)).map((port) => `port lock ${port} has no owner`),
    ...ready.filter((port) => !locked.includes(port)).map((port) => `port ${port} of a ready unit is not locked`),
  ];
}

function puppetUnits(state: RunState): readonly UnitState[] {
  return Object.values(state.units).filter(({ spec }) => spec.kind === "service" && projects.includes(spec.project));
}

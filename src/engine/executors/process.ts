/** Units that are processes: a program, or a module in a Node process of its own. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { handleOfProcess } from "../../host/process-table.ts";
import { hashOf } from "../../model/hash.ts";
import type { ProcessHandle } from "../../model/unit.ts";
import type { Engine, EngineParts } from "../engine.ts";
import { killProcesses, stopProcesses, type ProcessTarget } from "../stop-processes.ts";
import type { Tracked } from "../supervise.ts";
import type { Executor, StartOrder, StopTarget } from "./executor.ts";
import { moduleArguments, moduleOf } from "./module-order.ts";

/** Programs in sessions of their own, which outlive the daemon. */
export function processExecutor(engine: EngineParts): Executor {
  return {
    start: (order) => launched(engine, order),
    stop: (target) => stopProcesses(engine, processTarget(target)),
    kill: (target) => killProcesses(engine, processTarget(target)),
  };
}

/** Modules as processes: the runner makes a program of them. */
export function nodeExecutor(processes: Executor, runnerPath: string): Executor {
  const commandOf = ({ spec }: StartOrder): readonly string[] => [process.execPath, runnerPath, moduleOf(spec), moduleArguments(spec)];
  return { ...processes, start: async (order) => processes.start({ ...order, command: commandOf(order) }) };
}

async function launched(engine: EngineParts, order: StartOrder): Promise<Tracked> {
  const { spec, command, environment, logPath } = order;
  const { machine } = engine.host;
  const statusPath = exitStatusPath(engine, order.runId, spec.id, order.startNumber);
  // A state that lost its end counts anew, and the exit of an earlier start must not be taken for this one's.
  if (existsSync(statusPath)) rmSync(statusPath);
  const asServer = spec.requirement !== undefined && machine.serverAccount !== undefined ? { account: machine.serverAccount } : {};
  const pid = await engine.launcher.launch({ command, directory: spec.directory, environment, logPath, statusPath, ...asServer });
  const handle: ProcessHandle = handleOfProcess(engine.table, machine, pid) ?? { pid, startTime: "gone", bootId: machine.bootId, pidNamespace: machine.pidNamespace };
  return engine.supervisor.track(spec.id, handle, statusPath);
}

/** File systems allow 255 bytes; directories of worktrees may have used up nearly all of them. */
const longestName = 200;

/** Where the front shell of the n-th start of a unit leaves its exit status. */
export function exitStatusPath(engine: Pick<Engine, "scope">, runId: string, unitId: string, startNumber: number): string {
  const name = encodeURIComponent(unitId);
  return join(engine.scope.runs, runId, "exits", `${name.length <= longestName ? name : hashOf(unitId)}.${startNumber}`);
}

/** The last line of defence: signalling what a resident's handle names would end the daemon; a container has no number of ours. */
function processTarget({ handle, ...target }: StopTarget): ProcessTarget {
  if (handle.inside !== undefined) throw new Error(`${target.spec.id} runs inside ${handle.inside === "container" ? "a container" : "the daemon"} and is no process of its own`);
  return { ...target, handle };
}

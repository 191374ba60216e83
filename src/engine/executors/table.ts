/** The ways to run a unit, by name. */
import type { UnitId } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import { asyncExecutor } from "./async.ts";
import { containerExecutor } from "./container.ts";
import { externalExecutor } from "./external.ts";
import type { Executors } from "./executor.ts";
import { createLoopWatch } from "./loop-watch.ts";
import { loopLimits, type LoopLimits } from "./loop-beat.ts";
import { pluginProcesses } from "./plugin.ts";
import { nodeExecutor, processExecutor } from "./process.ts";
import { threadExecutor } from "./thread.ts";

/** Programs of ours that run in threads or processes of their own. */
export interface OwnPrograms {
  readonly moduleRunner: string;
  readonly loopWatch: string;
}

export function createExecutors(engine: EngineParts, programs: OwnPrograms, limits: LoopLimits = loopLimits): Executors {
  const processes = processExecutor(engine);
  const watch = createLoopWatch({
    program: programs.loopWatch,
    notePath: engine.scope.loopNote,
    limits,
    onLag: (lagMs, unitIds) => warn(engine, "loop_lag", `the daemon stood still for ${lagMs} ms while ${unitIds.join(", ")} ran in its loop; executor: thread keeps what is slow apart`, unitIds),
    onTrouble: (error) => warn(engine, "loop_unwatched", `nobody watches whether units block the daemon: ${error.message}`, []),
  });
  return {
    process: pluginProcesses(processes, engine.plugins),
    node: nodeExecutor(processes, programs.moduleRunner),
    thread: threadExecutor(engine, programs.moduleRunner),
    async: asyncExecutor(engine, watch),
    container: containerExecutor(engine),
    external: externalExecutor(engine),
  };
}

function warn(engine: EngineParts, code: string, message: string, unitIds: readonly UnitId[]): void {
  const [only, ...others] = unitIds;
  engine.store.dispatch({ type: "warning", code, message, ...(only === undefined || others.length > 0 ? {} : { unitId: only }) });
}

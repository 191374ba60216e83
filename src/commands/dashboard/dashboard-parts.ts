/** What a dashboard is put together from. */
import type { CommandInput } from "../../cli/command.ts";
import type { EngineRuntime } from "../../runtime.ts";
import type { Repository } from "../../sdk/api.ts";
import { repositoryOver } from "../../sdk/repository.ts";
import { windowBefore, windowMoved } from "./log-windows.ts";

/** Parts of envctl without any way to the daemon: what it says, and what is asked of it, goes through the SDK as in anybody else's program. */
export type DashboardRuntime = Omit<EngineRuntime, "control" | "daemon" | "jobs" | "jobStore" | "preview" | "services">;

export interface DashboardParts {
  readonly input: CommandInput;
  readonly runtime: DashboardRuntime;
  /** The only way to the daemon. */
  readonly repository: Repository;
  /** For commands of the table, which go their own ways. */
  readonly compose: () => Promise<EngineRuntime>;
}

export function dashboardParts(input: CommandInput, runtime: EngineRuntime): DashboardParts {
  return { input, runtime, repository: repositoryOver(runtime, { windowBefore, windowMoved }), compose: async () => runtime };
}

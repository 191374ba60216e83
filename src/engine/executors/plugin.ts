/** Processes whose command an executor of a plug-in puts into its own words. */
import { UserError } from "../../model/failure.ts";
import type { PluginStart } from "../../plugins/definition.ts";
import type { Plugins } from "../../plugins/plugins.ts";
import type { Executor, StartOrder } from "./executor.ts";

const answerMs = 10_000;

/** What comes of the command is a process as any other: ended, followed and adopted in the same way. */
export function pluginProcesses(processes: Executor, plugins: Pick<Plugins, "executor">): Executor {
  return { ...processes, start: async (order) => processes.start(order.spec.pluginExecutor === undefined ? order : { ...order, command: await commandOf(order, order.spec.pluginExecutor, plugins) }) };
}

async function commandOf({ spec, command, environment }: StartOrder, name: string, plugins: Pick<Plugins, "executor">): Promise<readonly string[]> {
  const executor = await plugins.executor(name);
  const ports = Object.fromEntries(spec.ports.map((port) => [port.name, port.port]));
  const start: PluginStart = { unitId: spec.id, project: spec.project, name: spec.name, command, directory: spec.directory, ports, environment };
  const answer: unknown = await withDeadline(executor.command(start), name);
  if (Array.isArray(answer) && answer.length > 0 && answer.every((word) => typeof word === "string")) return answer;
  throw new UserError({ reason: "adapter_invalid", message: `the executor ${name} did not say what to run for ${spec.id}: it answered ${JSON.stringify(answer)}`, hint: "its `command` must return a list of words" });
}

async function withDeadline<T>(answer: T, name: string): Promise<Awaited<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const failure = { reason: "adapter_invalid", message: `the executor ${name} did not say within ${answerMs / 1000} s what to run`, hint: "`ENVCTL_PLUGINS_NO_INIT` leaves a plug-in out" } as const;
    timer = setTimeout(() => reject(new UserError(failure)), answerMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

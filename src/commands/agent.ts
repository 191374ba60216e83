/** `agent join`: a name at the daemon for as long as this command runs; its connection is its heartbeat. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { AgentAnswer } from "../contracts/service-reports.ts";
import { agentRoles, isAgentName, type AgentCard } from "../model/agent.ts";
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { textFlag } from "./targets.ts";

/** How soon a new daemon is looked for. */
const lookMs = 200;

export const body: CommandBody<undefined> = {
  run: async (input, runtime) => {
    if (input.args[0] !== "join") throw new UserError({ reason: "usage_invalid", message: `agents cannot "${input.args[0] ?? ""}"`, hint: "envctl agent join --name NAME" });
    const card = await cardOf(input, runtime);
    const access = await runtime.services();
    const tell = (state: AgentAnswer["state"]): void => {
      const answer: AgentAnswer = { action: "join", name: card.name, state, pid: card.pid };
      input.write(input.wantsJson ? JSON.stringify(answer) : `${card.name}: ${state}`);
    };
    let connection = await access.connect();
    while (!input.signal.aborted) {
      await connection.agents({ action: "join", ...card }, input.signal);
      tell("registered");
      await Promise.race([connection.closed, aborted(input.signal)]);
      if (input.signal.aborted) break;
      tell("lost");
      const next = await nextDaemon(access.reach, runtime, input.signal);
      if (next === undefined) break;
      connection = next;
    }
    await connection.agents({ action: "leave" }, new AbortController().signal).catch(() => undefined);
    connection.close();
    tell("left");
    return undefined;
  },
  text: () => [],
};

async function cardOf(input: CommandInput, { checkout, discoverProjects }: EngineRuntime): Promise<AgentCard> {
  const name = textFlag(input.flags, "name");
  if (name === undefined || !isAgentName(name)) throw new UserError({ reason: "usage_invalid", message: name === undefined ? "an agent needs a --name" : `"${name}" cannot be the name of an agent`, hint: "letters, digits, dots, dashes and underscores" });
  const project = (await discoverProjects()).find(({ root }) => root === checkout.projectRoot)?.name ?? "Main";
  return { name, role: agentRoles.find((role) => role === input.flags["role"]) ?? "agent", pid: process.pid, project, directory: checkout.projectRoot };
}

type Reach = Awaited<ReturnType<EngineRuntime["services"]>>["reach"];

/** The one after this; it is not started for that. Undefined when nobody waits any more. */
async function nextDaemon(reach: Reach, { host }: Pick<EngineRuntime, "host">, signal: AbortSignal): Promise<Awaited<ReturnType<Reach>>> {
  while (!signal.aborted) {
    await host.clock.sleep(lookMs, signal).catch(() => undefined);
    const found = await reach().catch(() => undefined);
    if (found !== undefined && !found.hello.isLeaving) return found;
    found?.close();
  }
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}

/** `agent join`: a name at the daemon for as long as this command runs; its connection is its heartbeat. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { AgentAnswer } from "../contracts/service-reports.ts";
import { agentRoles, isAgentName, type AgentCard } from "../model/agent.ts";
import { UserError } from "../model/failure.ts";
import type { EngineRuntime } from "../runtime.ts";
import { jobProjects } from "./job-projects.ts";
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
    const join: Join = async (to) => void (await to.agents({ action: "join", ...card }, input.signal));
    let connection = await access.connect();
    await join(connection);
    while (!input.signal.aborted) {
      tell("registered");
      await Promise.race([connection.closed, aborted(input.signal)]);
      if (input.signal.aborted) break;
      tell("lost");
      const next = await nextDaemon(access.reach, join, runtime, input.signal);
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

async function cardOf(input: CommandInput, runtime: EngineRuntime): Promise<AgentCard> {
  const name = textFlag(input.flags, "name");
  if (name === undefined || !isAgentName(name)) throw new UserError({ reason: "usage_invalid", message: name === undefined ? "an agent needs a --name" : `"${name}" cannot be the name of an agent`, hint: "letters, digits, dots, dashes and underscores" });
  const [project, another] = await jobProjects(input, runtime);
  if (another !== undefined) throw new UserError({ reason: "usage_invalid", message: "an agent joins for one project", hint: "say one --project, or join under another name for each" });
  return { name, role: agentRoles.find((role) => role === input.flags["role"]) ?? "agent", pid: process.pid, project: project?.name ?? "Main", directory: project?.root ?? runtime.checkout.projectRoot };
}

type Reach = Awaited<ReturnType<EngineRuntime["services"]>>["reach"];

type Join = (to: NonNullable<Awaited<ReturnType<Reach>>>) => Promise<void>;

/** The one after this, joined; it is not started for that. Undefined when nobody waits any more. Throws a UserError, exit 3, when somebody else has the name there. */
async function nextDaemon(reach: Reach, join: Join, { host }: Pick<EngineRuntime, "host">, signal: AbortSignal): Promise<Awaited<ReturnType<Reach>>> {
  while (!signal.aborted) {
    await host.clock.sleep(lookMs, signal).catch(() => undefined);
    const found = await reach().catch(() => undefined);
    if (found !== undefined && !found.hello.isLeaving && (await join(found).then(() => true, isStillThere))) return found;
    found?.close();
  }
  return undefined;
}

/** False for one that has left at that very moment; anything else is thrown. */
function isStillThere(error: unknown): false {
  if (error instanceof UserError && error.failures[0]?.reason === "daemon_unreachable") return false;
  throw error;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}

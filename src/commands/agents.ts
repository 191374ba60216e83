/** `agents` and `agents wait`: who has joined the daemon. */
import type { CommandBody } from "../cli/command.ts";
import type { AgentsAnswer } from "../contracts/service-reports.ts";
import type { AgentRow } from "../model/agent.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { table } from "../ui/table.ts";
import { timerFlag } from "./job-orders.ts";

const defaultWaitMs = 10_000;

export const body: CommandBody<AgentsAnswer> = {
  run: async (input, runtime) => {
    const access = await runtime.services();
    const [action] = input.args;
    if (action !== undefined && action !== "wait") throw new UserError({ reason: "usage_invalid", message: `agents cannot "${action}"`, hint: "envctl agents, or envctl agents wait --count N" });
    // Who waits for others waits for the daemon that they will join, too.
    const connection = action === "wait" ? await access.connect() : await access.reach();
    if (connection === undefined) return [];
    const gone = input.flags["gone"] === true;
    const count = countOf(input.flags["count"]) ?? (gone ? 0 : 1);
    const forMs = timerFlag(input, "timeout") ?? defaultWaitMs;
    const rows = await connection.agents(action === "wait" ? { action: "wait", count, forMs, gone } : { action: "list" }, input.signal).finally(() => connection.close());
    return rows.map(fields);
  },
  text: (rows) => (rows.length === 0 ? ["nobody has joined"] : table(["agent", "role", "pid", "project", "state"], rows.map(({ name, role, pid, project, state }) => [name, role, String(pid), project, state]))),
};

function countOf(given: unknown): number | undefined {
  if (typeof given !== "string") return undefined;
  const count = Number(given);
  if (/^\d+$/.test(given)) return count;
  throw new UserError({ reason: "usage_invalid", message: `--count needs a whole number, not "${given}"` }, exitCodes.failure);
}

function fields({ name, role, pid, project, directory, state, joinedAt, lastSeenAt }: AgentRow): AgentsAnswer[number] {
  return { name, role, pid, project, directory, state, joined_at: joinedAt, last_seen_at: lastSeenAt };
}

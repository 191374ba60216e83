/** Who has joined this daemon: each for as long as its connection lasts, which is its heartbeat. */
import { isoTime, type Clock } from "../../host/clock.ts";
import type { AgentCard, AgentOrder, AgentRow } from "../../model/agent.ts";
import { exitCodes, UserError } from "../../model/failure.ts";

interface Agent extends AgentCard {
  readonly joinedAt: string;
  /** Its connection; absent once that was lost, since `lostAt`. */
  readonly connection?: string;
  readonly lostAt?: string;
}

/** More lost ones than this are forgotten, the oldest first. */
const keptLost = 100;
/** One process can join once; so many may be there at once. */
const maximumAgents = 1024;

export interface Agents {
  /** Throws a UserError, exit 3, when somebody else has the name; exit 124 when a wait was in vain. */
  order(connection: string, order: AgentOrder, signal: AbortSignal): Promise<readonly AgentRow[]>;
  /** The connection has ended without a word. */
  lose(connection: string): void;
  count(): number;
}

/** Begins with nobody. */
export function createAgents(clock: Clock): Agents {
  const agents = new Map<string, Agent>();
  const watchers = new Set<() => void>();
  const rows = (): readonly AgentRow[] => [...agents.values()].map((agent) => rowOf(agent, clock)).sort((one, other) => one.pid - other.pid);
  const registered = (): number => [...agents.values()].filter(({ connection }) => connection !== undefined).length;
  const changed = (): void => [...watchers].forEach((look) => look());
  const join = (connection: string, { name, role, pid, project, directory }: AgentCard): void => {
    const there = agents.get(name);
    if (there?.connection !== undefined && there.connection !== connection) throw takenError(there);
    if (registered() >= maximumAgents) throw new UserError({ reason: "conflict", message: `${maximumAgents} agents have joined already: there is no room for ${name}` }, exitCodes.conflict);
    agents.set(name, { name, role, pid, project, directory, connection, joinedAt: isoTime(clock) });
    changed();
  };
  const leave = (connection: string): void => {
    for (const [name, agent] of agents) if (agent.connection === connection) agents.delete(name);
    changed();
  };
  return {
    count: registered,
    order: async (connection, order, signal) => {
      if (order.action === "join") join(connection, order);
      if (order.action === "leave") leave(connection);
      if (order.action === "wait") await waited({ order, registered, rows, watchers, signal });
      return rows();
    },
    lose: (connection) => {
      for (const [name, { connection: its, ...agent }] of agents) if (its === connection) agents.set(name, { ...agent, lostAt: isoTime(clock) });
      const lost = [...agents.values()].filter(({ lostAt }) => lostAt !== undefined);
      for (const { name } of lost.slice(0, Math.max(0, lost.length - keptLost))) agents.delete(name);
      changed();
    },
  };
}

interface Wait {
  readonly order: Extract<AgentOrder, { readonly action: "wait" }>;
  readonly registered: () => number;
  readonly rows: () => readonly AgentRow[];
  readonly watchers: Set<() => void>;
  readonly signal: AbortSignal;
}

function waited({ order: { count, forMs, gone }, registered, rows, watchers, signal }: Wait): Promise<void> {
  const isMet = (): boolean => (gone ? registered() <= count : registered() >= count);
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      watchers.delete(look);
      signal.removeEventListener("abort", giveUp);
    };
    const look = (): void => {
      if (!isMet()) return;
      settle();
      resolve();
    };
    const giveUp = (): void => {
      settle();
      reject(new UserError({ reason: "cancelled", message: "nobody waits for agents any more" }, exitCodes.interrupted));
    };
    const timer = setTimeout(() => {
      settle();
      reject(new UserError({ reason: "timed_out", message: waitText(gone, registered(), count, rows()) }, exitCodes.timeout));
    }, forMs);
    watchers.add(look);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    else look();
  });
}

function waitText(gone: boolean, there: number, count: number, rows: readonly AgentRow[]): string {
  const names = rows.filter(({ state }) => state === "registered").map(({ name }) => name).join(", ") || "nobody";
  return gone ? `${there} agents are still there, not ${count} at most: ${names}` : `${there}/${count} agents have joined: ${names}`;
}

function rowOf({ name, role, pid, project, directory, joinedAt, lostAt }: Agent, clock: Clock): AgentRow {
  return { name, role, pid, project, directory, state: lostAt === undefined ? "registered" : "lost", joinedAt, lastSeenAt: lostAt ?? isoTime(clock) };
}

function takenError({ name, pid, directory }: Agent): UserError {
  return new UserError({ reason: "conflict", message: `an agent called ${name} has joined already: pid ${pid} in ${directory}`, hint: "give this one another --name" }, exitCodes.conflict);
}

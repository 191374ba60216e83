/** Agents: processes that join a repository's daemon under a name, to be found and waited for. */

export const agentRoles = ["agent", "service"] as const;
export type AgentRole = (typeof agentRoles)[number];

/** What an agent says of itself. */
export interface AgentCard {
  readonly name: string;
  readonly role: AgentRole;
  readonly pid: number;
  readonly project: string;
  readonly directory: string;
}

export interface AgentRow extends AgentCard {
  /** `lost`: its connection ended without a word. One that left is not listed. */
  readonly state: "registered" | "lost";
  readonly joinedAt: string;
  /** Its connection is its heartbeat: now for a registered one, the end of it for a lost one. */
  readonly lastSeenAt: string;
}

export type AgentOrder =
  /** For as long as the connection lasts. */
  | ({ readonly action: "join" } & AgentCard)
  | { readonly action: "leave" }
  | { readonly action: "list" }
  /** Resolves when at least `count` are registered, or, with `gone`, when no more than `count` are; after `forMs` in any case. */
  | { readonly action: "wait"; readonly count: number; readonly forMs: number; readonly gone: boolean };

/** Whether the word may name an agent. */
export function isAgentName(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(word);
}

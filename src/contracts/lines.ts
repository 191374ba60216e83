/** What commands write before their answers. */

/** Command → the schemas, of those in schemas.ts that are no answers, of the lines it writes before its answer; `events`, `agent` and `mcp` have no other. */
export const lineSchemas: Readonly<Record<string, readonly string[]>> = {
  start: ["events", "worktree_ensured"],
  stop: ["events"],
  "stop-all": ["events"],
  restart: ["events"],
  resume: ["events"],
  reload: ["events"],
  plan: ["events", "worktree_ensured"],
  events: ["events"],
  logs: ["log_line"],
  job: ["job_row"],
  graph: ["graph_event"],
  queue: ["message"],
  agent: ["agent_state"],
  mcp: ["mcp_message"],
};

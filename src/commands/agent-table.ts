/** The rows of commands for coding agents. */
import type { CommandSpec } from "../cli/command.ts";

/** Over the whole table, whose rows they hand on. */
export function agentCommands(commands: () => readonly CommandSpec[]): readonly CommandSpec[] {
  return [
    {
      name: "mcp", family: "other", needs: "repository",
      about: "Serve the commands as tools to a coding agent, over standard input and output (Model Context Protocol), for this checkout alone.",
      flags: [], examples: ["envctl mcp", "envctl help agents"],
      load: async () => (await import("./mcp.ts")).mcpBody(commands()),
    },
  ];
}

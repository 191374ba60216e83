/** `mcp`: commands as tools for coding agents, over standard input and output. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";

/** Made over the table, whose rows the tools are. Standard output belongs to the protocol, so nothing is said in the end. */
export function mcpBody(commands: readonly CommandSpec[]): CommandBody<undefined> {
  return {
    run: async (input, runtime) => {
      const { serve } = await import("./mcp/serve.ts");
      await serve({ runtime, commands, signal: input.signal });
      return undefined;
    },
    text: () => [],
  };
}

/** Where a person sits at a terminal, what was started is looked at: `start` goes on as the dashboard. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import type { LifecycleAnswer } from "./lifecycle.ts";

/** The same body; its report is printed when the dashboard was left. */
export function thenDashboard(body: CommandBody<LifecycleAnswer>, commands: () => readonly CommandSpec[]): CommandBody<LifecycleAnswer> {
  return {
    ...body,
    run: async (input, runtime) => {
      const answer = await body.run(input, runtime);
      const isUp = answer.type === "report" && answer.ok && input.flags["foreground"] !== true;
      if (!isUp || !input.isInteractive) return answer;
      // What was said about the start does not hold for what follows.
      const { runDashboard } = await import("./dashboard/session.ts");
      await runDashboard({ ...input, flags: {} }, runtime, commands());
      return answer;
    },
  };
}

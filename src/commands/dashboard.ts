/** `envctl dashboard`: a live view in a terminal; one snapshot anywhere else. */
import type { CommandBody, CommandSpec } from "../cli/command.ts";
import { hasDashboardTerminal } from "../cli/dashboard-terminal.ts";
import type { StatusReport } from "../contracts/reports.ts";
import { exitCodes } from "../model/failure.ts";
import { runDashboard } from "./dashboard/session.ts";
import { body as status } from "./status.ts";

/** The snapshot, or undefined when the live view was shown. */
type Answer = StatusReport | undefined;

/** The body over the table, every row of which is reachable from the palette. */
export function dashboardBody(commands: readonly CommandSpec[]): CommandBody<Answer> {
  return {
    run: async (input, runtime) => {
      if (!input.isInteractive || input.wantsJson || !hasDashboardTerminal(runtime.host.environment)) return status.run(input, runtime);
      await runDashboard(input, runtime, commands);
      return undefined;
    },
    text: (report, screen) => (report === undefined ? [] : status.text(report, screen)),
    exit: () => exitCodes.ok,
  };
}

/** `envctl explain-startup`: exactly the plan `start` would carry out now, and what the Python engine told beside it. */
import type { CommandBody } from "../cli/command.ts";
import type { StartupReport } from "../contracts/startup-report.ts";
import { planLines } from "../ui/plan-lines.ts";
import { intentOf } from "./intent.ts";
import { shownPlan } from "./shown-plan.ts";
import { startupReport } from "./startup-report.ts";

export const body: CommandBody<StartupReport> = {
  run: async (input, runtime) => startupReport(await shownPlan(intentOf("start", input, runtime), runtime), input, runtime),
  text: planLines,
};

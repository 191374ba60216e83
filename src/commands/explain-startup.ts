/** `envctl explain-startup`: exactly the plan `start` would carry out now. */
import type { CommandBody } from "../cli/command.ts";
import type { Plan } from "../model/plan.ts";
import { planLines } from "../ui/plan-lines.ts";
import { intentOf } from "./intent.ts";
import { shownPlan } from "./shown-plan.ts";

export const body: CommandBody<Plan> = {
  run: (input, runtime) => shownPlan(intentOf("start", input, runtime), runtime),
  text: planLines,
};

/** `envctl explain-startup`: exactly the plan `start` would carry out now. */
import type { CommandBody } from "../cli/command.ts";
import type { Plan } from "../model/plan.ts";
import { planLines } from "../ui/plan-lines.ts";
import { intentOf } from "./intent.ts";

export const body: CommandBody<Plan> = {
  run: (input, runtime) => runtime.preview(intentOf("start", input, runtime)),
  text: planLines,
};

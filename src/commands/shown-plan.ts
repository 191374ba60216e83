/** A plan as it may be shown: secrets hidden. */
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import { maskedPlan } from "./mask.ts";

export async function shownPlan(intent: Intent, runtime: Pick<EngineRuntime, "preview">): Promise<Plan> {
  return maskedPlan(await runtime.preview(intent));
}

/** A plan as it may be shown: secrets hidden. */
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { EngineRuntime } from "../runtime.ts";
import { maskedPlan } from "./mask.ts";
import { secretNames } from "./secret-names.ts";

export async function shownPlan(intent: Intent, runtime: Pick<EngineRuntime, "preview" | "resolveConfig" | "checkout">): Promise<Plan> {
  const plan = await runtime.preview(intent);
  const { profile, overrides } = intent;
  const request = { ...(profile === undefined ? {} : { profile }), ...(overrides === undefined ? {} : { overrides }) };
  return maskedPlan(plan, await secretNames(runtime, plan.projects.map(({ root }) => root), request));
}

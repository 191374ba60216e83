/** What the daemon kept of what the units of a run used. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { usageOf, type UsageHistory } from "../model/usage-history.ts";
import type { EngineRuntime } from "../runtime.ts";

/** What cannot be read is as good as none. */
export function keptUsage(runId: string, { scope }: Pick<EngineRuntime, "scope">): UsageHistory | undefined {
  try {
    return usageOf(JSON.parse(readFileSync(join(scope.runs, runId, "usage.json"), "utf8")), runId);
  } catch {
    return undefined;
  }
}

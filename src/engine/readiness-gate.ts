/** The checks before a start: what blocks it stops it before anything is done; what was found is kept with the run. */
import { join } from "node:path";
import { gateFindings } from "../doctor/gate.ts";
import { isoTime } from "../host/clock.ts";
import { writeAtomic } from "../host/files.ts";
import { UserError } from "../model/failure.ts";
import { blockingFailures, gates, type Finding, type Gate } from "../model/finding.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { Engine } from "./engine.ts";

/** What the checks found; undefined for an intent that is no gate. Throws a UserError with everything that has to be mended first. */
export async function passGate(engine: Engine, intent: Intent, plan: Plan): Promise<readonly Finding[] | undefined> {
  const gate = gateOf(intent);
  if (gate === undefined) return undefined;
  const host = { ...engine.host, environment: intent.caller.environment };
  const findings = await gateFindings(gate, { host, scope: engine.scope, plan: async () => plan });
  const blocking = blockingFailures(findings);
  if (blocking.length > 0) throw new UserError(blocking);
  return findings;
}

function gateOf({ kind }: Intent): Gate | undefined {
  return gates.find((gate) => gate === kind);
}

/** Beside the run's other artifacts. A disk that cannot be written is told elsewhere. */
export function keepReadiness(engine: Engine, intent: Intent, plan: Plan, findings: readonly Finding[] | undefined): void {
  const [runId, gate] = [engine.store.state()?.runId, gateOf(intent)];
  if (runId === undefined || gate === undefined || findings === undefined) return;
  const details = (status: Finding["status"]): readonly string[] => findings.filter((finding) => finding.status === status).map(({ detail }) => detail);
  const report = { schema_version: 1, run_id: runId, gate, plan_hash: plan.hash, generated_at: isoTime(engine.host.clock), passed: details("fail").length === 0, errors: details("fail"), warnings: details("warn"), checks: findings };
  try {
    writeAtomic(join(engine.scope.runs, runId, "runtime_readiness_report.json"), `${JSON.stringify(report)}\n`);
  } catch {
    engine.store.writeTrouble();
  }
}

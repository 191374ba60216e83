/** Brings an external requirement from planned to ready: asks the server once, then watches it. Starts nothing. */
import type { Failure } from "../model/failure.ts";
import { ownerMark, type UnitSpec } from "../model/unit.ts";
import { watchLiveness } from "./liveness.ts";
import { timed } from "./spans.ts";
import { classified, type StartContext } from "./start-context.ts";
import { failUnit } from "./stop-unit.ts";
import type { Tracked } from "./supervise.ts";

/** Undefined when it can be used, or is not needed; else why not, already recorded. */
export async function startExternal(spec: UnitSpec, context: StartContext, logPath: string): Promise<Failure | undefined> {
  const { engine, runId } = context;
  const begun = engine.host.clock.monotonic();
  const startNumber = (engine.store.state()?.units[spec.id]?.starts ?? 0) + 1;
  engine.store.dispatch({ type: "unit_starting", unitId: spec.id, mark: ownerMark(engine.scopeId, spec.id, runId), logPath, environmentId: context.environmentId });
  const tracked = await engine.executors.external.start({ spec, runId, startNumber, command: [], environment: {}, callerEnvironment: context.callerEnvironment, logPath });
  engine.store.dispatch({ type: "unit_started", unitId: spec.id, handle: tracked.handle });
  const outcome = await timed(engine, spec, "ready", () => asked(spec, context));
  if (typeof outcome !== "string") return withoutAnswer(spec, context, tracked, outcome);
  engine.store.dispatch({ type: "unit_ready", unitId: spec.id, handle: tracked.handle, startupMs: Math.round(engine.host.clock.monotonic() - begun), evidence: outcome });
  watchLiveness(engine, tracked);
  return undefined;
}

async function asked(spec: UnitSpec, { requirement, signal }: StartContext): Promise<string | Failure> {
  const outcome = (await requirement?.check?.(spec.readyTimeoutMs, signal)) ?? "nothing to ask";
  if (typeof outcome === "string" || !signal.aborted) return outcome;
  return { reason: "cancelled", message: `the start of ${spec.id} was cancelled` };
}

/** A server that is not needed may come later: it is watched, and whoever depends on it starts. */
async function withoutAnswer(spec: UnitSpec, context: StartContext, tracked: Tracked, answer: Failure): Promise<Failure | undefined> {
  const { engine } = context;
  const failure = classified(context, ofUnit(spec, answer));
  if (!spec.critical && answer.reason === "server_unreachable") {
    engine.store.dispatch({ type: "unit_unhealthy", unitId: spec.id, handle: tracked.handle, failure });
    engine.store.dispatch({ type: "warning", code: "requirement_missing", message: `what depends on ${spec.id} starts without it: requirements.${spec.name}.required is false`, unitId: spec.id });
    watchLiveness(engine, tracked);
    return undefined;
  }
  return failUnit(engine, { spec, handle: tracked.handle, tracked }, failure);
}

function ofUnit(spec: UnitSpec, answer: Failure): Failure {
  if (answer.reason === "cancelled") return answer;
  const otherwise = spec.critical ? "; `required: false` lets others start without it" : "";
  const hint = answer.hint ?? `start it, or correct requirements.${spec.name}.url${otherwise}`;
  return { ...answer, message: `${spec.id} is external, and ${answer.message}`, hint };
}

/** Asks serving units again and again whether they still work. */
import type { Failure } from "../model/failure.ts";
import { isServing } from "../model/lifecycle.ts";
import type { UnitState } from "../model/run-state.ts";
import type { Liveness } from "../model/supervision.ts";
import { isSameHandle } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import { putDown } from "./put-down.ts";
import { attemptProbe, probeRunner, probeText } from "./readiness.ts";
import type { Tracked } from "./supervise.ts";
import { opened, unitEnvironment } from "./unit-environment.ts";

/** Follows a unit until it ends, or is followed anew with another specification. Those without a liveness probe are left alone. */
export function watchLiveness(engine: Engine, tracked: Tracked): void {
  const { unitId } = tracked;
  engine.watches.get(unitId)?.abort();
  const stop = new AbortController();
  engine.watches.set(unitId, stop);
  const end = (): void => {
    stop.abort();
    if (engine.watches.get(unitId) === stop) engine.watches.delete(unitId);
  };
  void tracked.ended.then(end);
  void watch(engine, tracked, stop.signal).then(end, end);
}

async function watch(engine: Engine, tracked: Tracked, signal: AbortSignal): Promise<void> {
  const { clock } = engine.host;
  let failures = 0;
  for (;;) {
    const before = serving(engine, tracked);
    if (before?.spec.live === undefined) return;
    const { live } = before.spec;
    await clock.sleep(live.intervalMs, signal);
    const evidence = await attempt(engine, before, live, signal);
    const unit = serving(engine, tracked);
    if (unit === undefined || signal.aborted) return;
    failures = evidence === undefined ? failures + 1 : 0;
    if (evidence !== undefined) {
      if (unit.life.status === "unhealthy") engine.store.dispatch({ type: "unit_recovered", unitId: tracked.unitId, handle: tracked.handle, evidence });
      continue;
    }
    // One that was told of earlier, by another daemon or before `restart` was configured, has failed often enough.
    const isTold = unit.life.status === "unhealthy";
    if (!isTold && failures < live.failures) continue;
    const failure = livenessFailure(unit, live);
    if (!isTold) engine.store.dispatch({ type: "unit_unhealthy", unitId: tracked.unitId, handle: tracked.handle, failure });
    if (live.restart) return putDown(engine, tracked, failure, true);
  }
}

/** The unit, while this process of it is the one that serves. */
function serving(engine: Engine, tracked: Tracked): (UnitState & { readonly life: { readonly status: "ready" | "unhealthy" } }) | undefined {
  const unit = engine.store.state()?.units[tracked.unitId];
  return unit !== undefined && isServing(unit.life) && isSameHandle(unit.life.handle, tracked.handle) ? { ...unit, life: unit.life } : undefined;
}

async function attempt(engine: Engine, unit: UnitState, live: Liveness, signal: AbortSignal): Promise<string | undefined> {
  const { clock } = engine.host;
  const runId = engine.store.state()?.runId ?? "";
  const caller = (unit.environmentId === undefined ? undefined : engine.environments.recall(runId, unit.environmentId)) ?? {};
  const run = { scopeId: engine.scopeId, runId, reveal: engine.reveal };
  const stop = new AbortController();
  const context = {
    clock,
    signal: AbortSignal.any([signal, stop.signal]),
    logPath: "",
    logOffset: 0,
    startedAt: 0,
    directory: unit.spec.directory,
    environment: live.probe.kind === "exec" ? unitEnvironment(unit.spec, caller, run) : {},
    opened: (word: string) => opened(word, caller, engine.reveal),
    ...("handle" in unit.life ? probeRunner(engine, unit.spec, unit.life.handle) : {}),
  };
  const late = clock.sleep(live.timeoutMs, context.signal).then(() => undefined, () => undefined);
  try {
    return await Promise.race([attemptProbe(live.probe, context), late]);
  } catch {
    return undefined;
  } finally {
    stop.abort();
  }
}

function livenessFailure({ spec }: UnitState, live: Liveness): Failure {
  const times = live.failures === 1 ? "once" : `${live.failures} times in a row`;
  if (spec.executor === "external") {
    return { reason: "server_unreachable", message: `${spec.id} is external, and ${probeText(live.probe)} does not answer any more`, hint: "envctl goes on asking; nothing of it is envctl's to start" };
  }
  return {
    reason: "liveness_failed",
    message: `${spec.id} lives, but failed its liveness probe ${times} (${probeText(live.probe)})`,
    hint: `see its log with \`envctl logs --project ${spec.project} --service ${spec.name}\`; \`envctl restart --service ${spec.name}\` begins it anew${live.restart ? "" : `, services.${spec.name}.live.restart does so by itself`}`,
  };
}

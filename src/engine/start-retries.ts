/** Starts a unit, and a requirement once more where its failure says that more time may do. */
import type { Failure } from "../model/failure.ts";
import { retryPolicies } from "../model/start-class.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { StartContext } from "./start-context.ts";
import { startUnit } from "./start-unit.ts";

/** Undefined when ready; else why not, already recorded. A port that is taken is left to a new plan. */
export async function startWithRetries(spec: UnitSpec, context: StartContext): Promise<Failure | undefined> {
  let timeoutMs = spec.readyTimeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    const failure = await startUnit({ ...spec, readyTimeoutMs: timeoutMs }, context);
    if (failure?.startClass !== "transient_probe_timeout_retryable" || context.isStrict || context.signal.aborted) return failure;
    const { attempts, timeoutFactor } = retryPolicies[failure.startClass];
    if (attempt >= attempts) return failure;
    timeoutMs *= timeoutFactor;
    const because = `${failure.message}; it gets ${timeoutMs / 1000} s now`;
    context.engine.store.dispatch({ type: "requirement_retry", unitId: spec.id, startClass: failure.startClass, attempt: attempt + 1, of: attempts, because });
  }
}

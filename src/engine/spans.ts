/** Tells how long the parts of a requirement's start take. */
import type { StartSpan } from "../model/events.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";

/** Does the work; for a requirement its time is an event, however it ends. */
export async function timed<T>(engine: Engine, spec: Pick<UnitSpec, "id" | "kind">, span: StartSpan, work: () => Promise<T>): Promise<T> {
  const begun = engine.host.clock.monotonic();
  try {
    return await work();
  } finally {
    if (spec.kind === "requirement") engine.store.dispatch({ type: "unit_span", unitId: spec.id, span, durationMs: Math.round(engine.host.clock.monotonic() - begun) });
  }
}

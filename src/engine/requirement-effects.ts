/** The effects of a planned requirement, with what they are told and may use. */
import type { EventBody } from "../model/events.ts";
import type { UnitId, UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import type { Planning } from "./planning.ts";
import type { Effects } from "./requirement-drafts.ts";
import type { RequirementEffects } from "./start-context.ts";

/** Undefined for a service. */
export function requirementEffects(engine: Engine, { requirements }: Pick<Planning, "requirements">, unitId: UnitId, reveal: (key: string) => string): RequirementEffects | undefined {
  const requirement = requirements[unitId];
  if (requirement === undefined) return undefined;
  const effects = (signal: AbortSignal): Effects => ({
    reveal,
    signal,
    keep: engine.keepSecret,
    progress: (text, done, total) => engine.store.announce(progressEvent(unitId, text, done, total)),
  });
  const { bootstrap, check, complaints } = requirement;
  return {
    complaints,
    prepare: (spec, signal) => requirement.prepare(portsOf(spec), effects(signal)),
    ...(bootstrap === undefined ? {} : { bootstrap: (spec: UnitSpec, signal: AbortSignal) => bootstrap(portsOf(spec), effects(signal)) }),
    ...(check === undefined ? {} : { check: (timeoutMs: number, signal: AbortSignal) => check(timeoutMs, effects(signal)) }),
  };
}

/** How far long work is, in bytes where that is known. */
export function progressEvent(unitId: UnitId, text: string, done?: number, total?: number): EventBody {
  return { type: "progress", unitId, text, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
}

function portsOf({ ports }: UnitSpec): Readonly<Record<string, number>> {
  return Object.fromEntries(ports.map(({ name, port }) => [name, port]));
}

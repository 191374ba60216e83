/** Servers of somebody else's: watched, never started, ended or signalled. */
import type { ExternalHandle, Exit, Handle, UnitId } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import type { Tracked } from "../supervise.ts";
import type { Executor, StopResult } from "./executor.ts";

const released: Exit = { kind: "released" };

/** To start one is to follow it, to stop it is to follow it no more. */
export function externalExecutor(engine: Pick<EngineParts, "supervisor">): Executor {
  const releases = new Map<UnitId, () => void>();
  const follow = (unitId: UnitId, handle: Handle): Tracked => {
    releases.get(unitId)?.();
    const ended = new Promise<Exit>((resolve) => releases.set(unitId, () => resolve(released)));
    return engine.supervisor.follow({ unitId, handle, ended }, ended);
  };
  const release = async (unitId: UnitId): Promise<StopResult> => {
    releases.get(unitId)?.();
    releases.delete(unitId);
    return { exit: released, killed: [] };
  };
  return {
    start: async ({ spec, startNumber }) => follow(spec.id, { inside: "external", instance: startNumber } satisfies ExternalHandle),
    adopt: follow,
    stop: ({ spec }) => release(spec.id),
    kill: ({ spec }) => release(spec.id),
  };
}

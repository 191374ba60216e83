/** Places of services that units of a graph want: held over a connection of this command's own, so they are free again however it ends. */
import type { RunRequest } from "../graph/graph.ts";
import type { GraphUnit } from "../graph/unit.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { longestTimerMs } from "../model/job.ts";
import { serviceOfLock } from "../model/service.ts";
import type { EngineRuntime } from "../runtime.ts";

interface Place {
  readonly service: string;
  readonly alone: boolean;
}

export interface GraphPlaces {
  /** Throws a UserError, exit 2, for a service that is not there. */
  assertKnown(units: readonly GraphUnit[]): Promise<void>;
  readonly reserved: RunRequest["reserved"];
  close(): Promise<void>;
}

/** Asks no daemon unless a unit wants such a place. */
export function graphPlaces(project: string, runtime: EngineRuntime, signal: AbortSignal): GraphPlaces {
  let connecting: ReturnType<Awaited<ReturnType<EngineRuntime["services"]>>["connect"]> | undefined;
  return {
    assertKnown: async (units) => {
      const wanted = units.flatMap((unit) => placesOf(unit).map(({ service }) => ({ service, unit })));
      if (wanted.length === 0) return;
      const known = new Set((await (await runtime.services()).listed()).map(({ name }) => name));
      const missing = wanted.filter(({ service }) => !known.has(service));
      if (missing.length > 0) throw new UserError(missing.map(({ service, unit }) => ({ reason: "unknown_target", message: `${unit.id} wants a place of service ${JSON.stringify(service)}, which is not there`, hint: "`envctl svc list` shows those there are", place: unit.place })), exitCodes.interrupted);
    },
    reserved: async (unit) => {
      const places = placesOf(unit);
      if (places.length === 0) return async () => undefined;
      const access = await runtime.services();
      const connection = await (connecting ??= access.connect());
      const leases: string[] = [];
      const letGo = async (): Promise<void> => {
        // A daemon that is gone has let go of everything.
        for (const lease of leases) await connection.services({ action: "release", lease }, new AbortController().signal).catch(() => undefined);
      };
      try {
        for (const place of places) leases.push((await connection.services({ action: "reserve", ...place, search: access.search, waitMs: longestTimerMs, label: labelOf(unit, project) }, signal)).lease);
        return letGo;
      } catch (error) {
        await letGo();
        throw error;
      }
    },
    close: async () => (await connecting?.catch(() => undefined))?.close(),
  };
}

/** A unit is called as its file is, which may be anything. */
function labelOf({ id }: GraphUnit, project: string): string {
  return `${id} of ${project}'s graph`.replaceAll(/\p{Cc}+/gu, " ").slice(0, 200);
}

/** By name: two units that want the same ones ask in the same order, and do not wait for each other. */
function placesOf({ uses, claims }: Pick<GraphUnit, "uses" | "claims">): readonly Place[] {
  const placeIn = (lock: string, alone: boolean): readonly Place[] => {
    const service = serviceOfLock(lock);
    return service === undefined ? [] : [{ service, alone }];
  };
  const places = [...new Set(claims)].flatMap((lock) => placeIn(lock, true)).concat([...new Set(uses)].flatMap((lock) => placeIn(lock, false)));
  return places.sort((one, other) => (one.service < other.service ? -1 : 1));
}

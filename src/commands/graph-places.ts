/** Places of services that units of a graph want. This process holds them: they outlive daemons, and are free again however it ends. */
import type { RunRequest } from "../graph/graph.ts";
import type { GraphUnit } from "../graph/unit.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { serviceOfLock } from "../model/service.ts";
import type { EngineRuntime } from "../runtime.ts";
import { allPlaces, type Place } from "./all-places.ts";
import { lastingLine } from "./lasting-line.ts";

export interface GraphPlaces {
  /** Throws a UserError, exit 2, for a service that is not there. */
  assertKnown(units: readonly GraphUnit[]): Promise<void>;
  readonly reserved: RunRequest["reserved"];
  close(): Promise<void>;
}

/** Asks no daemon unless a unit wants such a place. */
export function graphPlaces(project: string, runtime: EngineRuntime, signal: AbortSignal): GraphPlaces {
  let opened: ReturnType<EngineRuntime["services"]> | undefined;
  const access = (): ReturnType<EngineRuntime["services"]> => (opened ??= runtime.services());
  const line = lastingLine(async () => (await access()).connect());
  const taking = async (place: Place, label: string, waitMs: number): Promise<string> => {
    const { search, self } = await access();
    const owner = self();
    const order = { action: "reserve", ...place, search, label, waitMs, ...(owner === undefined ? {} : { owner }) } as const;
    return line.ask(async (connection, attempt) => {
      // The daemon that was lost may have given it already.
      const given = attempt === 1 ? [] : await connection.services({ action: "leases" }, signal);
      return (given.find(({ service, holder }) => service === place.service && holder === label) ?? (await connection.services(order, signal))).lease;
    }, signal);
  };
  const letGo = async (leases: readonly string[]): Promise<void> => {
    const unstoppable = new AbortController().signal;
    for (const lease of leases) await line.ask((connection) => connection.services({ action: "release", lease }, unstoppable), unstoppable).catch(() => undefined);
  };
  return {
    assertKnown: async (units) => {
      const wanted = units.flatMap((unit) => placesOf(unit).map(({ service }) => ({ service, unit })));
      if (wanted.length === 0) return;
      const known = new Set((await (await access()).listed()).map(({ name }) => name));
      const missing = wanted.filter(({ service }) => !known.has(service));
      if (missing.length > 0) throw new UserError(missing.map(({ service, unit }) => ({ reason: "unknown_target", message: `${unit.id} wants a place of service ${JSON.stringify(service)}, which is not there`, hint: "`envctl svc list` shows those there are", place: unit.place })), exitCodes.interrupted);
    },
    reserved: async (unit) => {
      const leases = await allPlaces(placesOf(unit), { take: (place, waitMs) => taking(place, labelOf(unit, project), waitMs), letGo });
      return () => letGo(leases);
    },
    close: async () => (await line.current())?.close(),
  };
}

/** A unit is called as its file is, which may be anything. */
function labelOf({ id }: GraphUnit, project: string): string {
  return `${id} of ${project}'s graph`.replaceAll(/\p{Cc}+/gu, " ").slice(0, 200);
}

/** By name: two units that want the same ones ask in the same order. */
function placesOf({ uses, claims }: Pick<GraphUnit, "uses" | "claims">): readonly Place[] {
  const placeIn = (lock: string, alone: boolean): readonly Place[] => {
    const service = serviceOfLock(lock);
    return service === undefined ? [] : [{ service, alone }];
  };
  const places = [...new Set(claims)].flatMap((lock) => placeIn(lock, true)).concat([...new Set(uses)].flatMap((lock) => placeIn(lock, false)));
  return places.sort((one, other) => (one.service < other.service ? -1 : 1));
}

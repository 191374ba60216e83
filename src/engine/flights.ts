/** Starts under way, one at most per unit, whoever asked: a second asker joins the first, a stop ends it. */
import type { Failure } from "../model/failure.ts";
import type { UnitId } from "../model/unit.ts";

export interface Flights {
  /** Runs `start`, or waits for the one that runs already. */
  join(unitId: UnitId, signal: AbortSignal, start: (signal: AbortSignal) => Promise<Failure | undefined>): Promise<Failure | undefined>;
  /** Resolves when the unit's start, if there is one, is over. */
  landed(unitId: UnitId): Promise<void>;
  /** Aborts the unit's start, if there is one, and resolves when it is over. */
  cancel(unitId: UnitId): Promise<void>;
}

interface Flight {
  readonly abort: AbortController;
  readonly done: Promise<Failure | undefined>;
}

export function createFlights(): Flights {
  const flights = new Map<UnitId, Flight>();
  return {
    join: (unitId, signal, start) => {
      const known = flights.get(unitId);
      if (known !== undefined) return known.done;
      const abort = new AbortController();
      const done = start(AbortSignal.any([signal, abort.signal])).finally(() => flights.delete(unitId));
      flights.set(unitId, { abort, done });
      return done;
    },
    landed: async (unitId) => {
      await flights.get(unitId)?.done.catch(() => undefined);
    },
    cancel: async (unitId) => {
      const flight = flights.get(unitId);
      flight?.abort.abort();
      await flight?.done.catch(() => undefined);
    },
  };
}

/** Restarts that are due later: one timer a unit, forgotten as soon as somebody else decides about the unit. */
import type { Clock } from "../host/clock.ts";
import type { UnitId } from "../model/unit.ts";

export interface Restarts {
  /** `atMs` since the epoch; a time that has passed means now. */
  schedule(unitId: UnitId, atMs: number): void;
  forget(unitId: UnitId): void;
  /** Who carries restarts out; set once, by the control. What was due before is handed over then. */
  onDue(handler: (unitId: UnitId) => void): void;
  /** Units that wait. */
  count(): number;
  close(): void;
}

export function createRestarts(clock: Clock): Restarts {
  const waiting = new Map<UnitId, AbortController>();
  const due = new Set<UnitId>();
  let handler: (unitId: UnitId) => void = (unitId) => void due.add(unitId);
  const forget = (unitId: UnitId): void => {
    waiting.get(unitId)?.abort();
    waiting.delete(unitId);
    due.delete(unitId);
  };
  return {
    schedule: (unitId, atMs) => {
      forget(unitId);
      const abort = new AbortController();
      waiting.set(unitId, abort);
      const ring = (): void => {
        if (waiting.get(unitId) !== abort) return;
        waiting.delete(unitId);
        handler(unitId);
      };
      void clock.sleep(Math.max(0, atMs - clock.now()), abort.signal).then(ring, () => undefined);
    },
    forget,
    onDue: (next) => {
      handler = next;
      for (const unitId of due) next(unitId);
      due.clear();
    },
    count: () => waiting.size,
    close: () => {
      for (const abort of waiting.values()) abort.abort();
      waiting.clear();
    },
  };
}

/** Gives back reservations nobody needs: left by a killed daemon, by a stop on a disk that could not be written, by a unit that moved. */
import { handleOf } from "../model/lifecycle.ts";
import type { Engine } from "./engine.ts";

/** Every port that is in the specification of no unit that is wanted, or of which something may live. */
export function releaseUnused(engine: Pick<Engine, "store" | "reservations">): void {
  const units = engine.store.state()?.units ?? {};
  const isUsed = (unitId: string, port: number): boolean => {
    const unit = units[unitId];
    return unit !== undefined && (unit.isWanted || handleOf(unit.life) !== undefined) && unit.spec.ports.some((one) => one.port === port);
  };
  const unused = engine.reservations.own().filter(({ unitId, port }) => !isUsed(unitId, port));
  engine.reservations.release(unused.map(({ port }) => port));
}

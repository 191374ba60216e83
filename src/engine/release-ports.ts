/** Gives back reservations nobody needs: left by a killed daemon, by a stop on a disk that could not be written, by a unit that moved. */
import type { Engine } from "./engine.ts";

/** Every port that no wanted unit has in its specification. */
export function releaseUnused(engine: Pick<Engine, "store" | "reservations">): void {
  const units = engine.store.state()?.units ?? {};
  const isUsed = (unitId: string, port: number): boolean => units[unitId]?.isWanted === true && units[unitId].spec.ports.some((one) => one.port === port);
  const unused = engine.reservations.own().filter(({ unitId, port }) => !isUsed(unitId, port));
  engine.reservations.release(unused.map(({ port }) => port));
}

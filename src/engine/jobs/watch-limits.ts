/** Watches what a job's whole process tree uses. Decides by the same rules as for services. */
import { establishedConnections } from "../../host/sockets.ts";
import { judgeLimits, measuredIn, type Excess, type Standings } from "../../model/limits.ts";
import type { Limits } from "../../model/supervision.ts";
import type { ProcessHandle } from "../../model/unit.ts";
import type { EngineParts } from "../engine.ts";
import { sampleFamily, type FamilySample } from "../family-figures.ts";
import { familiesOf } from "../ownership.ts";

const sampleMs = 500;

/** Tells once of each limit that is passed, until the answer is called. */
export function watchLimits(engine: EngineParts, unitId: string, handle: ProcessHandle, limits: Limits, tell: (excess: Excess) => void): () => void {
  let before: FamilySample | undefined;
  let standings: Standings = {};
  const sample = async (): Promise<void> => {
    const processes = familiesOf(await engine.snapshots.rows(), [{ unitId, handle, recorded: [] }]).get(unitId) ?? [];
    before = sampleFamily(engine, { handle, processes, ...(limits.connections === undefined ? {} : { connectionsOf: establishedConnections() }) }, before);
    const judged = judgeLimits(standings, limits, measuredIn(before.figures), engine.host.clock.monotonic());
    standings = judged.standings;
    for (const excess of judged.excesses) tell(excess);
  };
  // What could not be looked at is looked at again.
  const timer = setInterval(() => void sample().catch(() => undefined), sampleMs);
  return () => clearInterval(timer);
}

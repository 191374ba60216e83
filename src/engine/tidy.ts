/** After a start, runs, outputs of actions and debug packs beyond the limits go: nobody has to remember to. */
import { chosenToPrune } from "../model/pruning.ts";
import { outlivedThings, removeThings } from "../state/kept-things.ts";
import type { Engine } from "./engine.ts";
import { markedProcesses } from "./ownership.ts";

/** Never throws; what could not be removed is tried again after the next start. */
export async function tidy(engine: Engine): Promise<void> {
  try {
    const { scope, host, scopeId, table, snapshots } = engine;
    const places = { scope, paths: host.paths, nowMs: host.clock.now(), livingRuns: new Set<string>() };
    const first = chosenToPrune(outlivedThings(places), places.nowMs).removed;
    if (first.length === 0) return;
    // Every environment is read, so only when there is something to remove.
    const livingRuns = new Set(markedProcesses(table, await snapshots.rows(), `${scopeId}/`).map(({ mark }) => mark.split("/").at(-1) ?? ""));
    await removeThings(first.filter(({ name }) => !livingRuns.has(name)));
  } catch {
    engine.store.writeTrouble();
  }
}

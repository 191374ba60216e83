/** Ends a run of which nothing is wanted any more. */
import type { Intent } from "../model/intent.ts";
import { handleOf } from "../model/lifecycle.ts";
import { removeNetworks } from "./containers/leftovers.ts";
import type { Engine } from "./engine.ts";
import { sweepStrays, type Swept } from "./strays.ts";

/** When nothing is wanted any more the run is over; strays that carry our mark are looked for once more. */
export async function endRunIfDown(engine: Engine, intent: Intent | undefined): Promise<Swept> {
  const strays = await sweepStrays(engine, intent?.selection.all === true);
  const state = engine.store.state();
  if (state === undefined || state.stoppedAt !== undefined) {
    // Left over from a time when the disk could not be written.
    if (engine.supervisor.count() === 0) engine.reservations.release(engine.reservations.own().map((one) => one.port));
    return strays;
  }
  const isDown = engine.supervisor.count() === 0 && Object.values(state.units).every(({ life }) => handleOf(life) === undefined);
  const isOnPurpose = intent?.selection.all === true || Object.values(state.units).every((unit) => !unit.isWanted || unit.starts === 0);
  if (isDown && isOnPurpose) {
    await removeNetworks(engine);
    engine.store.dispatch({ type: "run_stopped" });
    engine.reservations.release(engine.reservations.own().map((one) => one.port));
  }
  return strays;
}

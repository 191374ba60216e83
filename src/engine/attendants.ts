/** What goes on beside the intents while an engine lives: figures, watches over configuration and files, notifications. */
import { watchConfiguration } from "./config-watch.ts";
import type { LocalControl } from "./control.ts";
import type { Engine } from "./engine.ts";
import { watchGraphLeftovers } from "./graph-leftovers.ts";
import { startSampling, type Sampler } from "./figures.ts";
import { watchUnitFiles } from "./file-watch.ts";
import { showNotifications } from "./notifications.ts";

export interface Attendants {
  readonly sampler: Sampler;
  /** Units that are waited for though nothing of them runs: those that a change of a file starts again. */
  waiting(): number;
  close(): void;
}

/** Begins with a run that was adopted already. */
export function startAttendants(engine: Engine, control: LocalControl): Attendants {
  const sampler = startSampling(engine);
  const files = watchUnitFiles(engine, control.restartWays);
  const configuration = watchConfiguration(engine, control);
  const notifications = showNotifications(engine);
  const graphs = watchGraphLeftovers(engine);
  return {
    sampler,
    waiting: files.count,
    close: () => {
      for (const attendant of [sampler, files, configuration, notifications, graphs]) attendant.close();
    },
  };
}

/** Lets go of everything an engine holds; what runs goes on running. */
export function closeEngine(engine: Engine, attendants: Attendants): void {
  attendants.close();
  engine.restarts.close();
  for (const watch of engine.watches.values()) watch.abort();
  engine.containers.close();
  engine.supervisor.close();
  engine.launcher.close();
  engine.logs.close();
  engine.store.close();
}

/** Notices that the configuration of a live run says something else than what runs. Records it; restarts nothing. */
import { errorText } from "../host/files.ts";
import { watchFiles } from "../host/watch-files.ts";
import type { EventType } from "../model/events.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import type { RunState } from "../model/run-state.ts";
import type { UnitId } from "../model/unit.ts";
import { differences } from "../plan/reload.ts";
import type { LocalControl } from "./control.ts";
import type { Engine } from "./engine.ts";
import { planIntent } from "./planning.ts";
import { createQuiet } from "./quiet.ts";
import { configRequests } from "./starters.ts";

export interface ConfigWatch {
  close(): void;
}

interface Comparison {
  readonly units: Readonly<Record<UnitId, string>>;
  readonly problem?: Failure;
}

/** Editors write a file in several steps. */
const quietMs = 150;

/** After these what runs may agree again, or be read from other files. A restart that nobody asked for is planned anew. */
const meansNews: ReadonlySet<EventType> = new Set(["intent_finished", "unit_planned", "run_stopped"]);

/** Looks once, and then whenever a file that is read for a unit of the live run changes, comes or goes. */
export function watchConfiguration(engine: Engine, control: Pick<LocalControl, "isBusy" | "settled">): ConfigWatch {
  let looking = Promise.resolve();
  const quiet = createQuiet(engine.host.clock, quietMs, () => (looking = looking.then(look)));
  const warn = (text: string): void => engine.store.dispatch({ type: "warning", code: "configuration_not_watched", message: `changes of the configuration are not noticed: ${text}` });
  const files = watchFiles(quiet.poke, warn);
  let isClosed = false;
  const look = async (): Promise<void> => {
    const before = liveRun(engine);
    // First the watch, so that what changes while it is read is seen.
    if (!isClosed) files.follow(before === undefined ? [] : configRequests(engine, engine.discoverProjects()).flatMap(engine.configFiles));
    if (isClosed || before === undefined) return;
    const found = await comparedAtRest(engine, control);
    const state = liveRun(engine);
    if (isClosed || state?.runId !== before.runId || isKnown(state, found)) return;
    engine.store.dispatch({ type: "configuration_differs", ...found });
  };
  const unsubscribe = engine.store.subscribe((event) => {
    if (meansNews.has(event.type) && !(event.type === "unit_planned" && !event.isAutomatic)) quiet.poke();
  });
  quiet.poke();
  return {
    close: () => {
      isClosed = true;
      unsubscribe();
      quiet.close();
      files.close();
    },
  };
}

function liveRun(engine: Engine): RunState | undefined {
  const state = engine.store.state();
  return state === undefined || state.stoppedAt !== undefined ? undefined : state;
}

/** In the middle of a start or stop what runs is neither the old nor the new. */
async function comparedAtRest(engine: Engine, control: Pick<LocalControl, "isBusy" | "settled">): Promise<Comparison> {
  for (;;) {
    while (control.isBusy()) await control.settled();
    const found = await compared(engine);
    if (!control.isBusy()) return found;
  }
}

async function compared(engine: Engine): Promise<Comparison> {
  try {
    const { plan } = await planIntent(engine, { kind: "reload", selection: { projects: [], services: [] }, caller: { directory: engine.checkout.repository, environment: {} } });
    return { units: differences(plan) };
  } catch (error) {
    const problem = error instanceof UserError ? error.failures[0] : undefined;
    return { units: {}, problem: problem ?? { reason: "internal", message: `the configuration could not be compared with what runs: ${errorText(error)}` } };
  }
}

function isKnown({ differing = {}, configurationProblem }: RunState, { units, problem }: Comparison): boolean {
  return hashOf([differing, configurationProblem]) === hashOf([units, problem]);
}

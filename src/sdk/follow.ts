/** The run over the lives of its daemons: what the daemon tells while there is one, what the files say while there is none. */
import type { DaemonConnection } from "../daemon/client.ts";
import { UserError } from "../model/failure.ts";
import { emptyRunState, reduce, type RunState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { RunLink, RunMoment } from "./api.ts";
import type { Starts } from "./starts.ts";

/** What a run is followed with. */
export type FollowRuntime = Pick<EngineRuntime, "repository" | "daemon" | "host">;

/** How often is looked for a daemon while there is none. */
const pollMs = 1000;

/** As the files tell it. */
export function storedMoment({ repository }: Pick<FollowRuntime, "repository">, isSupervised: boolean): RunMoment {
  const loaded = repository.latest();
  return { link: linkOf(isSupervised, loaded?.state), state: loaded?.state, problems: loaded?.problems ?? [] };
}

/** Until aborted or left. */
export async function* followRun(runtime: FollowRuntime, starts: Starts, signal: AbortSignal): AsyncGenerator<RunMoment, undefined> {
  while (!signal.aborted) {
    const connection = await runtime.daemon.connect().catch(() => undefined);
    if (connection !== undefined) {
      yield* told(connection, signal);
      continue;
    }
    // One that hangs has its lock still, and looks after nothing.
    const moment = storedMoment(runtime, false);
    const isStarting = starts.isUnderWay();
    yield isStarting ? { ...moment, link: "starting" } : moment;
    if (starts.isUnderWay() === isStarting) await pause(runtime, starts, signal);
  }
}

/** Ends early when a start begins or ends. */
function pause({ host }: FollowRuntime, starts: Starts, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      forget();
      resolve();
    };
    const forget = starts.onChange(over);
    void host.clock.sleep(pollMs, signal).then(over, over);
  });
}

function linkOf(isSupervised: boolean, state: RunState | undefined): RunLink {
  if (isSupervised) return "live";
  return state === undefined || state.stoppedAt !== undefined ? "never" : "gone";
}

/** Ends with the connection. */
async function* told(connection: DaemonConnection, signal: AbortSignal): AsyncGenerator<RunMoment, undefined> {
  try {
    let state = await connection.state();
    yield { link: "live", state, problems: [] };
    for await (const event of connection.events(state?.seq ?? 0, signal)) {
      // Number 0 is what is told in passing, and no part of the state.
      if (event.seq > 0) state = reduce(event.type === "run_started" || state === undefined ? emptyRunState(event.runId) : state, event);
      yield { link: "live", state, event, problems: [] };
    }
  } catch (error) {
    // The daemon has left, or was too quick for this reader: whatever is there next tells.
    if (!(error instanceof UserError)) throw error;
  } finally {
    connection.close();
  }
}

/** Follows the run: the daemon's events where there is a daemon, the files it left where there is none. */
import type { Control } from "../../model/control.ts";
import type { Event } from "../../model/events.ts";
import { UserError } from "../../model/failure.ts";
import { emptyRunState, reduce, type RunState } from "../../model/run-state.ts";
import type { EngineRuntime } from "../../runtime.ts";
import { healthAfter, healthOf, type HealthHistory } from "../../ui/dashboard/health-history.ts";
import { notesAfter, type ProgressNotes } from "../../ui/dashboard/progress-notes.ts";
import type { DaemonLink } from "../../ui/dashboard/world.ts";
import { waterfallAfter, waterfallOf, type Waterfall } from "../../ui/waterfall.ts";
import { maskedEvent } from "../mask.ts";

/** What is known of the run so far. */
export interface RunStory {
  readonly state: RunState | undefined;
  readonly problems: readonly string[];
  readonly link: DaemonLink;
  /** The newest events, for details. */
  readonly recent: readonly Event[];
  readonly health: HealthHistory;
  readonly waterfall: Waterfall;
  readonly progress: ProgressNotes;
}

type FeedRuntime = Pick<EngineRuntime, "repository" | "daemon" | "isSupervised" | "host">;

const keptEvents = 1500;
/** How often is looked for a daemon while there is none. */
const pollMs = 1000;

/** As the files tell it: quick, and enough for a first frame. */
export function storedStory(runtime: FeedRuntime): RunStory {
  const loaded = runtime.repository.latest();
  return { state: loaded?.state, problems: loaded?.problems ?? [], link: linkOf(runtime.isSupervised(), loaded?.state), recent: [], health: {}, waterfall: new Map(), progress: new Map() };
}

function linkOf(isSupervised: boolean, state: RunState | undefined): DaemonLink {
  if (isSupervised) return "live";
  return state === undefined || state.stoppedAt !== undefined ? "never" : "gone";
}

/** Tells every new story until aborted. */
export async function followRun(runtime: FeedRuntime, tell: (story: RunStory) => void, signal: AbortSignal): Promise<void> {
  let story = storedStory(runtime);
  const say = (next: RunStory): void => {
    story = next;
    tell(story);
  };
  say(withPast(story, runtime));
  while (!signal.aborted) {
    const connection = await runtime.daemon.connect().catch(() => undefined);
    if (connection === undefined) {
      say({ ...storedAgain(story, runtime), link: linkOf(false, story.state) });
      await runtime.host.clock.sleep(pollMs, signal).catch(() => undefined);
      continue;
    }
    await followDaemon(connection, () => story, say, runtime, signal).finally(() => connection.close());
  }
}

/** Without a daemon only another command could have changed the files. */
function storedAgain(story: RunStory, runtime: FeedRuntime): RunStory {
  const loaded = runtime.repository.latest();
  if (loaded === undefined || isAt(story, loaded.state)) return story;
  return withPast({ ...story, state: loaded.state, problems: loaded.problems }, runtime);
}

/** The same run, and nothing has happened since. */
function isAt({ state }: RunStory, other: RunState | undefined): boolean {
  return state !== undefined && state.runId === other?.runId && state.seq === other.seq;
}

/** What happened before the dashboard was opened. */
function withPast(story: RunStory, runtime: FeedRuntime): RunStory {
  const { state } = story;
  if (state === undefined) return story;
  const events = runtime.repository.events(state.runId).filter((event) => event.seq <= state.seq);
  return { ...story, recent: events.slice(-keptEvents).map(maskedEvent), health: healthOf(events), waterfall: waterfallOf(events) };
}

async function followDaemon(connection: Pick<Control, "state" | "events">, current: () => RunStory, say: (story: RunStory) => void, runtime: FeedRuntime, signal: AbortSignal): Promise<void> {
  try {
    const state = await connection.state();
    const story: RunStory = { ...current(), state, link: "live" };
    say(isAt(current(), state) ? story : withPast(story, runtime));
    for await (const event of connection.events(state?.seq ?? 0, signal)) say(withEvent(current(), event));
  } catch (error) {
    // The daemon has left, or was too quick for this reader: whatever is there next tells.
    if (!(error instanceof UserError)) throw error;
  }
}

/** One event later. A run that begins has nothing of the one before. */
function withEvent(story: RunStory, event: Event): RunStory {
  const isNewRun = event.type === "run_started";
  const before: RunStory = isNewRun ? { ...story, recent: [], health: {}, waterfall: new Map() } : story;
  const state = event.seq === 0 ? before.state : reduce(isNewRun || before.state === undefined ? emptyRunState(event.runId) : before.state, event);
  return { ...before, state, recent: event.type === "progress" ? before.recent : [...before.recent, maskedEvent(event)].slice(-keptEvents), health: healthAfter(before.health, event), waterfall: waterfallAfter(before.waterfall, event), progress: notesAfter(before.progress, event) };
}

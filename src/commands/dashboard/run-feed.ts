/** What the dashboard tells of the run: the moments of the SDK, with what happened before it was opened. */
import type { Event } from "../../model/events.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Repository, RunMoment } from "../../sdk/api.ts";
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

const keptEvents = 1500;

/** As the files tell it: quick, and enough for a first frame. */
export function storedStory(repository: Repository): RunStory {
  const { state, problems, link } = repository.now();
  return { state, problems, link, recent: [], health: {}, waterfall: new Map(), progress: new Map() };
}

/** Tells every new story until aborted. */
export async function followStory(repository: Repository, tell: (story: RunStory) => void, signal: AbortSignal): Promise<void> {
  let story = withPast(storedStory(repository), repository);
  tell(story);
  for await (const moment of repository.follow({ signal })) {
    story = storyAfter(story, moment, repository);
    tell(story);
  }
}

function storyAfter(story: RunStory, { link, state, event, problems }: RunMoment, repository: Repository): RunStory {
  if (event !== undefined) return withEvent(story, event, state);
  const isSame = story.state !== undefined && story.state.runId === state?.runId && story.state.seq === state.seq;
  if (isSame) return { ...story, link };
  return withPast({ ...story, state, link, problems }, repository);
}

/** What happened before this state was read. */
function withPast(story: RunStory, repository: Repository): RunStory {
  const { state } = story;
  if (state === undefined) return story;
  const events = repository.history(state.runId).filter((event) => event.seq <= state.seq);
  return { ...story, recent: events.slice(-keptEvents).map(maskedEvent), health: healthOf(events), waterfall: waterfallOf(events) };
}

/** One event later. A run that begins has nothing of the one before. */
function withEvent(story: RunStory, event: Event, state: RunState | undefined): RunStory {
  const before: RunStory = event.type === "run_started" ? { ...story, recent: [], health: {}, waterfall: new Map() } : story;
  return { ...before, state, recent: event.type === "progress" ? before.recent : [...before.recent, maskedEvent(event)].slice(-keptEvents), health: healthAfter(before.health, event), waterfall: waterfallAfter(before.waterfall, event), progress: notesAfter(before.progress, event) };
}

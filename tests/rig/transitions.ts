/** Which transition of a unit may follow which: for tests that none is recorded twice, forgotten or out of order. */
import type { Event } from "../../src/model/events.ts";
import { hookNameOf, type TransitionName } from "../../src/model/supervision.ts";

const whileServing: readonly TransitionName[] = ["unhealthy", "crashed", "stopping", "adopted", "limit"];

const followers: Readonly<Record<TransitionName | "nothing", readonly TransitionName[]>> = {
  nothing: ["starting", "failed"],
  starting: ["started", "failed"],
  started: ["ready", "failed"],
  ready: whileServing,
  unhealthy: ["recovered", "crashed", "stopping", "adopted", "limit"],
  recovered: whileServing,
  adopted: [...whileServing, "recovered"],
  limit: [...whileServing, "recovered"],
  crashed: ["restarting", "failed", "starting", "stopped"],
  restarting: ["starting", "stopped", "failed"],
  // Once more when one that was about to begin anew is to stay down.
  stopping: ["stopping", "stopped", "crashed", "adopted"],
  stopped: ["starting", "failed"],
  failed: ["starting", "restarting", "stopped", "failed"],
};

/** The transitions of each unit, in order. */
export function storiesIn(events: readonly Event[]): Readonly<Record<string, readonly TransitionName[]>> {
  const stories: Record<string, TransitionName[]> = {};
  for (const event of events) {
    const name = hookNameOf(event.type);
    if (name !== undefined && "unitId" in event && event.unitId !== undefined) (stories[event.unitId] ??= []).push(name);
  }
  return stories;
}

/** What must not be: a transition after one it cannot follow, and a process that started or got ready twice. */
export function misplacedIn(events: readonly Event[]): readonly string[] {
  const steps = Object.entries(storiesIn(events)).flatMap(([unitId, story]) =>
    story.flatMap((name, index) => (followers[story[index - 1] ?? "nothing"].includes(name) ? [] : [`${unitId}: ${name} after ${story[index - 1] ?? "nothing"}`])),
  );
  const births = events.flatMap((event) => (event.type === "unit_started" || event.type === "unit_ready" ? [`${event.type} ${event.unitId} ${event.handle.pid} ${event.handle.startTime}`] : []));
  return [...steps, ...births.filter((one, index) => births.indexOf(one) !== index).map((one) => `twice: ${one}`)];
}

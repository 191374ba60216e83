/** `events`: what happened in the latest run, and what happens now. Reads the log alone: no daemon is needed, none is started. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { Event } from "../model/events.ts";
import { UserError } from "../model/failure.ts";
import { storyLine } from "../ui/event-story.ts";
import { badNumber, noRun } from "../ui/words.ts";
import { eventFilter, type KnownNames } from "./event-filter.ts";
import { maskedEvent } from "./mask.ts";
import { textFlag } from "./targets.ts";

/** Nothing remains to be said once the events went out one by one. */
export const body: CommandBody<undefined> = {
  run: async (input, runtime) => {
    const { repository } = runtime;
    const isFollowing = input.flags["follow"] === true;
    const since = sinceSeq(input);
    const runId = repository.list().at(-1);
    if (runId === undefined && !isFollowing) throw new UserError(noRun(repository.elsewhere()));
    const past = runId === undefined ? [] : repository.events(runId);
    const isWanted = eventFilter(input.flags, runId === undefined ? undefined : knownIn(past));
    const events = isFollowing ? repository.follow(since, input.signal, runtime.host.clock) : past.filter(({ seq }) => seq > since);
    for await (const event of events) if (isWanted(event)) show(event, input);
    return undefined;
  },
  text: () => [],
};

function show(event: Event, input: CommandInput): void {
  input.write(input.wantsJson ? JSON.stringify(maskedEvent(event)) : storyLine(event));
}

/** Also of units that are not part of the run any more. */
function knownIn(events: readonly Event[]): KnownNames {
  const unitIds = new Set(events.flatMap((event) => ("unitId" in event && event.unitId !== undefined ? [event.unitId] : [])));
  return { unitIds: [...unitIds], projects: events.flatMap((event) => (event.type === "project_joined" ? [event.project.name] : [])) };
}

function sinceSeq(input: CommandInput): number {
  const given = textFlag(input.flags, "since-seq");
  if (given === undefined) return 0;
  if (!/^\d{1,15}$/.test(given)) throw new UserError(badNumber("--since-seq", given));
  return Number(given);
}

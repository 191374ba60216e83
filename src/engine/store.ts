/** The single writer of a run's state: append, reduce, notify, in that order. */
import type { Clock } from "../host/clock.ts";
import { isoTime } from "../host/clock.ts";
import { errorText } from "../host/files.ts";
import type { Event, EventBody } from "../model/events.ts";
import { emptyRunState, reduce, type RunState } from "../model/run-state.ts";
import type { RunRepository } from "../state/run-repository.ts";
import { createEventWriter } from "./event-writer.ts";

export interface Store {
  state(): RunState | undefined;
  /** Records that something happened. Never throws: what cannot be written is kept until it can. */
  dispatch(body: EventBody): void;
  /** Opens a new run; later events belong to it. Throws the system's error when it cannot be written. */
  begin(runId: string, first: EventBody): void;
  /** Tells watchers something that is not recorded. */
  announce(body: EventBody): void;
  subscribe(listener: (event: Event) => void): () => void;
  /** Writes the artifacts now; otherwise they follow shortly after an event. */
  publish(): void;
  /** Why nothing can be written, if so; tries again first. */
  writeTrouble(): string | undefined;
  close(): void;
}

const publishDelayMs = 40;

/** A store over a repository, going on with `loaded` if there is one. */
export function createStore(repository: RunRepository, clock: Clock, loaded: RunState | undefined): Store {
  const writer = createEventWriter(repository);
  const listeners = new Set<(event: Event) => void>();
  let state = loaded;
  let publishTrouble: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const tell = (event: Event): void => listeners.forEach((listener) => listener(event));
  const publish = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writer.flush();
    const current = state;
    publishTrouble = current === undefined || writer.trouble() !== undefined ? undefined : troubleOf(() => repository.publish(current));
  };
  const announce = (body: EventBody): void => tell({ ...body, seq: 0, at: isoTime(clock), runId: state?.runId ?? "" });
  const dispatch = (body: EventBody): void => {
    // Before the first run there is nothing to record into.
    if (state === undefined) return announce(body);
    const event: Event = { ...body, seq: state.seq + 1, at: isoTime(clock), runId: state.runId };
    writer.write(event);
    state = reduce(state, event);
    tell(event);
    timer ??= setTimeout(publish, publishDelayMs);
  };
  return {
    state: () => state,
    dispatch,
    begin: (runId, first) => {
      publish();
      writer.begin(runId);
      state = emptyRunState(runId);
      dispatch(first);
    },
    announce,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish,
    writeTrouble: () => {
      if ((writer.trouble() ?? publishTrouble) !== undefined) publish();
      return writer.trouble() ?? publishTrouble;
    },
    close: () => {
      publish();
      writer.close();
    },
  };
}

function troubleOf(effect: () => void): string | undefined {
  try {
    effect();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

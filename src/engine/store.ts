/** The single writer of a run's state: append, reduce, notify, in that order. */
import type { Clock } from "../host/clock.ts";
import { isoTime } from "../host/clock.ts";
import { errorText } from "../host/files.ts";
import type { Event, EventBody } from "../model/events.ts";
import { emptyRunState, reduce, type RunState } from "../model/run-state.ts";
import type { EventLog, RunRepository } from "../state/run-repository.ts";

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
const keptInMemory = 10_000;

/** A store over a repository, going on with `loaded` if there is one. */
export function createStore(repository: RunRepository, clock: Clock, loaded: RunState | undefined): Store {
  let state = loaded;
  // Opened on the first write, so that a reader changes nothing.
  let log: EventLog | undefined;
  let unwritten: Event[] = [];
  let trouble: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<(event: Event) => void>();

  const flush = (): void => {
    try {
      if (state !== undefined && unwritten.length > 0) log ??= repository.open(state.runId);
      while (unwritten[0] !== undefined) {
        log?.append(unwritten[0]);
        unwritten.shift();
      }
      trouble = undefined;
    } catch (error) {
      trouble = errorText(error);
      unwritten = unwritten.slice(-keptInMemory);
    }
  };
  const publish = (): void => {
    clearTimeout(timer);
    timer = undefined;
    flush();
    if (state === undefined || trouble !== undefined) return;
    try {
      repository.publish(state);
    } catch (error) {
      trouble = errorText(error);
    }
  };
  const announce = (body: EventBody): void => {
    const event: Event = { ...body, seq: 0, at: isoTime(clock), runId: state?.runId ?? "" };
    for (const listener of listeners) listener(event);
  };
  const dispatch = (body: EventBody): void => {
    // Before the first run there is nothing to record into.
    if (state === undefined) return announce(body);
    const event: Event = { ...body, seq: state.seq + 1, at: isoTime(clock), runId: state.runId };
    unwritten.push(event);
    flush();
    state = reduce(state, event);
    for (const listener of listeners) listener(event);
    timer ??= setTimeout(publish, publishDelayMs);
  };
  return {
    state: () => state,
    dispatch,
    begin: (runId, first) => {
      publish();
      log?.close();
      // Forgotten first: should the new log not open, nothing may be written to the old one's number.
      log = undefined;
      log = repository.begin(runId);
      unwritten = [];
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
      if (trouble !== undefined) publish();
      return trouble;
    },
    close: () => {
      publish();
      log?.close();
      log = undefined;
    },
  };
}

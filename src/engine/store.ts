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
  /** The same for what belongs together: it is written in one go, before anything of it is told. */
  dispatchAll(bodies: readonly EventBody[]): void;
  /** Opens a new run with its first events; later ones belong to it. Throws the system's error when it cannot be written. */
  begin(runId: string, first: readonly EventBody[]): void;
  /** Tells watchers something that is not recorded. */
  announce(body: EventBody): void;
  subscribe(listener: (event: Event) => void): () => void;
  /** Writes the artifacts now; otherwise they follow shortly after an event. */
  publish(): void;
  /** Why nothing can be written, if so; tries again first. */
  writeTrouble(): string | undefined;
  close(): void;
}

/** A store over a repository, going on with `loaded` if there is one. */
export function createStore(repository: RunRepository, clock: Clock, loaded: RunState | undefined): Store {
  const writer = createEventWriter(repository);
  const { tell, subscribe } = createAudience();
  let state = loaded;
  let publishTrouble: string | undefined;

  const artifacts = paced(clock, () => {
    writer.flush();
    const current = state;
    publishTrouble = current === undefined || writer.trouble() !== undefined ? undefined : troubleOf(() => repository.publish(current));
  });
  const publish = artifacts.now;
  const announce = (body: EventBody): void => tell({ ...body, seq: 0, at: isoTime(clock), runId: state?.runId ?? "" });
  const record = (before: RunState, bodies: readonly EventBody[], write: (events: readonly Event[]) => void): void => {
    const events = numbered(before, bodies, isoTime(clock));
    write(events);
    state = events.reduce(reduce, before);
    events.forEach(tell);
    artifacts.soon();
  };
  const dispatchAll = (bodies: readonly EventBody[]): void => {
    // Before the first run there is nothing to record into.
    if (state === undefined) bodies.forEach(announce);
    else record(state, bodies, writer.write);
  };
  return {
    state: () => state,
    dispatch: (body) => dispatchAll([body]),
    dispatchAll,
    begin: (runId, first) => {
      publish();
      record(emptyRunState(runId), first, (events) => writer.begin(runId, events));
    },
    announce,
    subscribe,
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

/** However fast events come, writing what follows from them takes a few hundredths of the time. */
const shortestDelayMs = 40;
const longestDelayMs = 250;
const delayPerWriting = 25;

/** An effect carried out at once, or a while from now however often that is asked for: longer where it takes longer. */
function paced(clock: Clock, effect: () => void): { readonly now: () => void; readonly soon: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let delayMs = shortestDelayMs;
  const now = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const begun = clock.monotonic();
    effect();
    delayMs = Math.min(longestDelayMs, Math.max(shortestDelayMs, (clock.monotonic() - begun) * delayPerWriting));
  };
  return { now, soon: () => void (timer ??= setTimeout(now, delayMs)) };
}

function createAudience(): Pick<Store, "subscribe"> & { readonly tell: (event: Event) => void } {
  const listeners = new Set<(event: Event) => void>();
  return {
    tell: (event) => listeners.forEach((listener) => listener(event)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function numbered(before: RunState, bodies: readonly EventBody[], at: string): readonly Event[] {
  return bodies.map((body, index) => ({ ...body, seq: before.seq + index + 1, at, runId: before.runId, ...(index < bodies.length - 1 ? { isContinued: true } : {}) }));
}

function troubleOf(effect: () => void): string | undefined {
  try {
    effect();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

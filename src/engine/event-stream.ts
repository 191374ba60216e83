/** Past events, then live ones, as one sequence without a gap. */
import type { Event } from "../model/events.ts";
import { UserError } from "../model/failure.ts";
import type { Engine } from "./engine.ts";

/** A reader this far behind is cut off rather than slowing the engine. */
const maximumBacklog = 20_000;

/** Throws a UserError, once what was handed out is read, when the reader is too slow. */
export async function* eventStream(engine: Pick<Engine, "store" | "repository">, fromSeq: number, signal: AbortSignal): AsyncIterable<Event> {
  const live = liveEvents(engine);
  signal.addEventListener("abort", live.wake);
  try {
    const state = engine.store.state();
    let runId = state?.runId;
    let last = fromSeq;
    if (state !== undefined && state.seq > fromSeq) {
      for (const event of engine.repository.events(state.runId)) {
        if (event.seq <= last || live.isOverrun()) continue;
        last = event.seq;
        yield event;
      }
    }
    while (!signal.aborted) {
      if (live.isOverrun()) throw tooSlow(last);
      const event = live.next();
      if (event === undefined) {
        await live.more();
        continue;
      }
      // A new run counts from 1 again.
      if (event.runId !== runId) last = 0;
      ({ runId } = event);
      if (event.seq !== 0 && event.seq <= last) continue;
      last = Math.max(last, event.seq);
      yield event;
    }
  } finally {
    live.close();
    signal.removeEventListener("abort", live.wake);
  }
}

interface LiveEvents {
  next(): Event | undefined;
  /** Resolves with the next event, or when woken. */
  more(): Promise<void>;
  readonly wake: () => void;
  /** More waited than may: nothing is kept any more. */
  isOverrun(): boolean;
  close(): void;
}

function liveEvents(engine: Pick<Engine, "store">): LiveEvents {
  let backlog: Event[] = [];
  let isOverrun = false;
  let wake: () => void = () => undefined;
  const unsubscribe = engine.store.subscribe((event) => {
    backlog.push(event);
    if (backlog.length > maximumBacklog) {
      isOverrun = true;
      backlog = [];
      unsubscribe();
    }
    wake();
  });
  return {
    next: () => backlog.shift(),
    more: () => new Promise<void>((resolve) => (wake = resolve)),
    wake: () => wake(),
    isOverrun: () => isOverrun,
    close: unsubscribe,
  };
}

function tooSlow(last: number): UserError {
  return new UserError({
    reason: "reader_too_slow",
    message: `more than ${maximumBacklog} events waited for this reader, which was too slow: it was cut off after event ${last}`,
    hint: `go on with \`envctl events --follow --since-seq ${last}\``,
  });
}

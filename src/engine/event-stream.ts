/** Past events, then live ones, as one sequence without a gap. */
import type { Event } from "../model/events.ts";
import type { Engine } from "./engine.ts";

/** A reader this far behind is cut off rather than slowing the engine. */
const maximumBacklog = 20_000;

export async function* eventStream(engine: Pick<Engine, "store" | "repository">, fromSeq: number, signal: AbortSignal): AsyncIterable<Event> {
  const backlog: Event[] = [];
  let wake: () => void = () => undefined;
  const unsubscribe = engine.store.subscribe((event) => {
    if (backlog.length < maximumBacklog) backlog.push(event);
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort);
  try {
    let last = fromSeq;
    const state = engine.store.state();
    let runId = state?.runId;
    if (state !== undefined && state.seq > fromSeq) {
      for (const event of engine.repository.events(state.runId)) {
        if (event.seq <= last) continue;
        last = event.seq;
        yield event;
      }
    }
    while (!signal.aborted && backlog.length < maximumBacklog) {
      const event = backlog.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      // A new run counts from 1 again.
      if (event.runId !== runId) last = 0;
      ({ runId } = event);
      if (event.seq === 0 || event.seq > last) yield event;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", onAbort);
  }
}

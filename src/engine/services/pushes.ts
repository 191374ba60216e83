/** What services tell, handed to whoever listens; a listener that does not read is cut off and slows nobody. */
import { UserError } from "../../model/failure.ts";
import type { ServicePush } from "../../model/service.ts";

/** What a listener wants; all of it unless it says more. */
export interface PushFilter {
  readonly service?: string;
  readonly topic?: string;
}

export interface Pushes {
  tell(push: ServicePush): void;
  /** From now on, until aborted. Throws a UserError when the listener is too slow. */
  listen(filter: PushFilter, signal: AbortSignal): AsyncIterable<ServicePush>;
}

const maximumBacklog = 2000;

/** Begins with nobody listening. */
export function createPushes(): Pushes {
  const listeners = new Set<(push: ServicePush) => void>();
  return {
    tell: (push) => listeners.forEach((listener) => listener(push)),
    async *listen({ service, topic }, signal) {
      const backlog: ServicePush[] = [];
      let isOverrun = false;
      let wake: () => void = () => undefined;
      const listener = (push: ServicePush): void => {
        if ((service !== undefined && push.service !== service) || (topic !== undefined && push.topic !== topic)) return;
        if (backlog.length < maximumBacklog) backlog.push(push);
        else isOverrun = true;
        wake();
      };
      const end = (): void => wake();
      listeners.add(listener);
      signal.addEventListener("abort", end);
      try {
        for (;;) {
          const push = backlog.shift();
          if (push !== undefined) yield push;
          else if (signal.aborted) return;
          else if (isOverrun) throw new UserError({ reason: "reader_too_slow", message: `more than ${maximumBacklog} messages of services waited for this listener, which was too slow` });
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener("abort", end);
      }
    },
  };
}

/** Gets events onto the disk; what cannot be written now is kept, bounded, until it can. */
import { errorText } from "../host/files.ts";
import type { Event } from "../model/events.ts";
import type { EventLog, RunRepository } from "../state/run-repository.ts";

export interface EventWriter {
  /** Together. Never throws; see `trouble`. */
  write(events: readonly Event[]): void;
  /** Tries what is still unwritten. */
  flush(): void;
  /** Why the last attempt failed. */
  trouble(): string | undefined;
  /** Opens the log of a new run with its first events; what was unwritten of the old one is given up. Throws the system's error. */
  begin(runId: string, events: readonly Event[]): void;
  close(): void;
}

const keptInMemory = 10_000;

export function createEventWriter(repository: RunRepository): EventWriter {
  // Opened on the first write, so that a reader changes nothing.
  let log: EventLog | undefined;
  let unwritten: (readonly Event[])[] = [];
  let trouble: string | undefined;
  const flush = (): void => {
    try {
      for (let events = unwritten[0]; events !== undefined; events = unwritten[0]) {
        const [event] = events;
        if (event !== undefined) {
          log ??= repository.open(event.runId);
          log.append(events);
        }
        unwritten.shift();
      }
      trouble = undefined;
    } catch (error) {
      trouble = errorText(error);
      unwritten = unwritten.slice(-keptInMemory);
    }
  };
  return {
    write: (events) => {
      unwritten.push(events);
      flush();
    },
    flush,
    trouble: () => trouble,
    begin: (runId, events) => {
      log?.close();
      // Forgotten first: should the new log not open, nothing may be written to the old one's number.
      log = undefined;
      log = repository.begin(runId, events);
      unwritten = [];
    },
    close: () => {
      log?.close();
      log = undefined;
    },
  };
}

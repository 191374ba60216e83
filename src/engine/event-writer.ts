/** Gets events onto the disk; what cannot be written now is kept, bounded, until it can. */
import { errorText } from "../host/files.ts";
import type { Event } from "../model/events.ts";
import type { EventLog, RunRepository } from "../state/run-repository.ts";

export interface EventWriter {
  /** Never throws; see `trouble`. */
  write(event: Event): void;
  /** Tries what is still unwritten. */
  flush(): void;
  /** Why the last attempt failed. */
  trouble(): string | undefined;
  /** Opens the log of a new run; what was unwritten of the old one is given up. Throws the system's error. */
  begin(runId: string): void;
  close(): void;
}

const keptInMemory = 10_000;

export function createEventWriter(repository: RunRepository): EventWriter {
  // Opened on the first write, so that a reader changes nothing.
  let log: EventLog | undefined;
  let unwritten: Event[] = [];
  let trouble: string | undefined;
  const flush = (): void => {
    try {
      for (let event = unwritten[0]; event !== undefined; event = unwritten[0]) {
        log ??= repository.open(event.runId);
        log.append(event);
        unwritten.shift();
      }
      trouble = undefined;
    } catch (error) {
      trouble = errorText(error);
      unwritten = unwritten.slice(-keptInMemory);
    }
  };
  return {
    write: (event) => {
      unwritten.push(event);
      flush();
    },
    flush,
    trouble: () => trouble,
    begin: (runId) => {
      log?.close();
      // Forgotten first: should the new log not open, nothing may be written to the old one's number.
      log = undefined;
      log = repository.begin(runId);
      unwritten = [];
    },
    close: () => {
      log?.close();
      log = undefined;
    },
  };
}

/** The command line of a puppet: a service that behaves as badly as told, see puppet.mjs. */
import { fileURLToPath } from "node:url";

export const puppetProgram = fileURLToPath(new URL("puppet.mjs", import.meta.url));

export interface PuppetBehaviour {
  /** Port it listens on, `{port}` in a configuration. Absent: it never listens. */
  readonly listen?: number | string;
  /** Address it listens on instead of 127.0.0.1. */
  readonly host?: string;
  /** Waits this long before it listens. */
  readonly afterMs?: number;
  /** Answers GET with 200; `unready` with 200 and `{"ready": false}`, `error` with 500. Without it connections are just held. */
  readonly http?: "healthy" | "unready" | "error";
  /** Ends with this code, after `afterMs`, without listening. */
  readonly exit?: number;
  /** Writes this many lines of 100 bytes first. */
  readonly flood?: number;
  /** Writes this many lines `#17 at 1795244400123`, one each `everyMs` (1), and then `done`; `padding` makes each so much longer. */
  readonly count?: number;
  readonly everyMs?: number;
  readonly padding?: number;
  readonly ignoreTerm?: boolean;
  /** Who listens: a process whose parent has ended (`orphan`), or one in a session of its own (`session`). */
  readonly through?: "orphan" | "session";
  /** The process that listens has lost its environment, ownership mark included. */
  readonly cleanEnv?: boolean;
  /** Leaves a silent helper behind: an orphan in the group, or one in a session of its own. */
  readonly helper?: "orphan" | "session";
  /** Writes `count <its own name> <n>` this often, n = 1, 2, 3 …, and loses none when the disk is full for a while. */
  readonly countMs?: number;
  /** Writes its environment as one line of JSON first. */
  readonly showEnv?: boolean;
  /** Holds so many MiB of memory. */
  readonly allocate?: number;
  /** Keeps a processor core busy. */
  readonly burn?: boolean;
  /** Holds so many files open. */
  readonly files?: number;
  /** Connects so many times to the port it listens on; both ends of a connection are its own. */
  readonly connections?: number;
}

/** An argv for `command:`. */
export function puppet(behaviour: PuppetBehaviour = {}): readonly string[] {
  const flags = Object.entries(behaviour).flatMap(([name, value]) => (value === true ? [`--${name}`] : value === false || value === undefined ? [] : [`--${name}=${value}`]));
  return ["node", puppetProgram, ...flags];
}

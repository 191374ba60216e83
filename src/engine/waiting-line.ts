/** One line for everything that waits for its turn or for locks: jobs, and reservations of services. What holds a lock is in one table with what waits for it. */
import { isoTime, type Clock } from "../host/clock.ts";
import { Schedule } from "../schedule/schedule.ts";
import type { Skipped, Task } from "../schedule/task.ts";

/** Somebody who waits. */
export interface Turn {
  readonly task: Task;
  /** How many tasks of its pool may run at once; no limit unless given. */
  readonly poolRoom?: number;
  /** What it is called where it is listed: `lease-…`, `job-…`. */
  readonly name: string;
  /** For a person who waits behind it. */
  readonly holder: string;
  readonly begin: () => void;
  /** It will never begin. */
  readonly skip: () => void;
}

/** A lock somebody has now. */
export interface HeldLock extends Pick<Turn, "name" | "holder"> {
  readonly lock: string;
  /** Nobody else may use it. */
  readonly isAlone: boolean;
  readonly since: string;
}

/** Begins empty and open. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #pools: Record<string, number> = {};
  readonly #schedule = new Schedule({ pools: this.#pools });
  readonly #waiting = new Map<string, Turn>();
  readonly #running = new Map<string, { readonly turn: Turn; readonly since: string }>();
  #opened: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing begins before this has settled; what runs already may be told of meanwhile. */
  holdUntil(ready: Promise<unknown>): void {
    const open = (): void => {
      this.#opened = undefined;
      this.startNext();
    };
    this.#opened = ready.then(open, open);
  }

  /** Resolves when turns are given. */
  async opened(): Promise<void> {
    await this.#opened;
  }

  /** Lines up; `startNext` lets it begin. */
  add(turn: Turn): void {
    const { task, poolRoom } = turn;
    if (task.pool !== undefined && poolRoom !== undefined) this.#pools[task.pool] = poolRoom;
    this.#waiting.set(task.id, turn);
    this.#skip(this.#schedule.add([task]));
  }

  /** Has its turn since before anybody looked, whether there is room for it or not. */
  occupy(turn: Turn, since: string): void {
    this.add(turn);
    this.#waiting.delete(turn.task.id);
    this.#schedule.occupy(turn.task.id);
    this.#running.set(turn.task.id, { turn, since });
  }

  startNext(): void {
    if (this.#opened !== undefined) return;
    for (const { id } of this.#schedule.take()) {
      const turn = this.#waiting.get(id);
      if (turn === undefined) throw new Error(`${id} does not wait`);
      this.#waiting.delete(id);
      this.#running.set(id, { turn, since: isoTime(this.#clock) });
      turn.begin();
    }
  }

  /** Its turn is over, and its locks are free; `startNext` lets others begin. */
  end(id: string, gives: boolean): void {
    this.#running.delete(id);
    this.#skip(this.#schedule.end(id, { gives, releases: true }));
  }

  /** Waits no longer; does nothing to one that does not wait. */
  withdraw(id: string): void {
    if (this.#waiting.delete(id)) this.#skip(this.#schedule.withdraw(id));
  }

  /** Keeps nothing of one whose turn is over and that nobody follows. */
  forget(id: string): void {
    this.#schedule.forget(id);
  }

  /** From now on so many may use a lock at once. */
  limit(lock: string, places: number): void {
    this.#schedule.limit(lock, places);
  }

  /** Every lock somebody has, those first who have it longest. */
  held(): readonly HeldLock[] {
    return [...this.#running.values()].flatMap(({ turn: { task, name, holder }, since }) => {
      const common = { name, holder, since };
      return [...task.claims.map((lock) => ({ ...common, lock, isAlone: true })), ...task.uses.map((lock) => ({ ...common, lock, isAlone: false }))];
    });
  }

  /** Who waits for a lock, or for something else before it, in the order of arrival. */
  waitingFor(lock: string): readonly Pick<Turn, "name" | "holder">[] {
    return [...this.#waiting.values()].filter(({ task }) => task.uses.includes(lock) || task.claims.includes(lock));
  }

  #skip(skipped: readonly Skipped[]): void {
    for (const { id } of skipped) {
      const turn = this.#waiting.get(id);
      this.#waiting.delete(id);
      turn?.skip();
    }
  }
}

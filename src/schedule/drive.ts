/** Carries a schedule out: begins whatever may start, and tells the schedule how it ended, until nothing more can start. */
import { Schedule } from "./schedule.ts";
import type { Capacity, Outcome, Skipped, Task } from "./task.ts";

/** Whoever does the work. */
export interface Crew {
  /** Resolves when the task has ended; a rejection is a bug and ends everything. */
  begin(id: string): Promise<Outcome>;
  /** It will never start. */
  skip(skipped: Skipped): void;
}

/** Work under way. */
export interface Drive {
  /** More work, also while other work runs. Throws for an id that was added before. */
  add(tasks: readonly Task[]): void;
  /** Nothing more starts; what runs goes on to its end. */
  stop(): void;
  /** Resolves when nothing runs and nothing can start. */
  readonly over: Promise<void>;
}

/** Begins with `tasks`. `given` are names that are there without any of them. */
export function drive(tasks: readonly Task[], crew: Crew, capacity: Capacity = { pools: {} }, given: readonly string[] = []): Drive {
  const schedule = new Schedule(capacity, given);
  let [running, isStopped] = [0, false];
  let settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  const over = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  const skip = (skipped: readonly Skipped[]): void => skipped.forEach((one) => crew.skip(one));
  const carry = async (id: string): Promise<void> => {
    const outcome = await crew.begin(id);
    running -= 1;
    skip(schedule.end(id, outcome));
    next();
  };
  const next = (): void => {
    for (const { id } of isStopped ? [] : schedule.take()) {
      running += 1;
      carry(id).catch((error: unknown) => settle?.reject(error));
    }
    if (running === 0 && (isStopped || schedule.isOver())) settle?.resolve();
  };
  const add = (more: readonly Task[]): void => {
    skip(schedule.add(more));
    next();
  };
  add(tasks);
  return { add, stop: () => ((isStopped = true), next()), over };
}

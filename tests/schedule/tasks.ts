import type { Schedule } from "../../src/schedule/schedule.ts";
import { success, type Outcome, type Skipped, type Task } from "../../src/schedule/task.ts";

/** A task that wants nothing but what is said. */
export function task(id: string, more: Partial<Task> = {}): Task {
  return { id, requires: [], provides: [], uses: [], claims: [], priority: 0, ...more };
}

export interface Trace {
  /** Rounds of tasks that started together. */
  readonly rounds: readonly (readonly string[])[];
  readonly skipped: readonly Skipped[];
}

/** Runs a schedule to its end: whoever started first ends first, with what `outcomes` says. */
export function play(schedule: Schedule, tasks: readonly Task[], outcomes: Readonly<Record<string, Outcome>> = {}): Trace {
  const skipped = [...schedule.add(tasks)];
  const rounds: string[][] = [];
  const running: string[] = [];
  for (;;) {
    const started = schedule.take().map(({ id }) => id);
    if (started.length > 0) rounds.push(started);
    running.push(...started);
    const first = running.shift();
    if (first === undefined) return { rounds, skipped };
    skipped.push(...schedule.end(first, outcomes[first] ?? success));
  }
}

/** Work on worktrees takes turns: one envctl at a time makes or deletes them in a repository. */
import { handleOfProcess, judgeHandle, processTableOf } from "../host/process-table.ts";
import { errorText } from "../host/files.ts";
import { isLock, tryLock } from "../host/lock.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { WorktreesPlace } from "./place.ts";

const patienceMs = 120_000;
const lookMs = 100;

/** Waits for its turn, at most two minutes; then a UserError names who has it. */
export async function inTurn<T>({ host, lock, checkout }: WorktreesPlace, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const table = processTableOf(host.machine);
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  const deadline = host.clock.monotonic() + patienceMs;
  for (;;) {
    const got = lockOr(lock, me, (owner) => judgeHandle(table, host.machine, owner) !== "dead");
    if (isLock(got)) {
      try {
        return await work();
      } finally {
        got.release();
      }
    }
    if (host.clock.monotonic() > deadline) {
      throw new UserError({ reason: "conflict", message: `process ${got.pid} has been working on the worktrees of ${checkout.repository} for two minutes`, hint: "try again when it is done" }, exitCodes.conflict);
    }
    await host.clock.sleep(lookMs, signal);
  }
}

function lockOr(...lock: Parameters<typeof tryLock>): ReturnType<typeof tryLock> {
  try {
    return tryLock(...lock);
  } catch (error) {
    throw new UserError({ reason: "state_unwritable", message: `the state directory cannot be written to: ${errorText(error)}`, hint: "make room or mend its permissions; ENVCTL_STATE_DIR names another" });
  }
}

/** Does one thing after the other, in the order they come. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function createGate(): Gate {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Does the work for each item, so many at a time; results in the items' order. The first trouble is thrown when all have ended. */
export async function each<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: PromiseSettledResult<R>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as T;
      results[index] = await work(item).then((value) => ({ status: "fulfilled", value }), (reason: unknown) => ({ status: "rejected", reason }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** What a job is in the line of those that wait. */
import type { Job, JobId } from "../../model/job.ts";
import { serviceOfLock } from "../../model/service.ts";
import type { Turn, WaitingLine } from "../waiting-line.ts";

/** What follows another job waits for its id, unless that is completed; what runs already waits for nothing. */
export function jobTurn({ id, spec, life }: Job, taskId: string, isCompleted: (id: JobId) => boolean, then: Pick<Turn, "begin" | "skip">): Turn {
  const { uses = [], claims = [], batch, after = [] } = spec;
  const requires = life.status === "running" ? [] : after.filter((before) => !isCompleted(before));
  return {
    ...then,
    task: { id: taskId, requires, provides: [id], uses, claims, priority: 0, ...(batch === undefined ? {} : { pool: batch.id }) },
    ...(batch === undefined ? {} : { poolRoom: batch.concurrency }),
    name: `job-${id}`,
    // A name is any text, and is shown on terminals of others.
    holder: spec.name === undefined ? `job ${id}` : `job ${spec.name.replaceAll(/\p{Cc}+/gu, " ")} (${id})`,
  };
}

/** As its services were when it was ordered; what was ordered later knows better, also when this one is begun again. */
export function limitPlaces(line: Pick<WaitingLine, "limit">, { spec: { uses = [], claims = [], places = {} } }: Job): void {
  for (const lock of [...uses, ...claims]) if (serviceOfLock(lock) !== undefined) line.limit(lock, places[lock] ?? Infinity);
}

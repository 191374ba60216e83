/** What a job is in the line of those that wait. */
import type { Job, JobId } from "../../model/job.ts";
import type { Turn } from "../waiting-line.ts";

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

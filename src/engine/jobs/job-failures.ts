/** What is told of jobs that did not come to an end of their own. */
import { errorText } from "../../host/files.ts";
import { UserError, type Failure } from "../../model/failure.ts";
import { isEnded, jobTitle, limitFlags, outputLimitOf, type Job } from "../../model/job.ts";
import { excessText, type Excess } from "../../model/limits.ts";

/** Of one that follows jobs of which one was not completed, or never began either; others may still run. */
export function skipFailure({ id, spec }: Job, followed: readonly Job[]): Failure {
  const before = followed.find((one) => isEnded(one) && one.life.status !== "completed") ?? followed.find(({ life }) => life.status === "queued");
  const [name, cause] = [spec.name ?? id, before !== undefined && isEnded(before) ? before.life.failure : undefined];
  return { reason: "dependency_failed", message: `job ${name} never began: ${before?.spec.name ?? before?.id ?? "what it follows"} was not completed`, ...(cause === undefined ? {} : { cause }) };
}

/** Of one that used more than it may. */
export function limitFailure({ id, spec }: Job, excess: Excess): Failure {
  return { reason: "limit_exceeded", message: `${jobTitle(spec.name ?? id, spec.command)} used ${excessText(excess)} and was ended`, hint: `if that is what it needs, give it more with --${limitFlags[excess.limit]}` };
}

/** Of one that wrote more than it may. */
export function outputFailure({ id, spec }: Job, bytes: number): Failure {
  const shown = (count: number): string => `${(count / 1024 / 1024).toFixed(1)} MiB`;
  return { reason: "limit_exceeded", message: `${jobTitle(spec.name ?? id, spec.command)} wrote ${shown(bytes)} of ${shown(outputLimitOf(spec))} and was ended`, hint: `if that is what it needs, give it more with --${limitFlags.output}, or have it write to a file of its own` };
}

/** With less, whatever a job wants to write fails. */
const fullBytes = 64 * 1024;

/** Whoever ends while nothing can be written most likely ends for that, and cannot say so. */
export function atFullDisk(failure: Failure | undefined, free: { readonly bytes: number; readonly directory: string }): Failure | undefined {
  if (failure?.reason !== "process_exited" || free.bytes > fullBytes) return failure;
  return { ...failure, message: `${failure.message}; the disk of ${free.directory} was full`, hint: "make room there, then run it again with `envctl job retry`" };
}

/** Of one whose process could not be made. */
export function startFailure(job: Job, error: unknown): Failure {
  const [told] = error instanceof UserError ? error.failures : [];
  return told ?? { reason: "spawn_failed", message: `job ${job.id} could not be started: ${errorText(error)}` };
}

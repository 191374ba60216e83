/** Stays with a job: shows what it writes, and hands on what is read here where the job takes that. */
import type { CommandInput } from "../cli/command.ts";
import type { Job } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import { feedLines } from "./job-input.ts";
import type { JobLine } from "./job-orders.ts";
import { followOutput, type OutputSink } from "./job-output.ts";

export interface Watch {
  readonly order: JobLine;
  readonly input: CommandInput;
  readonly runtime: Pick<EngineRuntime, "jobs">;
}

/** The job as it is when it has ended, or nobody waits any more; `atInterrupt` may end it. */
export async function attached(job: Job, { order, input, runtime }: Watch, sink: OutputSink, atInterrupt: (job: Job) => Promise<Job> = async (one) => one): Promise<Job> {
  const files = await runtime.jobs();
  const follower = input.wantsJson ? undefined : followOutput(job, (launch) => files.filesOf(job.id, launch), sink);
  const launch = job.launches + (job.life.status === "queued" ? 1 : 0);
  const feed = job.spec.takesLines === true ? feedLines(files.filesOf(job.id, launch).input, process.stdin) : undefined;
  const [waited = job] = await order({ action: "wait", id: job.id }, input.signal);
  const now = input.signal.aborted ? await atInterrupt(waited) : waited;
  feed?.stop();
  await follower?.finish(now);
  return now;
}

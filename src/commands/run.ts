/** `run -- CMD`: a job in a project, or the same one in many; waits for it and shows what it writes unless told otherwise. */
import { randomBytes } from "node:crypto";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { RunAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { exitOfJob, isEnded, type Job } from "../model/job.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { intentOf } from "./intent.ts";
import { attached, type Watch } from "./job-attach.ts";
import { draftsOf } from "./job-drafts.ts";
import { exitCodeOf, prefixedSink, terminalSink, type OutputSink } from "./job-output.ts";
import { idsOf, jobLine } from "./job-orders.ts";
import { jobRow, jobTable, resultOf } from "./job-rows.ts";
import { pipelineDrafts } from "./pipeline-file.ts";
import { withTask } from "./task-file.ts";

export const body: CommandBody<RunAnswer> = {
  run: async (given, runtime) => {
    const input = withTask(given, runtime.checkout.projectRoot);
    const drafts = (await pipelineDrafts(given, runtime)) ?? (await draftsOf(input, runtime));
    const order = jobLine(runtime);
    const { caller } = intentOf("start", input, runtime);
    const jobs = await order({ action: "submit", drafts, caller, token: randomBytes(8).toString("hex") }, input.signal);
    const followed = new Set(jobs.flatMap(({ spec }) => spec.after ?? []));
    const [before, last] = [jobs.filter(({ id }) => followed.has(id)), jobs.filter(({ id }) => !followed.has(id))];
    if (input.flags["no-wait"] === true) return submitted(last);
    return ended(last, before, { order, input, runtime });
  },
  text: (answer) => {
    if ("jobs" in answer) return answer.jobs.some(({ ended_at: ended }) => ended !== null) ? ["", ...jobTable(answer.jobs)] : answer.jobs.map(({ tid }) => tid);
    return answer.status === "queued" ? [answer.tid] : [];
  },
  exit: (answer) => answer.exit_code,
};

function submitted(jobs: readonly Job[]): RunAnswer {
  const [first, ...others] = jobs;
  if (first === undefined) throw new Error("the daemon took no job");
  return others.length > 0 ? { ok: true, exit_code: exitCodes.ok, jobs: jobs.map(jobRow) } : { tid: first.id, status: "queued", exit_code: exitCodes.ok };
}

/** The answer is that of those nobody follows: how they ended, or why they never began. What earlier stages write is the input of others. */
async function ended(jobs: readonly Job[], earlier: readonly Job[], watch: Watch): Promise<RunAnswer> {
  const [first, ...others] = jobs;
  if (first === undefined) throw new Error("the daemon took no job");
  // An interrupted caller stops the stage that runs, and with it those behind it.
  const before = await Promise.all(earlier.map((job) => followed(job, watch, silentSink)));
  const { answer, over } = await (others.length > 0 ? together(jobs, watch) : alone(first, watch));
  // A pipeline that failed can go on where it did, as long as nothing of it is gone.
  const isKept = before.length > 0 && answer.exit_code !== exitCodes.ok;
  if (!isKept) await watch.order({ action: "take", ids: idsOf([...before, ...over]) }, unstoppable());
  return answer;
}

interface Ended {
  readonly answer: RunAnswer;
  readonly over: readonly Job[];
}

const silentSink: OutputSink = { output: async () => undefined, errors: terminalSink.errors };

async function alone(job: Job, watch: Watch): Promise<Ended> {
  const { input } = watch;
  const over = await followed(job, watch, terminalSink);
  if (!input.wantsJson && isEnded(over) && over.life.failure !== undefined) for (const line of failureLines(over.life.failure)) input.note(line);
  return { answer: { ...(await resultOf(over)), exit_code: exitFor(over, input) }, over: [over] };
}

/** One table at the end; with `--fail-fast` the first failure ends the others. */
async function together(jobs: readonly Job[], watch: Watch): Promise<Ended> {
  const { input, order } = watch;
  let isFailing = false;
  const over = await Promise.all(jobs.map(async (job) => {
    const sink = prefixedSink(`[${prefixOf(job, jobs)}] `, terminalSink);
    const one = await followed(job, watch, sink);
    await sink.flush();
    if (one.life.status === "completed" || isFailing || input.flags["fail-fast"] !== true) return one;
    isFailing = true;
    await order({ action: "stop", ids: idsOf(jobs.filter(({ id }) => id !== one.id)) }, unstoppable());
    return one;
  }));
  const results = await Promise.all(over.map(resultOf));
  const codes = over.map((job) => exitFor(job, input));
  return { answer: { ok: codes.every((code) => code === exitCodes.ok), exit_code: codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok, jobs: results }, over };
}

/** What tells it from the others: its project, else its name. */
function prefixOf({ id, spec }: Job, jobs: readonly Job[]): string {
  return jobs.some((other) => other.id !== id && other.spec.project === spec.project) ? (spec.name ?? id) : spec.project;
}

/** The job as it ended. An interrupted caller stops its job. */
async function followed(job: Job, watch: Watch, sink: OutputSink): Promise<Job> {
  const now = await attached(job, watch, sink, async (waited) => (isEnded(waited) ? waited : ((await watch.order({ action: "stop", ids: [job.id] }, unstoppable()))[0] ?? waited)));
  if (!isEnded(now)) throw new UserError({ reason: "stop_failed", message: `job ${job.id} goes on running`, hint: `end it with \`envctl job kill ${job.id}\`` });
  return now;
}

function exitFor(job: Job, { flags, signal }: CommandInput): number {
  if (signal.aborted) return exitCodes.interrupted;
  return flags["pass-exit"] === true && job.life.status !== "timeout" ? exitCodeOf(job) : exitOfJob(job.life.status);
}

function unstoppable(): AbortSignal {
  return new AbortController().signal;
}

/** `run -- CMD`: a job in a project, or the same one in many; waits for it and shows what it writes unless told otherwise. */
import { randomBytes } from "node:crypto";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { RunAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { exitOfJob, isEnded, type Job } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { intentOf } from "./intent.ts";
import { draftsOf } from "./job-drafts.ts";
import { exitCodeOf, followOutput, prefixedSink, terminalSink, type OutputSink } from "./job-output.ts";
import { idsOf, jobLine, type JobLine } from "./job-orders.ts";
import { jobRow, jobTable, resultOf } from "./job-rows.ts";
import { stagesOf } from "./pipeline-file.ts";
import { withTask } from "./task-file.ts";

export const body: CommandBody<RunAnswer> = {
  run: async (given, runtime) => {
    const stages = stagesOf(given, runtime.checkout.projectRoot);
    const input = withTask(given, runtime.checkout.projectRoot);
    const drafts = (await Promise.all((stages ?? [input]).map((one) => draftsOf(one, runtime)))).flat();
    const order = jobLine(runtime);
    const { caller } = intentOf("start", input, runtime);
    const jobs = await order({ action: "submit", drafts, caller, token: randomBytes(8).toString("hex"), ...(stages === undefined ? {} : { isChain: true }) }, input.signal);
    if (stages !== undefined) return chained(jobs, { order, input, runtime });
    const [first, ...others] = jobs;
    if (first === undefined) throw new Error("the daemon took no job");
    const isMany = drafts.length > 1;
    if (input.flags["no-wait"] === true) return isMany ? { ok: true, exit_code: exitCodes.ok, jobs: jobs.map(jobRow) } : { tid: first.id, status: "queued", exit_code: exitCodes.ok };
    return isMany ? together([first, ...others], { order, input, runtime }) : alone(first, { order, input, runtime });
  },
  text: (answer) => {
    if ("jobs" in answer) return answer.jobs.some(({ ended_at: ended }) => ended !== null) ? ["", ...jobTable(answer.jobs)] : answer.jobs.map(({ tid }) => tid);
    return answer.status === "queued" ? [answer.tid] : [];
  },
  exit: (answer) => answer.exit_code,
};

interface Watch {
  readonly order: JobLine;
  readonly input: CommandInput;
  readonly runtime: Pick<EngineRuntime, "jobs">;
}

/** The answer is that of the last stage: how it ended, or why it never began. */
async function chained(jobs: readonly Job[], watch: Watch): Promise<RunAnswer> {
  const { input, order } = watch;
  const last = jobs.at(-1);
  if (last === undefined) throw new Error("the daemon took no job");
  if (input.flags["no-wait"] === true) return { tid: last.id, status: "queued", exit_code: exitCodes.ok };
  // An interrupted caller stops the stage that runs, and with it those behind it.
  const before = await Promise.all(jobs.slice(0, -1).map((job) => followed(job, watch, silentSink)));
  const answer = await alone(last, watch);
  await order({ action: "take", ids: idsOf(before) }, unstoppable());
  return answer;
}

const silentSink: OutputSink = { output: async () => undefined, errors: terminalSink.errors };

async function alone(job: Job, watch: Watch): Promise<RunAnswer> {
  const { input, order } = watch;
  const ended = await followed(job, watch, terminalSink);
  const result = await resultOf(ended);
  await order({ action: "take", ids: [ended.id] }, unstoppable());
  if (!input.wantsJson && isEnded(ended) && ended.life.failure !== undefined) for (const line of failureLines(ended.life.failure)) input.note(line);
  return { ...result, exit_code: exitFor(ended, input) };
}

/** One table at the end; with `--fail-fast` the first failure ends the others. */
async function together(jobs: readonly Job[], watch: Watch): Promise<RunAnswer> {
  const { input, order } = watch;
  let isFailing = false;
  const ended = await Promise.all(jobs.map(async (job) => {
    const sink = prefixedSink(`[${job.spec.project}] `, terminalSink);
    const one = await followed(job, watch, sink);
    await sink.flush();
    if (one.life.status === "completed" || isFailing || input.flags["fail-fast"] !== true) return one;
    isFailing = true;
    await order({ action: "stop", ids: idsOf(jobs.filter(({ id }) => id !== one.id)) }, unstoppable());
    return one;
  }));
  const results = await Promise.all(ended.map(resultOf));
  await order({ action: "take", ids: idsOf(ended) }, unstoppable());
  const codes = ended.map((job) => exitFor(job, input));
  return { ok: codes.every((code) => code === exitCodes.ok), exit_code: codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok, jobs: results };
}

/** The job as it ended. An interrupted caller stops its job. */
async function followed(job: Job, { order, input, runtime }: Watch, sink: OutputSink): Promise<Job> {
  const files = await runtime.jobs();
  const follower = input.wantsJson ? undefined : followOutput(job, (launch) => files.filesOf(job.id, launch), sink);
  let [now = job] = await order({ action: "wait", id: job.id }, input.signal);
  if (!isEnded(now) && input.signal.aborted) [now = job] = await order({ action: "stop", ids: [job.id] }, unstoppable());
  await follower?.finish(now);
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

/** `result ID`: waits for a job and hands its output out, once; `--peek` leaves it there. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ResultAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { exitOfJob, isEnded, type Job } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { readOutput, terminalSink } from "./job-output.ts";
import { idsOf, jobLine, jobMeant, positiveFlag } from "./job-orders.ts";
import { jobResult, jobTable, resultOf } from "./job-rows.ts";

export const body: CommandBody<ResultAnswer> = {
  run: async (input, runtime) => {
    const [word] = input.args;
    const jobs = await (await runtime.jobs()).load();
    if (input.flags["all"] === true) return everyResult(jobs, input, runtime);
    if (word === undefined) throw new UserError({ reason: "usage_invalid", message: "whose result?", hint: "name a job, or say --all; `envctl jobs` lists them" }, exitCodes.interrupted);
    return oneResult(jobMeant(word, jobs), input, runtime);
  },
  text: (answer) => ("results" in answer ? jobTable(answer.results) : []),
  exit: (answer) => answer.exit_code,
};

async function oneResult(known: Job, input: CommandInput, runtime: EngineRuntime): Promise<ResultAnswer> {
  if (known.isTaken) throw new UserError({ reason: "unknown_target", message: `the result of job ${known.id} was already taken`, hint: "say --peek where it is needed again" }, exitCodes.interrupted);
  const order = jobLine(runtime);
  const forS = positiveFlag(input, "timeout");
  const [job = known] = isEnded(known) ? [known] : await order({ action: "wait", id: known.id, ...(forS === undefined ? {} : { forMs: forS * 1000 }) }, input.signal);
  if (!isEnded(job)) {
    if (input.signal.aborted) throw new UserError({ reason: "cancelled", message: `job ${job.id} goes on` }, exitCodes.interrupted);
    throw new UserError({ reason: "timed_out", message: `job ${job.id} has not ended within ${forS} s and goes on`, hint: "ask again, with a longer --timeout or none" }, exitCodes.timeout);
  }
  const read = await readOutput(job);
  if (input.flags["peek"] !== true) await order({ action: "take", ids: [job.id] }, input.signal);
  if (!input.wantsJson && read !== undefined) {
    await terminalSink.output(read.output);
    await terminalSink.errors(read.errors);
    if (job.life.output.sha256 !== undefined) input.note(`${job.life.output.bytes} bytes in all: ${job.life.output.path}`);
    if (job.life.failure !== undefined) for (const line of failureLines(job.life.failure)) input.note(line);
  }
  return { ...jobResult(job, read), exit_code: exitOfJob(job.life.status) };
}

async function everyResult(jobs: readonly Job[], input: CommandInput, runtime: EngineRuntime): Promise<ResultAnswer> {
  const ended = jobs.filter((job) => isEnded(job) && !job.isTaken);
  const results = await Promise.all(ended.map(resultOf));
  if (input.flags["peek"] !== true && ended.length > 0) await jobLine(runtime)({ action: "take", ids: idsOf(ended) }, input.signal);
  return { results, exit_code: exitCodes.ok };
}

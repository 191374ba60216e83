/** `job status|stop|kill|ping|retry`: about single jobs, or all that fit. */
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { JobAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { isEnded, nameMatches, type Job } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import { failureLines } from "../ui/failure-lines.ts";
import { attached } from "./job-attach.ts";
import { idsOf, jobLine, jobMeant } from "./job-orders.ts";
import { terminalSink } from "./job-output.ts";
import { jobRow, jobTable } from "./job-rows.ts";
import { textFlag } from "./targets.ts";

const actions = ["status", "attach", "stop", "kill", "ping", "retry"] as const;
type Action = (typeof actions)[number];

/** Action → which jobs `--all` and `--pattern` mean. */
const applies: Readonly<Record<Action, (job: Job) => boolean>> = {
  status: () => true,
  attach: (job) => !isEnded(job),
  stop: (job) => !isEnded(job),
  kill: (job) => !isEnded(job),
  ping: (job) => !isEnded(job),
  retry: (job) => isEnded(job) && job.life.status !== "completed" && !job.isTaken,
};

export const body: CommandBody<JobAnswer> = {
  run: async (input, runtime) => {
    const [word = "", ...ids] = input.args;
    const action = actions.find((one) => one === word);
    if (action === undefined) throw new UserError({ reason: "usage_invalid", message: `jobs cannot "${word}"`, hint: `one of ${actions.join(", ")}` });
    const jobs = await (await runtime.jobs()).load();
    const meant = chosen(action, ids, jobs, input);
    if (action === "status") return { action, ok: true, jobs: (input.flags["watch"] === true ? await watched(meant, input, runtime) : meant).map(jobRow) };
    if (action === "attach") return { action, ...(await attachedTo(meant, input, runtime)) };
    if (action === "ping") return { action, ok: meant.every(({ life }) => life.status === "running"), jobs: meant.map(jobRow) };
    const unfit = meant.find((job) => !applies[action](job) && !(action === "retry" && isEnded(job) && !job.isTaken));
    if (unfit !== undefined) throw unfitError(action, unfit);
    const answer = meant.length === 0 ? [] : await jobLine(runtime)({ action, ids: idsOf(meant) }, input.signal);
    return { action, ok: true, jobs: answer.map(jobRow) };
  },
  text: (answer) => (answer.action === "attach" ? [] : jobTable(answer.jobs)),
  exit: (answer) => (answer.ok ? exitCodes.ok : exitCodes.failure),
};

/** Until it has ended, or Ctrl-C: then it goes on by itself. */
async function attachedTo([job, ...others]: readonly Job[], input: CommandInput, runtime: EngineRuntime): Promise<Pick<JobAnswer, "ok" | "jobs">> {
  if (job === undefined || others.length > 0) throw new UserError({ reason: "usage_invalid", message: "attach to which job?", hint: "name one that runs; `envctl jobs` lists them" }, exitCodes.interrupted);
  if (isEnded(job)) throw unfitError("attach", job);
  const now = await attached(job, { order: jobLine(runtime), input, runtime }, terminalSink);
  if (!isEnded(now)) input.note(`job ${now.id} goes on; \`envctl job attach ${now.id}\` comes back to it`);
  else if (now.life.failure !== undefined) for (const line of failureLines(now.life.failure)) input.note(line);
  return { ok: !isEnded(now) || now.life.status === "completed", jobs: [jobRow(now)] };
}

const lookMs = 50;

/** Writes a line for each transition until all of them have ended, and answers how they are then. */
async function watched(meant: readonly Job[], input: CommandInput, runtime: EngineRuntime): Promise<readonly Job[]> {
  const files = await runtime.jobs();
  const shown = new Map<string, string>();
  if (!runtime.isSupervised() && !meant.every(isEnded)) input.note("No daemon runs, so nothing begins; `envctl daemon start` goes on with them.");
  for (let now = meant; ; now = (await files.load()).filter(({ id }) => shown.has(id))) {
    for (const job of now) {
      const { status } = job.life;
      if (shown.get(job.id) === `${status} ${job.attempts}`) continue;
      shown.set(job.id, `${status} ${job.attempts}`);
      input.write(input.wantsJson ? JSON.stringify(jobRow(job)) : `${job.id} ${status}`);
    }
    if (now.every(isEnded) || input.signal.aborted) return now;
    await runtime.host.clock.sleep(lookMs, input.signal).catch(() => undefined);
  }
}

function chosen(action: Action, words: readonly string[], jobs: readonly Job[], { flags }: CommandInput): readonly Job[] {
  const pattern = textFlag(flags, "pattern");
  if (words.length > 0) return words.map((word) => jobMeant(word, jobs));
  if (pattern !== undefined) return jobs.filter((job) => applies[action](job) && nameMatches(job, pattern));
  if (flags["all"] === true) return jobs.filter(applies[action]);
  throw new UserError({ reason: "usage_invalid", message: `${action} which job?`, hint: "name one, or say --all or --pattern; `envctl jobs` lists them" }, exitCodes.interrupted);
}

function unfitError(action: Action, job: Job): UserError {
  const what = job.isTaken ? "its result was taken" : `it is ${job.life.status}`;
  return new UserError({ reason: "conflict", message: `job ${job.id} cannot ${action}: ${what}` });
}

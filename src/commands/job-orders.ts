/** Asking the daemon about jobs, and finding the jobs a person means. */
import type { CommandInput } from "../cli/command.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { idsMeant, longestTimerMs, type Job, type JobId, type JobOrder } from "../model/job.ts";
import type { EngineRuntime } from "../runtime.ts";
import { lastingLine } from "./lasting-line.ts";

/** Gives an order and resolves with the answer. */
export type JobLine = (order: JobOrder, signal: AbortSignal) => Promise<readonly Job[]>;

/** Over the lives of daemons. */
export function jobLine(runtime: Pick<EngineRuntime, "control">): JobLine {
  const line = lastingLine(() => runtime.control());
  return (order, signal) => line.ask((control, attempt) => control.jobs(order.action === "submit" && attempt > 1 ? { ...order, isRepeated: true } : order, signal), signal);
}

/** The one job a word means. Throws a UserError, exit 2, when there is none or more than one. */
export function jobMeant(word: string, jobs: readonly Job[]): Job {
  const ids = idsMeant(word, jobs.map(({ id }) => id));
  const [only] = ids;
  if (ids.length > 1) throw new UserError({ reason: "unknown_target", message: `${word} may be any of ${ids.join(", ")}`, hint: "give more digits" }, exitCodes.interrupted);
  const job = jobs.find(({ id }) => id === only);
  if (job === undefined) throw new UserError({ reason: "unknown_target", message: `there is no job ${word}`, hint: "`envctl jobs --all` lists them; the last digits of an id are enough" }, exitCodes.interrupted);
  return job;
}

/** A positive number of a flag; undefined when it was not given. Throws a UserError for anything else. */
export function positiveFlag(input: Pick<CommandInput, "flags">, name: string): number | undefined {
  const given = input.flags[name];
  if (typeof given !== "string") return undefined;
  const value = Number(given);
  if (given.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new UserError({ reason: "usage_invalid", message: `--${name} needs a number above 0, not "${given}"` });
}

/** Seconds as milliseconds that a timer can be set to: longer ones are as good as for ever. */
export function timerFlag(input: Pick<CommandInput, "flags">, name: string): number | undefined {
  const seconds = positiveFlag(input, name);
  return seconds === undefined ? undefined : Math.min(longestTimerMs, Math.max(1, seconds * 1000));
}

/** A whole number above 0. */
export function wholeFlag(input: Pick<CommandInput, "flags">, name: string): number | undefined {
  const value = positiveFlag(input, name);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UserError({ reason: "usage_invalid", message: `--${name} needs a whole number, not "${value}"` });
}

/** Ids of jobs. */
export function idsOf(jobs: readonly Job[]): readonly JobId[] {
  return jobs.map(({ id }) => id);
}

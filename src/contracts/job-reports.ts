/** What the commands about jobs answer with `--json`. Development time only. */
import { z } from "zod";
import { endStatuses } from "../model/job.ts";
import { failure } from "./model.ts";

const count = z.int().nonnegative();
const texts = z.array(z.string());
const time = z.string().nullable();

const largeOutput = z.strictObject({
  type: z.literal("large_output"),
  path: z.string(),
  size: count.meta({ description: "Bytes" }),
  sha256: z.string(),
  truncated_preview: z.string(),
});

/** Also a line of `job status --watch`. */
export const jobRow = z.strictObject({
  tid: z.string().meta({ description: "19 digits; always text, since a number would lose some" }),
  tid_short: z.string(),
  name: z.string().nullable(),
  tags: texts,
  uses: texts.meta({ description: "Locks it shares while it runs; svc:NAME is a place of a service" }),
  claims: texts.meta({ description: "Locks it has alone" }),
  project: z.string(),
  service: z.string().nullable(),
  directory: z.string(),
  command: texts,
  status: z.enum(["queued", "running", ...endStatuses]),
  attempts: count,
  queued_at: z.string(),
  started_at: time,
  ended_at: time,
  pid: count.nullable(),
  return_code: z.int().nullable(),
  signal: z.string().nullable(),
  output_bytes: count.nullable().meta({ description: "Of standard output and standard error together, once it has ended" }),
  max_output_bytes: count.meta({ description: "So much it may write in each attempt" }),
  taken: z.boolean().meta({ description: "Its result was handed out" }),
  error: failure.nullable(),
});
export type JobRow = z.infer<typeof jobRow>;

const jobResult = jobRow.extend({
  result: z.union([z.string(), largeOutput]).nullable().meta({ description: "What it wrote to standard output; a reference above 10 MB" }),
  errors: z.string().nullable().meta({ description: "The end of what it wrote to standard error" }),
});
export type JobResult = z.infer<typeof jobResult>;

const exitCode = z.int().meta({ description: "What the command exits with" });

export const runReport = z.union([
  jobResult.extend({ exit_code: exitCode }),
  z.strictObject({ tid: z.string(), status: z.literal("queued"), exit_code: exitCode }),
  z.strictObject({ ok: z.boolean(), exit_code: exitCode, jobs: z.array(z.union([jobResult, jobRow])) }),
]);
export type RunAnswer = z.infer<typeof runReport>;

export const resultReport = z.union([
  jobResult.extend({ exit_code: exitCode }),
  z.strictObject({ results: z.array(jobResult), exit_code: exitCode }),
]);
export type ResultAnswer = z.infer<typeof resultReport>;

export const jobsReport = z.union([z.array(jobRow), z.record(z.string(), count).meta({ description: "With --stats: how many by status" })]);
export type JobsAnswer = z.infer<typeof jobsReport>;

export const jobReport = z.strictObject({ action: z.enum(["status", "attach", "stop", "kill", "ping", "retry"]), ok: z.boolean(), jobs: z.array(jobRow) });
export type JobAnswer = z.infer<typeof jobReport>;

/** Also a line of `queue watch`. */
export const message = z.strictObject({
  tid: z.string(), message: z.string(), encoding: z.literal("base64").exactOptional().meta({ description: "Of `message`, where it is not UTF-8; else it is the text itself" }), timestamp: z.string().exactOptional(),
});
const queueSizes = z.array(z.strictObject({ queue: z.string(), messages: count }));

export const queueReport = z.discriminatedUnion("action", [
  z.strictObject({ action: z.enum(["write", "delete"]), queue: z.string(), ids: texts }),
  z.strictObject({ action: z.literal("move"), queue: z.string(), to: z.string(), ids: texts }),
  z.strictObject({ action: z.enum(["read", "peek", "watch"]), queue: z.string(), messages: z.array(message) }),
  z.strictObject({ action: z.enum(["list", "broadcast"]), queues: queueSizes }),
  z.strictObject({ action: z.literal("alias"), aliases: z.record(z.string(), z.string()) }),
]);
export type QueueAnswer = z.infer<typeof queueReport>;

export const specReport = z.union([
  z.strictObject({ action: z.literal("list"), names: texts }),
  z.strictObject({ action: z.enum(["create", "show", "delete", "validate"]), path: z.string(), text: z.string() }),
  z.strictObject({ action: z.literal("generate"), path: z.null(), text: z.string() }),
]);
export type SpecAnswer = z.infer<typeof specReport>;

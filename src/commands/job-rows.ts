/** Jobs as commands show them: as data and as lines. */
import type { JobResult, JobRow } from "../contracts/job-reports.ts";
import { isEnded, outputLimitOf, queuedAt, type Job } from "../model/job.ts";
import { duration } from "../ui/age.ts";
import { table } from "../ui/table.ts";
import { readOutput, type ReadOutput } from "./job-output.ts";

const shortDigits = 10;

/** A job without its output. */
export function jobRow(job: Job): JobRow {
  const { id, spec, life } = job;
  const exit = isEnded(job) ? job.life.exit : undefined;
  return {
    tid: id,
    tid_short: id.slice(-shortDigits),
    name: spec.name ?? null,
    tags: [...spec.tags],
    uses: [...(spec.uses ?? [])],
    claims: [...(spec.claims ?? [])],
    project: spec.project,
    service: spec.service ?? null,
    directory: spec.directory,
    command: [...spec.command],
    status: life.status,
    attempts: job.attempts,
    queued_at: queuedAt(id),
    started_at: life.status === "queued" ? null : (life.startedAt ?? null),
    ended_at: isEnded(job) ? job.life.endedAt : null,
    pid: life.status === "running" ? (life.handle?.pid ?? null) : null,
    return_code: exit?.kind === "code" ? exit.code : null,
    signal: exit?.kind === "signal" ? exit.signal : null,
    output_bytes: isEnded(job) ? job.life.output.bytes + job.life.errors.bytes : null,
    max_output_bytes: outputLimitOf(spec),
    taken: job.isTaken,
    error: isEnded(job) ? (job.life.failure ?? null) : null,
  };
}

/** With what was read of its output. */
export function jobResult(job: Job, read: ReadOutput | undefined): JobResult {
  const { sha256, path, bytes } = isEnded(job) ? job.life.output : { sha256: undefined, path: "", bytes: 0 };
  const text = read?.output.toString() ?? null;
  return {
    ...jobRow(job),
    result: sha256 === undefined ? text : { type: "large_output", path, size: bytes, sha256, truncated_preview: text ?? "" },
    errors: read?.errors.toString() ?? null,
  };
}

/** Read before it is taken, so that nobody else reads it too. */
export async function resultOf(job: Job): Promise<JobResult> {
  return jobResult(job, await readOutput(job));
}

/** One line a job. */
export function jobTable(rows: readonly JobRow[]): readonly string[] {
  if (rows.length === 0) return ["No job."];
  const cells = rows.map((row) => [row.tid_short, statusWord(row), row.project, inOneLine(row.name ?? ""), took(row), shortened(inOneLine(row.command.join(" ")))]);
  return table(["id", "status", "project", "name", "took", "command"], cells);
}

const shownCharacters = 60;

/** A script has lines, and a name may hold what a terminal would obey. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

function shortened(command: string): string {
  return command.length <= shownCharacters ? command : `${command.slice(0, shownCharacters - 1)}…`;
}

function statusWord({ status, return_code: code, signal, attempts, taken, error, uses, claims }: JobRow): string {
  if (status === "queued" && uses.length + claims.length > 0) return `queued, wants ${inOneLine([...claims, ...uses].join(", "))}`;
  const how = status === "failed" ? ` (${code === null ? (signal ?? "unseen") : `exit ${code}`})` : error?.reason === "limit_exceeded" ? " (limit)" : "";
  return `${status}${how}${attempts > 1 ? ` #${attempts}` : ""}${taken ? ", taken" : ""}`;
}

function took({ started_at: begun, ended_at: ended }: JobRow): string {
  return begun === null || ended === null ? "" : duration(Date.parse(ended) - Date.parse(begun));
}

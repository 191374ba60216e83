/** Jobs as rows, what runs first, and below them the end of what the one under the cursor wrote. Pure. */
import type { JobRow } from "../../contracts/job-reports.ts";
import { jobTitle } from "../../model/job.ts";
import { duration } from "../age.ts";
import { agoText } from "./detail-pane.ts";
import { tailLines } from "./log-pane.ts";
import { scrolledTo, type Pane, type Size } from "./pane.ts";
import type { Place } from "./place.ts";
import { cell, fitted, lineWidth, span, type Line, type Look } from "./span.ts";
import type { World } from "./world.ts";

/** What runs, then what waits in the order it came, then the newest ends. */
export function byInterest(jobs: readonly JobRow[]): readonly JobRow[] {
  const ended = jobs.filter((job) => job.ended_at !== null).toSorted((one, other) => ((one.ended_at ?? "") < (other.ended_at ?? "") ? 1 : -1));
  return [...jobs.filter((job) => job.status === "running"), ...jobs.filter((job) => job.status === "queued"), ...ended];
}

/** The job keys are for: the chosen one, else the first. */
export function jobUnderCursor({ jobs }: Pick<World, "jobs">, place: Pick<Place, "job">): JobRow | undefined {
  return jobs.find((job) => job.tid === place.job) ?? jobs[0];
}

/** `1 job runs`, as long as one does or waits. */
export function jobCounts(jobs: readonly JobRow[]): Line {
  const [running, queued] = ["running", "queued"].map((status) => jobs.filter((job) => job.status === status).length);
  if (running === 0 && queued === 0) return [];
  return [span(` ${running === 1 ? "1 job runs" : `${running} jobs run`}${queued === 0 ? "" : `, ${queued} wait`} `, "busy")];
}

/** Rows in the upper half at most, the output in the rest. */
export function jobsPane(world: World, place: Place, { width, height }: Size): Pane {
  const { jobs } = world;
  const title: Line = [span("Jobs", "title"), ...(jobs.length === 0 ? [] : [span(` ${jobs.length} `), span("s", "key"), span(" ends one, "), span("r", "key"), span(" runs it again, "), span("O", "key"), span(" its output")])];
  const at = jobUnderCursor(world, place);
  if (at === undefined) return { title, lines: [[span("  No job waits, runs or has a result. `envctl run -- CMD` makes one.", "quiet")]] };
  const room = Math.max(1, Math.min(jobs.length, Math.floor((height - 2) / 2)));
  const top = scrolledTo(jobs.indexOf(at), jobs.length, room);
  const rows = jobs.slice(top, top + room).map((job) => jobLine(job, job === at, world.nowMs, width));
  const tail = tailLines(world.jobLines, width - 1, Math.max(0, height - room - 2));
  return { title, lines: [...rows, outputRule(at, width), ...tail.map((line) => [span(" "), ...line])] };
}

function outputRule(job: JobRow, width: number): Line {
  const what = job.error === null ? "output" : reasonText(job, job.error.message);
  const head: Line = [span(` ┄ ${job.tid_short} `, "quiet"), span(what, job.error === null ? "quiet" : "bad")];
  return fitted([...head, span(` ${"┄".repeat(Math.max(0, width - lineWidth(head) - 1))}`, "quiet")], width);
}

/** Without the name and the command, which stand in the row above: the end of a long line would be cut off. */
function reasonText(job: JobRow, message: string): string {
  const title = jobTitle(job.name ?? job.tid, job.command);
  return message.startsWith(title) ? message.slice(title.length).trimStart() : message;
}

const statusLooks: Readonly<Record<JobRow["status"], Look>> = { queued: "quiet", running: "busy", completed: "good", failed: "bad", timeout: "bad", cancelled: "quiet", killed: "quiet" };
const statusMarks: Readonly<Record<JobRow["status"], string>> = { queued: "○", running: "◐", completed: "●", failed: "✗", timeout: "✗", cancelled: "○", killed: "○" };

function jobLine(job: JobRow, isAt: boolean, nowMs: number, width: number): Line {
  const attempt = job.attempts > 1 ? ` #${job.attempts}` : "";
  const row: Line = [
    span(isAt ? "▌ " : "  ", "accent"),
    ...cell(`${statusMarks[job.status]} ${job.status}${attempt}`, 16, statusLooks[job.status]),
    ...cell(job.name ?? job.command.join(" "), Math.max(12, Math.floor(width * 0.32)), isAt ? "chosen" : "plain"),
    ...cell(` ${job.service === null ? job.project : `${job.project}/${job.service}`}`, 17, "accent"),
    span(` ${timeText(job, nowMs)}`, "quiet"),
  ];
  return fitted(job.name === null ? row : [...row, span(`  ${job.command.join(" ")}`, "quiet")], width);
}

/** How long it waits or runs, or took, and how long ago that was. */
function timeText(job: JobRow, nowMs: number): string {
  if (job.ended_at === null) return coarse(nowMs - Date.parse(job.started_at ?? job.queued_at));
  const took = job.started_at === null ? "" : `in ${duration(Date.parse(job.ended_at) - Date.parse(job.started_at))}, `;
  return `${took}${agoText(job.ended_at, nowMs)}`;
}

/** Whole seconds: it is drawn anew no oftener than that. */
function coarse(ms: number): string {
  return duration(Math.max(0, Math.floor(ms / 1000) * 1000));
}

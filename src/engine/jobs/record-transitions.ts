/** Every transition of a job as a line of `jobs/events.jsonl`: for whoever follows jobs with a program of their own. */
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { isEnded, type Job } from "../../model/job.ts";

/** Above this the file is put aside as `events.jsonl.1`, and the one before that is gone. */
const longestBytes = 8 * 1024 * 1024;

/** Never throws: a full disk must not keep a job from its end. */
export function recordTransition(path: string, clock: Clock, job: Job): void {
  const { id, life, attempts } = job;
  const exit = isEnded(job) ? job.life.exit : undefined;
  const line = (event: string) => ({ tid: id, event, status: life.status, attempt: attempts, time_ns: `${clock.now()}000000`, return_code: exit?.kind === "code" ? exit.code : null });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > longestBytes) renameSync(path, `${path}.1`);
    appendFileSync(path, eventsOf(job).map((event) => `${JSON.stringify(line(event))}\n`).join(""), { mode: 0o600 });
  } catch {
    // What became of the job is told by its own files.
  }
}

/** `spawned` is before its process is there, `started` from then on; a passed limit is told before what it led to. */
function eventsOf({ life }: Job): readonly string[] {
  if (life.status === "running") return [life.handle === undefined ? "spawned" : "started"];
  return life.status === "killed" && life.failure?.reason === "limit_exceeded" ? ["limit_exceeded", life.status] : [life.status];
}

/** Jobs: commands that are run once, in the background, whose result is kept. Words and pure rules. */
import { exitCodes, type ExitCode, type Failure } from "./failure.ts";
import type { Caller } from "./intent.ts";
import type { LimitName, Limits } from "./supervision.ts";
import { fitsWildcard } from "./wildcard.ts";
import { exitText, type Exit, type ProcessHandle } from "./unit.ts";

/** 19 digits, growing. Always text: a number would lose digits. */
export type JobId = string;

export const errorPolicies = ["keep", "requeue", "clear"] as const;
/** What becomes of a job that ends badly by itself: it stays, to be looked at or retried; it is tried again; it is forgotten once that was told. */
export type ErrorPolicy = (typeof errorPolicies)[number];

/** What is to be done, without any value of its environment. */
export interface JobSpec {
  readonly command: readonly string[];
  readonly project: string;
  /** The service whose environment it has. */
  readonly service?: string;
  readonly directory: string;
  readonly name?: string;
  readonly tags: readonly string[];
  readonly timeoutMs?: number;
  /** Passing one of them ends it. */
  readonly limits?: Limits;
  /** So much it may write to standard output and standard error together, in each attempt; `usualOutputBytes` unless given. */
  readonly maxOutputBytes?: number;
  readonly onError: ErrorPolicy;
  /** How often it is begun in all, with `requeue`. */
  readonly maxAttempts: number;
  /** Its standard input is a pipe that is written to while it runs. */
  readonly takesLines?: boolean;
  /** Begins when all of these are completed, and reads what they wrote, one after another; never, when one ends otherwise. */
  readonly after?: readonly JobId[];
  /** What is written in `.envctl.d/autostart` began it. */
  readonly autostart?: string;
  /** Locks it shares with others while it runs, and those it has alone; `svc:NAME` is a place of a service, and all of its places. */
  readonly uses?: readonly string[];
  readonly claims?: readonly string[];
  /** How many may use one of them at once; the daemon looks that up. */
  readonly places?: Readonly<Record<string, number>>;
  /** Jobs that were ordered together: so many of them run at once. */
  readonly batch?: { readonly id: string; readonly concurrency: number };
}

/** A job as a caller describes it; the daemon adds what its service is configured with. */
export interface JobDraft extends Omit<JobSpec, "directory" | "after" | "places"> {
  /** The service's unless given. */
  readonly directory?: string;
  /** Variables on top of all others. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input; nothing unless given. */
  readonly input?: string;
  /** Which drafts of the same order it follows, by their numbers; each is before it. */
  readonly follows?: readonly number[];
}

/** Which option sets a limit. */
export const limitFlags: Readonly<Record<LimitName | "output", string>> = { memory: "memory", cpu: "cpu", fds: "max-fds", connections: "max-connections", output: "max-output" };

/** Far more than anybody reads, far less than a disk has: a job that writes for ever is the usual way to a full one. */
const usualOutputBytes = 1024 ** 3;

/** What a job may write to standard output and standard error together. */
export function outputLimitOf({ maxOutputBytes }: Pick<JobSpec, "maxOutputBytes">): number {
  return maxOutputBytes ?? usualOutputBytes;
}

export const endStatuses = ["completed", "failed", "timeout", "cancelled", "killed"] as const;
/** How a job ended; `cancelled` and `killed` are what somebody asked for. */
export type EndStatus = (typeof endStatuses)[number];
export type JobStatus = "queued" | "running" | EndStatus;

/** What a job wrote. */
export interface JobOutput {
  readonly path: string;
  readonly bytes: number;
  /** Of a large one, which is kept in a file of its own. */
  readonly sha256?: string;
}

/** How one attempt ended. */
export interface JobEnd {
  readonly status: EndStatus;
  readonly exit: Exit;
  readonly endedAt: string;
  readonly output: JobOutput;
  readonly errors: JobOutput;
  /** Why it did not complete. */
  readonly failure?: Failure;
}

/**
 * Forward only; a retry begins at `queued` again, as one more attempt.
 *
 *   queued ─→ running ─→ completed | failed | timeout | cancelled | killed
 *      └─────────────────────────────────────────→ cancelled
 */
export type JobLife =
  | { readonly status: "queued" }
  | { readonly status: "running"; readonly startedAt: string; readonly handle?: ProcessHandle }
  | ({ readonly startedAt?: string } & JobEnd);

export interface Job {
  readonly id: JobId;
  readonly spec: JobSpec;
  /** How often it was begun. */
  readonly attempts: number;
  /** Numbers the files of its launches; one that never came to run is no attempt. */
  readonly launches: number;
  readonly life: JobLife;
  /** Its result was handed out, and its output is gone. */
  readonly isTaken: boolean;
}

/** What can be asked of the daemon; the answer is the jobs it was about. Ids are whole. */
export type JobOrder =
  /** Asked again after a lost connection, with the same token, makes only those jobs that the first time did not. */
  | { readonly action: "submit"; readonly drafts: readonly JobDraft[]; readonly caller: Caller; readonly token: string; readonly isRepeated?: boolean }
  /** Resolves when it has ended, or after `forMs`. */
  | { readonly action: "wait"; readonly id: JobId; readonly forMs?: number }
  /** `take` hands the result out and removes it. */
  | { readonly action: "stop" | "kill" | "retry" | "take"; readonly ids: readonly JobId[] }
  /** Looks again at what others have written: jobs, and what begins by itself; the answer is what that began. */
  | { readonly action: "reload" };

/** What was asked for while it ran, if anything: it decides how its end is called. */
export type Ending = "timeout" | "cancelled" | "killed";

export type EndedJob = Job & { readonly life: Extract<JobLife, JobEnd> };

export function isEnded(job: Job): job is EndedJob {
  return job.life.status !== "queued" && job.life.status !== "running";
}

/** The status an exit leads to. */
export function endStatusOf(exit: Exit, asked: Ending | undefined): EndStatus {
  if (asked !== undefined) return asked;
  return exit.kind === "code" && exit.code === 0 ? "completed" : "failed";
}

const longestTitle = 200;

/** What a failure calls the job it is about. */
export function jobTitle(name: string, command: readonly string[]): string {
  const words = command.join(" ");
  return `job ${name} (${words.length <= longestTitle ? words : `${words.slice(0, longestTitle - 1)}…`})`;
}

/** Why an end is not a success; undefined for one that is. */
export function endFailure({ id, spec }: Pick<Job, "id" | "spec">, status: EndStatus, exit: Exit): Failure | undefined {
  const name = jobTitle(spec.name ?? id, spec.command);
  switch (status) {
    case "completed":
      return undefined;
    case "failed":
      if (exit.kind === "unknown") return { reason: "process_exited", message: `${name} ended while nobody saw how`, hint: `run it again with \`envctl job retry ${id}\`` };
      return { reason: "process_exited", message: `${name} ended with ${exitText(exit)}` };
    case "timeout":
      return { reason: "timed_out", message: `${name} was ended after ${(spec.timeoutMs ?? 0) / 1000} s`, hint: "give it longer with --timeout" };
    case "cancelled":
      return { reason: "cancelled", message: `${name} was stopped` };
    case "killed":
      return { reason: "cancelled", message: `${name} was killed` };
  }
}

/** Timers count in 32 bits. */
export const longestTimerMs = 2 ** 31 - 1;

/** How long a running job may still take; undefined for one without a limit. */
export function timeLeftMs({ spec: { timeoutMs }, life }: Job, nowMs: number): number | undefined {
  if (timeoutMs === undefined || life.status !== "running") return undefined;
  // Whatever the clock did meanwhile, no longer than it was given.
  return Math.min(longestTimerMs, timeoutMs, Math.max(0, Date.parse(life.startedAt) + timeoutMs - nowMs));
}

/** What follows an end: it stays as it is, begins again, or is forgotten. */
export function afterEnd({ spec, attempts }: Pick<Job, "spec" | "attempts">, status: EndStatus): ErrorPolicy {
  if (status !== "failed" && status !== "timeout") return "keep";
  return spec.onError === "requeue" && attempts >= spec.maxAttempts ? "keep" : spec.onError;
}

/** What a new daemon finds of a job that was launched and not seen to end. */
export interface Found {
  /** The command had begun; else this daemon has made sure that it never will. */
  readonly hasBegun: boolean;
  /** Its first process lives. */
  readonly isAlive: boolean;
  /** As its front shell left it. */
  readonly exit: Exit | undefined;
}

/**
 * Nothing runs twice: only what provably never began goes back. `lost` is what had begun and ended while nobody could see
 * how; its policy says what follows.
 */
export function recoveryOf({ hasBegun, isAlive, exit }: Found): "return" | "adopt" | "finish" | "lost" {
  if (!hasBegun) return "return";
  if (exit !== undefined) return "finish";
  return isAlive ? "adopt" : "lost";
}

/** What the exit code of a command that waited for a job is. */
export function exitOfJob(status: JobStatus): ExitCode {
  if (status === "timeout") return exitCodes.timeout;
  return status === "completed" ? exitCodes.ok : exitCodes.failure;
}

/** The unit its processes are marked with: `<project>/job-<id>`. */
export function jobUnitId({ id, spec }: Pick<Job, "id" | "spec">): string {
  return `${spec.project}/job-${id}`;
}

/** The unit that processes of a project's graph are marked with; no service can be called that. */
export function graphUnitId(project: string): string {
  return `${project}/+graph`;
}

/** The project of whose graph a mark tells; undefined for any other mark, or another repository's. */
export function markedGraph(mark: string, scopeId: string): string | undefined {
  return mark.startsWith(`${scopeId}/`) ? /^(.+)\/\+graph\/[^/]+$/.exec(mark.slice(scopeId.length + 1))?.[1] : undefined;
}

/** Whether a mark's unit is work, a job or a graph, and no part of the stack. */
export function isWork(unitId: string): boolean {
  return /\/(?:job-\d{19}|\+graph)$/.test(unitId);
}

/** When a job was ordered: its id begins with the time. */
export function queuedAt(id: JobId): string {
  return new Date(Number(BigInt(id) / 1_000_000n)).toISOString();
}

/** True for a whole id. */
export function isJobId(text: string): boolean {
  return /^\d{19}$/.test(text);
}

const shortestForm = 4;

/** The ids that `text` may mean: itself, or those that end with it. */
export function idsMeant(text: string, known: readonly JobId[]): readonly JobId[] {
  return isJobId(text) ? known.filter((id) => id === text) : known.filter((id) => text.length >= shortestForm && /^\d+$/.test(text) && id.endsWith(text));
}

/** Whether a job's name or project fits a pattern. */
export function nameMatches({ spec }: Pick<Job, "spec">, pattern: string): boolean {
  return [spec.name, spec.project].some((word) => word !== undefined && fitsWildcard(pattern, word));
}

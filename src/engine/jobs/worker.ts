/**
 * Runs jobs, one attempt after another: reserved before it is launched, noted before it begins, settled when it has ended.
 * Whatever ends this daemon meanwhile, the next one finds out from the files and the process table what became of each.
 */
import { isoTime } from "../../host/clock.ts";
import { isExpired } from "../../jobs/job-files.ts";
import { afterEnd, endFailure, endStatusOf, isEnded, jobUnitId, recoveryOf, timeLeftMs, type EndedJob, type EndStatus, type Ending, type Job, type JobEnd, type JobId } from "../../model/job.ts";
import type { Failure } from "../../model/failure.ts";
import { defaultStop, type Exit, type ProcessHandle } from "../../model/unit.ts";
import { killMarked, killProcesses, stopProcesses, type ProcessTarget } from "../stop-processes.ts";
import type { Tracked } from "../supervise.ts";
import type { Turn } from "../waiting-line.ts";
import { atFullDisk, skipFailure, startFailure } from "./job-failures.ts";
import { jobTurn, limitPlaces } from "./job-turn.ts";
import { watchJob } from "./watch-limits.ts";
import { KnownJobs } from "./known-jobs.ts";
import { UnwrittenEnds } from "./unwritten-ends.ts";
import { exitIn, launchJob, livingHandle, stopPartsOf, type JobParts } from "./launch-job.ts";

/** A job that is being carried out. */
interface Attempt {
  readonly taskId: string;
  /** What was asked for first decides how its end is called. */
  asked?: Ending;
  /** There once it was launched. */
  process?: { readonly tracked: Tracked; readonly handle: ProcessHandle };
  timer?: NodeJS.Timeout;
  /** Why it was ended, where that says more than what was asked for. */
  failure?: Failure;
  unwatch?: () => void;
}

/** Whoever waits for a job that is to be forgotten still reads what it wrote. */
const clearAfterMs = 5000;

export class JobWorker {
  readonly #parts: JobParts;
  readonly #ends: UnwrittenEnds;
  readonly jobs = new KnownJobs();
  readonly #attempts = new Map<JobId, Attempt>();
  /** The tasks of those that wait. */
  readonly #waiting = new Map<JobId, string>();
  #tasks = 0;
  #isRecovering = false;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#ends = new UnwrittenEnds(parts.files, parts.engine.store);
  }

  /** Takes charge of what an earlier daemon left. Runs once, before anything else; nobody gets a turn meanwhile. */
  async recover(): Promise<void> {
    const { files, engine } = this.#parts;
    await files.repair();
    for (const job of await files.load()) {
      if (isExpired(job, engine.host.clock.now())) await files.forget(job.id);
      else this.jobs.note(job);
      limitPlaces(engine.line, job);
    }
    // What runs already has its place before anything else gets one.
    this.#isRecovering = true;
    for (const job of this.jobs.all()) if (job.life.status === "running") await this.#recoverOne(job);
    this.#isRecovering = false;
    for (const job of this.jobs.all()) if (job.life.status === "queued") this.#enqueue(job);
  }

  /** Takes in a job that others wrote and that has ended. */
  know(job: EndedJob): void {
    if (this.jobs.find(job.id) === undefined) this.jobs.note(job);
  }

  /** Takes new jobs, which are on disk already. */
  add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.jobs.note(job);
      limitPlaces(this.#parts.engine.line, job);
      this.#enqueue(job);
    }
    this.#parts.engine.line.startNext();
  }

  /** Ends a job; nothing when it has ended. Resolves with what lives on though everything was tried. */
  async end(id: JobId, how: Ending): Promise<Failure | undefined> {
    const job = this.jobs.find(id);
    const attempt = this.#attempts.get(id);
    if (job === undefined || isEnded(job)) return undefined;
    if (attempt === undefined) return this.#cancelQueued(job);
    attempt.asked ??= how;
    const { process } = attempt;
    if (process === undefined) return undefined;
    const parts = stopPartsOf(this.#parts);
    const target = { spec: { id: jobUnitId(job), stop: defaultStop, ports: [] }, ...process };
    const result = await (how === "killed" ? killProcesses(parts, target) : stopProcesses(parts, target));
    return result.stuck?.failure;
  }

  /** Begins an ended job anew. Of two that ask at once the other one finds it queued. */
  async retry(job: Job): Promise<void> {
    const queued: Job = { ...job, life: { status: "queued" } };
    await this.jobs.claim(job, queued, async () => {
      await this.#ends.forget(job.id);
      await this.#parts.files.again(job.id, "done");
    });
    this.jobs.change(queued);
    this.#enqueue(queued);
    this.#parts.engine.line.startNext();
  }

  /** Hands the result out: what it was is still known. Of two that ask at once the other one finds it taken. */
  async take(job: Job): Promise<void> {
    await this.jobs.claim(job, { ...job, isTaken: true }, async () => {
      const { cleared } = await this.#parts.files.take(job);
      await this.#ends.forget(job.id);
      // What is still there when this daemon is killed, the next one removes.
      cleared.catch(() => undefined);
    });
  }

  /** Nothing of an ended job is left. */
  async forget(id: JobId): Promise<void> {
    this.jobs.forget(id);
    await this.#ends.forget(id);
    await this.#parts.files.forget(id);
  }

  /** What runs goes on running. */
  close(): void {
    for (const { timer, unwatch } of this.#attempts.values()) {
      clearTimeout(timer);
      unwatch?.();
    }
    this.#ends.close();
    this.#parts.supervisor.close();
  }

  #enqueue(job: Job): void {
    const turn = this.#turnOf(job);
    this.#waiting.set(job.id, turn.task.id);
    this.#parts.engine.line.add(turn);
  }

  #turnOf(job: Job): Turn {
    const { id } = job;
    this.#tasks += 1;
    const taskId = `${id}.${this.#tasks}`;
    return jobTurn(job, taskId, (before) => this.jobs.find(before)?.life.status === "completed", { begin: () => this.#beginTurn(id, taskId), skip: () => this.#skip(id) });
  }

  /** Those it follows, as they are now. */
  #before({ spec }: Job): readonly Job[] {
    return (spec.after ?? []).flatMap((id) => this.jobs.find(id) ?? []);
  }

  /** It will never begin. */
  #skip(id: JobId): void {
    const job = this.jobs.find(id);
    this.#leave(id);
    if (job?.life.status === "queued") void this.#cancelQueued(job, skipFailure(job, this.#before(job)));
  }

  #beginTurn(id: JobId, taskId: string): void {
    const job = this.jobs.find(id);
    this.#waiting.delete(id);
    if (job?.life.status === "queued" && !this.#attempts.has(id)) void this.#begin(job, taskId);
    else this.#parts.engine.line.end(taskId, false);
  }

  async #begin(queued: Job, taskId: string): Promise<void> {
    const { files, engine } = this.#parts;
    const attempt: Attempt = { taskId };
    this.#attempts.set(queued.id, attempt);
    const startedAt = isoTime(engine.host.clock);
    const job: Job = { ...queued, launches: queued.launches + 1, attempts: queued.attempts + 1, life: { status: "running", startedAt } };
    try {
      await this.#ends.flush();
      const stored = await files.stored(job.id);
      if (!(await files.reserve(job.id)) || stored === undefined) throw new Error(`the order of job ${job.id} is gone`);
      await files.noteLaunch(job.id, { launches: job.launches, attempts: job.attempts, startedAt });
      this.jobs.change(job);
      const process = await launchJob(this.#parts, job, stored, this.#before(job));
      // It runs, whether that can be noted or not: a daemon that does not know its process finds it by its mark.
      await files.noteLaunch(job.id, { launches: job.launches, attempts: job.attempts, startedAt, handle: process.handle }).catch(() => undefined);
      this.jobs.change({ ...job, life: { status: "running", startedAt, handle: process.handle } });
      this.#follow(job, attempt, process);
    } catch (error) {
      await this.#finish(job, attempt, { kind: "unknown" }, startFailure(job, error));
    }
  }

  #follow(job: Job, attempt: Attempt, process: NonNullable<Attempt["process"]>): void {
    attempt.process = process;
    const leftMs = timeLeftMs(job, this.#parts.engine.host.clock.now());
    if (leftMs !== undefined) attempt.timer = setTimeout(() => void this.end(job.id, "timeout"), leftMs);
    attempt.unwatch = watchJob(this.#parts, job, process.handle, (failure) => {
      if (attempt.asked === undefined) attempt.failure = failure;
      void this.end(job.id, "killed");
    });
    void process.tracked.ended.then((exit) => this.#afterExit(job, attempt, process.handle, exit));
    // It was asked to end while it was being launched.
    if (attempt.asked !== undefined) void this.end(job.id, attempt.asked);
  }

  /** What it left running in its session ends with it. */
  async #afterExit(job: Job, attempt: Attempt, handle: ProcessHandle, exit: Exit): Promise<void> {
    const target: ProcessTarget = { spec: { id: jobUnitId(job), stop: defaultStop, ports: [] }, handle, isUrgent: true };
    await killProcesses(stopPartsOf(this.#parts), target);
    await this.#finish(job, attempt, exit);
  }

  async #finish(job: Job, attempt: Attempt, exit: Exit, failure?: Failure): Promise<void> {
    const { files } = this.#parts;
    clearTimeout(attempt.timer);
    attempt.unwatch?.();
    const status = endStatusOf(exit, attempt.asked);
    const what = afterEnd(job, status);
    // What cannot be moved back now is moved when it begins.
    if (what === "requeue") await files.again(job.id, "reserved").catch(() => undefined);
    else await this.#settle(job, await this.#endOf(job, status, exit, failure ?? attempt.failure), "reserved");
    if (what === "clear") setTimeout(() => void this.forget(job.id).catch(() => undefined), clearAfterMs).unref();
    this.#attempts.delete(job.id);
    if (what === "requeue") {
      const queued: Job = { ...job, life: { status: "queued" } };
      this.jobs.change(queued);
      // Before its old place is given up, so that what follows it goes on hoping. While jobs are recovered, all that wait follow at once.
      if (!this.#isRecovering) this.#enqueue(queued);
    }
    this.#parts.engine.line.end(attempt.taskId, status === "completed");
    // Begun again by somebody, it is new to those that follow it.
    if (what !== "requeue") this.#parts.engine.line.forget(attempt.taskId);
    this.#parts.engine.line.startNext();
  }

  async #endOf(job: Job, status: EndStatus, exit: Exit, known: Failure | undefined): Promise<JobEnd> {
    const { files } = this.#parts;
    const failure = known ?? atFullDisk(endFailure(job, status, exit), files.freeBytes());
    const outputs = await files.outputOf(job.id, job.launches);
    return { status, exit, endedAt: isoTime(this.#parts.engine.host.clock), ...outputs, ...(failure === undefined ? {} : { failure }) };
  }

  /** Whoever waits for it is told also when it cannot be written. */
  async #settle(job: Job, end: JobEnd, from: "inbox" | "reserved"): Promise<void> {
    const { startedAt } = job.life.status === "running" ? job.life : {};
    await this.#ends.settle(job.id, { end, from });
    this.jobs.change({ ...job, life: { ...(startedAt === undefined ? {} : { startedAt }), ...end } });
  }

  async #cancelQueued(job: Job, failure?: Failure): Promise<undefined> {
    // Nobody begins it meanwhile.
    this.#attempts.set(job.id, { taskId: "" });
    await this.#settle(job, await this.#endOf(job, "cancelled", { kind: "unknown" }, failure), "inbox");
    this.#attempts.delete(job.id);
    this.#withdraw(job.id);
  }

  #withdraw(id: JobId): void {
    this.#parts.engine.line.withdraw(this.#waiting.get(id) ?? "");
    this.#leave(id);
    this.#parts.engine.line.startNext();
  }

  /** It is out of the line already. */
  #leave(id: JobId): void {
    const taskId = this.#waiting.get(id);
    if (taskId !== undefined) this.#parts.engine.line.forget(taskId);
    this.#waiting.delete(id);
  }

  async #recoverOne(job: Job): Promise<void> {
    const { files, supervisor } = this.#parts;
    const paths = files.filesOf(job.id, job.launches);
    const hasBegun = !(await files.forestall(job.id, job.launches));
    const handle = livingHandle(this.#parts, job);
    const exit = exitIn(paths);
    switch (recoveryOf({ hasBegun, isAlive: handle !== undefined, exit })) {
      case "return":
        await files.again(job.id, "reserved");
        return this.jobs.change({ ...job, attempts: job.attempts - 1, life: { status: "queued" } });
      case "adopt":
        return handle === undefined ? undefined : this.#follow(job, this.#occupied(job), { handle, tracked: supervisor.track(jobUnitId(job), handle, paths.status) });
      case "lost":
        await killMarked(stopPartsOf(this.#parts), jobUnitId(job));
        return this.#finish(job, this.#occupied(job), exitIn(paths) ?? { kind: "unknown" });
      case "finish":
        return this.#finish(job, this.#occupied(job), exit ?? { kind: "unknown" });
    }
  }

  /** Its place in the line is taken already. */
  #occupied(job: Job): Attempt {
    const turn = this.#turnOf(job);
    const since = job.life.status === "running" ? job.life.startedAt : isoTime(this.#parts.engine.host.clock);
    this.#parts.engine.line.occupy(turn, since);
    const attempt: Attempt = { taskId: turn.task.id };
    this.#attempts.set(job.id, attempt);
    return attempt;
  }
}

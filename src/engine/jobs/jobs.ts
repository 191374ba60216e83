/** Orders about jobs, as they come from callers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../host/files.ts";
import { createIds } from "../../jobs/ids.ts";
import { isExpired, JobFiles, type StoredJob } from "../../jobs/job-files.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import type { Caller } from "../../model/intent.ts";
import { isEnded, longestTimerMs, type Job, type JobDraft, type JobId, type JobOrder } from "../../model/job.ts";
import type { UnitSpec } from "../../model/unit.ts";
import { unitIdOf } from "../../model/unit.ts";
import { unknownTarget } from "../../plan/select.ts";
import type { Engine } from "../engine.ts";
import { planIntent } from "../planning.ts";
import { createSupervisor } from "../supervise.ts";
import { Autostart } from "./autostart.ts";
import { jobLocks } from "./job-locks.ts";
import { recordTransition } from "./record-transitions.ts";
import { JobWorker } from "./worker.ts";

export interface Jobs {
  /** Throws a UserError for a job that is not there, or not in the state it would have to be in. */
  order(order: JobOrder, signal: AbortSignal): Promise<readonly Job[]>;
  /** Jobs that run or wait to. */
  count(): number;
  close(): void;
}

/** Takes charge of earlier jobs at once; orders wait for that. */
export function createJobs(engine: Engine): Jobs {
  const root = engine.scope.jobs;
  const durability = engine.host.environment["ENVCTL_DURABILITY"] === "power" ? "power" : "process";
  const files = new JobFiles(root, durability);
  const worker = new JobWorker({ engine, files, supervisor: createSupervisor(engine) });
  let isReady = !existsSync(root);
  const ready = isReady ? Promise.resolve() : worker.recover().finally(() => (isReady = true));
  if (!isReady) engine.line.holdUntil(ready);
  // Told to whoever orders something.
  ready.catch(() => undefined);
  worker.jobs.watch((job) => recordTransition(join(root, "events.jsonl"), engine.host.clock, job));
  let nextId: (() => JobId) | undefined;
  const taking: TakingParts = { engine, files, worker, nextId: () => (nextId ??= createIds(engine.host.clock, worker.jobs.all().map(({ id }) => id).sort().at(-1)))() };
  const parts: OrderParts = { ...taking, underWay: new Map(), autostart: autostartOf(taking) };
  ready.then(() => parts.autostart.read()).catch((error: unknown) => engine.store.dispatch({ type: "warning", code: "autostart_failed", message: `what is to begin by itself could not be begun: ${errorText(error)}` }));
  return {
    count: () => (isReady ? worker.jobs.all().filter((job) => !isEnded(job)).length + parts.autostart.count() : 1),
    close: () => {
      parts.autostart.close();
      worker.close();
    },
    order: async (order, signal) => {
      await ready;
      return carriedOut(parts, order, signal);
    },
  };
}

/** What new jobs are made with. */
interface TakingParts {
  readonly engine: Engine;
  readonly files: JobFiles;
  readonly worker: JobWorker;
  readonly nextId: () => JobId;
}

interface OrderParts extends TakingParts {
  /** By token: the same order may come again over another connection. */
  readonly underWay: Map<string, Promise<readonly Job[]>>;
  readonly autostart: Autostart;
}

/** Its jobs have the daemon's own environment: nobody ordered them. */
function autostartOf(parts: TakingParts): Autostart {
  const { engine, files, worker } = parts;
  const environment = Object.fromEntries(Object.entries(engine.host.environment).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const caller: Caller = { directory: engine.checkout.repository, environment };
  return new Autostart({ engine, files, worker, submit: (drafts, token, isRepeated) => submit(parts, { action: "submit", drafts, token, isRepeated, caller }) });
}

async function carriedOut(parts: OrderParts, order: JobOrder, signal: AbortSignal): Promise<readonly Job[]> {
  const { worker, underWay, autostart } = parts;
  switch (order.action) {
    case "submit": {
      const submitted = underWay.get(order.token) ?? submit(parts, order).finally(() => underWay.delete(order.token));
      underWay.set(order.token, submitted);
      return submitted;
    }
    case "wait":
      return [await ended(parts, found(worker, order.id), signal, order.forMs)];
    case "stop":
    case "kill":
      return endAll(parts, order.ids.map((id) => found(worker, id)), order.action === "stop" ? "cancelled" : "killed", signal);
    case "retry":
      return each(order.ids, async (id) => worker.retry(endedJob(worker, id)), worker);
    case "take":
      return each(order.ids, async (id) => worker.take(endedJob(worker, id)), worker);
    case "reload":
      await lookAgain(parts);
      await autostart.read();
      return worker.jobs.all().filter((job) => job.spec.autostart !== undefined && !isEnded(job));
  }
}

/** What was taken in since, and what is old enough to be forgotten; a job that is to be cleared is, by itself. */
async function lookAgain({ engine, files, worker }: TakingParts): Promise<void> {
  for (const job of await files.load()) if (isEnded(job)) worker.know(job);
  for (const job of worker.jobs.all()) if (job.spec.onError !== "clear" && isExpired(job, engine.host.clock.now())) await worker.forget(job.id);
}

type Submit = Extract<JobOrder, { readonly action: "submit" }>;

/** All of them are well described before the first is taken. */
async function submit(parts: TakingParts, order: Submit): Promise<readonly Job[]> {
  const known = order.isRepeated === true ? await jobsByToken(parts) : new Map<string, Job>();
  const prepared: StoredJob[] = [];
  for (const [index, draft] of order.drafts.entries()) prepared.push(await storedJob(parts.engine, draft, order.caller, `${order.token}.${index}`));
  const jobs: Job[] = [];
  try {
    for (const [index, stored] of prepared.entries()) jobs.push(known.get(stored.token) ?? (await submitted(parts, following(stored, order.drafts[index]?.follows?.flatMap((number) => jobs[number]?.id ?? [])))));
  } catch (error) {
    // What was refused must not be carried out by the next daemon.
    for (const { id } of jobs) if (parts.worker.jobs.find(id) === undefined) await parts.files.forget(id).catch(() => undefined);
    throw error;
  }
  parts.worker.add(jobs.filter(({ id }) => parts.worker.jobs.find(id) === undefined));
  return jobs;
}

function following(stored: StoredJob, after: readonly JobId[] = []): StoredJob {
  return after.length === 0 ? stored : { ...stored, spec: { ...stored.spec, after } };
}

async function submitted({ files, nextId }: TakingParts, stored: StoredJob): Promise<Job> {
  const id = nextId();
  await files.submit(id, stored);
  return { id, spec: stored.spec, attempts: 0, launches: 0, life: { status: "queued" }, isTaken: false };
}

async function jobsByToken({ files, worker }: TakingParts): Promise<ReadonlyMap<string, Job>> {
  const jobs = new Map<string, Job>();
  for (const job of worker.jobs.all()) {
    const stored = await files.stored(job.id);
    if (stored !== undefined) jobs.set(stored.token, job);
  }
  return jobs;
}

async function storedJob(engine: Engine, draft: JobDraft, caller: Caller, token: string): Promise<StoredJob> {
  const { env, input, follows: _follows, ...described } = draft;
  const projects = engine.discoverProjects();
  const fact = projects.find(({ name }) => name === draft.project);
  if (fact === undefined) throw unknownTarget("project", draft.project, projects.map(({ name }) => name));
  const service = draft.service === undefined ? undefined : await serviceSpec(engine, draft.project, draft.service, caller);
  const directory = draft.directory ?? service?.directory ?? fact.root;
  if (!existsSync(directory)) throw new UserError({ reason: "directory_missing", message: `${directory} does not exist`, hint: "name another directory, or make it" });
  const locks = await jobLocks(engine, draft, caller.environment);
  return { spec: { ...described, ...locks, directory }, env: { ...service?.env, ...env }, callerEnvironment: caller.environment, token, ...(input === undefined ? {} : { input }) };
}

/** As it runs, or would run if it were started now. */
async function serviceSpec(engine: Engine, project: string, service: string, caller: Caller): Promise<UnitSpec> {
  const { plan } = await planIntent(engine, { kind: "start", selection: { projects: [project], services: [service] }, caller });
  const node = plan.nodes.find(({ unitId }) => unitId === unitIdOf(project, service));
  if (node === undefined) throw unknownTarget("service", service, plan.nodes.map(({ spec }) => spec.name));
  return node.spec;
}

function found(worker: JobWorker, id: JobId): Job {
  const job = worker.jobs.find(id);
  if (job !== undefined) return job;
  throw new UserError({ reason: "unknown_target", message: `there is no job ${id}`, hint: "`envctl jobs --all` lists them" }, exitCodes.interrupted);
}

function endedJob(worker: JobWorker, id: JobId): Job {
  const job = found(worker, id);
  if (job.isTaken) throw new UserError({ reason: "unknown_target", message: `the result of job ${id} was already taken`, hint: "with --peek it stays" }, exitCodes.interrupted);
  if (isEnded(job)) return job;
  throw new UserError({ reason: "conflict", message: `job ${id} has not ended: it is ${job.life.status}`, hint: `wait for it with \`envctl result ${id}\`` }, exitCodes.conflict);
}

async function each(ids: readonly JobId[], act: (id: JobId) => Promise<void>, worker: JobWorker): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for (const id of ids) {
    await act(id);
    jobs.push(found(worker, id));
  }
  return jobs;
}

/** The job as it is once it has ended, or when nobody waits any more. */
async function ended({ engine, worker }: TakingParts, job: Job, signal: AbortSignal, forMs?: number): Promise<Job> {
  if (isEnded(job)) return job;
  const { promise, resolve } = settling<Job>();
  const unwatch = worker.jobs.watch((changed) => changed.id === job.id && isEnded(changed) && resolve(changed));
  const give = new AbortController();
  const either = AbortSignal.any([signal, give.signal]);
  const timeUp = forMs === undefined ? new Promise<void>((done) => either.addEventListener("abort", () => done(), { once: true })) : engine.host.clock.sleep(Math.min(longestTimerMs, forMs), either).catch(() => undefined);
  try {
    return await Promise.race([promise, timeUp.then(() => worker.jobs.find(job.id) ?? job)]);
  } finally {
    unwatch();
    give.abort();
  }
}

function settling<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

/** Resolves when all of them have ended. Throws a UserError that names what lives on. */
async function endAll(parts: TakingParts, jobs: readonly Job[], how: "cancelled" | "killed", signal: AbortSignal): Promise<readonly Job[]> {
  return Promise.all(jobs.map(async (job) => {
    const done = ended(parts, job, signal);
    const stuck = await parts.worker.end(job.id, how);
    if (stuck !== undefined) throw new UserError(stuck);
    return done;
  }));
}

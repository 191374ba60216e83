/**
 * Begins jobs that nobody orders: when the daemon starts, whenever one has ended that is to run all the time, and by the clock.
 * What follows is decided in the model; here are the timers, the orders, and the file that tells how each is.
 */
import { errorText } from "../../host/files.ts";
import type { JobFiles } from "../../jobs/job-files.ts";
import { afterEnsured, wasAsked, type AutostartManifest, type AutostartPolicy, type AutostartState, type AutostartStatus } from "../../model/autostart.ts";
import { UserError, type Failure } from "../../model/failure.ts";
import { isEnded, type Job, type JobDraft, type JobId } from "../../model/job.ts";
import { dueNow } from "../../model/timetable.ts";
import type { EngineParts } from "../engine.ts";
import type { JobWorker } from "./worker.ts";

export interface AutostartParts {
  readonly engine: Pick<EngineParts, "host" | "trust" | "autostart">;
  readonly worker: Pick<JobWorker, "jobs" | "forget">;
  /** Where an earlier daemon may have ordered them already, the same token makes the same jobs, never more of them. */
  readonly submit: (drafts: readonly JobDraft[], token: string, isRepeated: boolean) => Promise<readonly Job[]>;
  readonly files: Pick<JobFiles, "autostarts" | "noteAutostarts">;
}

interface Entry {
  readonly manifest: AutostartManifest;
  state: AutostartState;
  /** What was begun last. */
  launch: readonly JobId[];
  timer?: NodeJS.Timeout;
}

type Known = ReturnType<AutostartParts["files"]["autostarts"]>;
type Timed = Extract<AutostartPolicy, { readonly mode: "timed" }>;
type Ensured = Extract<AutostartPolicy, { readonly mode: "ensure" }>;

/** Of each manifest so many jobs are kept that have ended. */
const keptJobs = 10;

/** A timer does not count while the machine sleeps, and knows nothing of a clock that is put forward: so late something may be begun then. */
const longestTimerMs = 60_000;

export class Autostart {
  readonly #parts: AutostartParts;
  readonly #entries = new Map<string, Entry>();
  readonly #unwatch: () => void;
  #reading: Promise<void> = Promise.resolve();
  /** Of manifests that are there and have had no turn yet. */
  #remembered: Known = {};
  /** Readings and beginnings under way. */
  #atWork = 0;
  #isClosed = false;

  constructor(parts: AutostartParts) {
    this.#parts = parts;
    this.#unwatch = parts.worker.jobs.watch((job) => this.#changed(job));
  }

  /** Reads what there is and begins what is new or different; of what is gone nothing more is begun. One reading after another. */
  read(): Promise<void> {
    this.#atWork += 1;
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#readNow()).finally(() => (this.#atWork -= 1));
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    const { engine, files } = this.#parts;
    const known = files.autostarts();
    if (/^(?:0|false|no)$/.test(engine.host.environment["ENVCTL_AUTOSTART"] ?? "")) return this.#switchOff(known);
    const manifests = engine.autostart();
    this.#remembered = Object.fromEntries(Object.entries(known).filter(([name]) => manifests.some((one) => one.name === name)));
    for (const [name, { timer }] of this.#entries) {
      if (manifests.some((one) => one.name === name)) continue;
      clearTimeout(timer);
      this.#entries.delete(name);
    }
    for (const manifest of manifests) if (!this.#isCurrent(manifest)) await this.#enter(manifest, known[manifest.name]);
    if (manifests.length > 0 || Object.keys(known).length > 0) this.#save();
  }

  #switchOff(known: Known): void {
    const entries = Object.entries(known).flatMap(([name, state]) => (state === undefined ? [] : [[name, { ...state, status: "off" as const }] as const]));
    if (entries.length > 0) this.#parts.files.noteAutostarts(Object.fromEntries(entries));
  }

  /** Those that wait for their time, or are being begun: a daemon that leaves would not begin them. */
  count(): number {
    return this.#atWork + [...this.#entries.values()].filter(({ timer }) => timer !== undefined).length;
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
  }

  #isCurrent(manifest: AutostartManifest): boolean {
    const before = this.#entries.get(manifest.name);
    if (before === undefined || before.state.contentHash !== manifest.contentHash) return false;
    return (before.state.status === "untrusted") === !this.#parts.engine.trust.isTrusted(manifest);
  }

  async #enter(manifest: AutostartManifest, remembered: AutostartState | undefined): Promise<void> {
    const { contentHash, policy, failure } = manifest;
    clearTimeout(this.#entries.get(manifest.name)?.timer);
    const { sinceMs = this.#now() } = remembered?.contentHash === contentHash ? remembered : {};
    const entry: Entry = { manifest, state: { status: "done", contentHash, sinceMs, restarts: 0 }, launch: [] };
    this.#entries.set(manifest.name, entry);
    if (policy === undefined) return this.#set(entry, { status: "invalid", ...(failure === undefined ? {} : { failure }) });
    if (!this.#parts.engine.trust.isTrusted(manifest)) return this.#set(entry, { status: "untrusted", failure: untrusted(manifest) });
    const living = this.#jobs(manifest.name).filter((job) => !isEnded(job));
    entry.launch = living.map(({ id }) => id);
    if (living.length > 0) return this.#set(entry, { status: "running" });
    if (policy.mode === "timed") this.#await(entry, policy);
    else await this.#launch(entry, policy, `${sinceMs}.${this.#now()}`);
  }

  /** Begins it now if it is due, and else when it is. */
  #await(entry: Entry, policy: Timed, failure?: Failure): void {
    const { isDue, sinceMs, nextMs } = dueNow(policy.timetable, entry.state.sinceMs, this.#now());
    if (isDue) return void this.#launch(entry, policy, String(sinceMs), sinceMs);
    this.#set(entry, { status: "waiting", sinceMs, nextMs, ...(failure === undefined ? {} : { failure }) });
    this.#wake(entry, nextMs, () => this.#await(entry, policy));
  }

  #wake(entry: Entry, atMs: number, act: () => void): void {
    if (this.#isClosed) return;
    const look = (): void => {
      delete entry.timer;
      if (this.#now() >= atMs) act();
      else this.#wake(entry, atMs, act);
    };
    entry.timer = setTimeout(look, Math.min(longestTimerMs, Math.max(0, atMs - this.#now())));
  }

  /** Its round is known before it is noted: begun a second time after a sudden end, it makes the same jobs. */
  async #launch(entry: Entry, policy: AutostartPolicy, round: string, sinceMs = entry.state.sinceMs): Promise<void> {
    const { name } = entry.manifest;
    this.#atWork += 1;
    try {
      const drafts = await entry.manifest.drafts();
      if (!this.#isStillTrusted(entry)) return this.#set(entry, { status: "untrusted", sinceMs, failure: untrusted(entry.manifest) });
      entry.launch = (await this.#parts.submit(drafts, `autostart.${name}.${round}`, entry.launch.length === 0)).map(({ id }) => id);
      this.#set(entry, { status: "running", sinceMs });
      await this.#forgetOld(entry);
      this.#follow(entry, policy);
    } catch (error) {
      const [told] = error instanceof UserError ? error.failures : [];
      const failure: Failure = told ?? { reason: "internal", message: `${name} could not be begun: ${errorText(error)}` };
      this.#set(entry, { status: "invalid", sinceMs, failure });
      if (policy.mode === "timed") this.#await(entry, policy, failure);
    } finally {
      this.#atWork -= 1;
    }
  }

  /** Its files, which may have changed since they were read last, are looked at as they are now. */
  #isStillTrusted({ manifest }: Entry): boolean {
    const { autostart, trust } = this.#parts.engine;
    const now = autostart().find(({ name }) => name === manifest.name);
    return now !== undefined && trust.isTrusted(now);
  }

  #changed({ id, spec, life }: Job): void {
    const entry = spec.autostart === undefined ? undefined : this.#entries.get(spec.autostart);
    const policy = entry?.manifest.policy;
    if (entry !== undefined && policy !== undefined && entry.launch.includes(id) && life.status !== "running") this.#follow(entry, policy);
  }

  /** Goes on when everything of a launch has ended. */
  #follow(entry: Entry, policy: AutostartPolicy): void {
    const jobs = entry.launch.flatMap((id) => this.#parts.worker.jobs.find(id) ?? []);
    const isCurrent = !this.#isClosed && this.#entries.get(entry.manifest.name) === entry;
    if (!isCurrent || entry.state.status !== "running" || !jobs.every(isEnded)) return;
    switch (policy.mode) {
      case "once":
        return this.#set(entry, { status: "done" });
      case "timed":
        return this.#await(entry, policy);
      case "ensure":
        return this.#ensure(entry, policy, jobs);
    }
  }

  #ensure(entry: Entry, policy: Ensured, jobs: readonly Job[]): void {
    if (jobs.some(wasAsked)) return this.#set(entry, { status: "stopped" });
    const { restarts, delayMs } = afterEnsured(policy, entry.state.restarts, ranMs(jobs));
    if (delayMs === undefined) return this.#set(entry, { status: "degraded", failure: degraded(entry.manifest, policy.max, jobs) });
    const nextMs = this.#now() + delayMs;
    this.#set(entry, { status: "restarting", restarts, nextMs });
    this.#wake(entry, nextMs, () => void this.#launch(entry, policy, String(nextMs)));
  }

  #jobs(name: string): readonly Job[] {
    return this.#parts.worker.jobs.all().filter(({ spec }) => spec.autostart === name);
  }

  async #forgetOld({ manifest }: Entry): Promise<void> {
    const ended = this.#jobs(manifest.name).filter(isEnded);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - keptJobs))) await this.#parts.worker.forget(id);
  }

  #set(entry: Entry, change: { readonly status: AutostartStatus } & Partial<AutostartState>): void {
    const { contentHash, sinceMs, restarts } = entry.state;
    entry.state = { contentHash, sinceMs, restarts, ...change };
    this.#save();
  }

  /** A full disk must not keep anything from being begun. */
  #save(): void {
    try {
      this.#parts.files.noteAutostarts({ ...this.#remembered, ...Object.fromEntries([...this.#entries].map(([name, { state }]) => [name, state])) });
    } catch {
      // What is due after the next start of a daemon is told by what was written last.
    }
  }

  #now(): number {
    return this.#parts.engine.host.clock.now();
  }
}

function ranMs(jobs: readonly Job[]): number {
  const times = jobs.flatMap(({ life }) => ("endedAt" in life ? [Date.parse(life.startedAt ?? life.endedAt), Date.parse(life.endedAt)] : []));
  return Math.max(...times) - Math.min(...times);
}

function untrusted({ path }: AutostartManifest): Failure {
  return { reason: "adapter_untrusted", message: `${path} would run by itself, and nobody has allowed that`, hint: "look at it with `envctl trust --dry-run`, allow it with `envctl trust`, then `envctl autostart reload`" };
}

function degraded({ name }: AutostartManifest, max: number, jobs: readonly Job[]): Failure {
  const last = jobs.findLast(({ life }) => "failure" in life)?.life;
  const cause = last !== undefined && "failure" in last ? last.failure : undefined;
  return { reason: "restart_limit", message: `${name} ended ${max + 1} times in a row and is given up`, hint: "mend it, then `envctl daemon restart` begins it again", ...(cause === undefined ? {} : { cause }) };
}

/**
 * Jobs on disk. The order of a job is one message that moves `inbox → reserved → done`; what becomes known of it meanwhile
 * lies beside it under the same id: `launches` says how often it was begun, `ends` how it ended, `taken` that its result was
 * handed out. Files its processes write are below `work/<id>/`, numbered by launch.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, readJson, writeAtomic } from "../host/files.ts";
import type { AutostartState } from "../model/autostart.ts";
import { afterEnd, isEnded, isJobId, type Job, type JobEnd, type JobId, type JobLife, type JobOutput, type JobSpec } from "../model/job.ts";
import type { ProcessHandle } from "../model/unit.ts";
import { freeBytes } from "../host/space.ts";
import { keptOutput, sizeOf } from "./outputs.ts";
import { removeRemains } from "./remains.ts";
import { draftsQueue, Spool, type Durability } from "./spool.ts";

/** The order as it is kept, 0600: it holds the environment of whoever gave it. */
export interface StoredJob {
  readonly spec: JobSpec;
  /** What is configured and what was given with the order; values may hold secret references. */
  readonly env: Readonly<Record<string, string>>;
  readonly callerEnvironment: Readonly<Record<string, string>>;
  /** Its standard input. */
  readonly input?: string;
  /** Of the order, and which of its jobs this is. */
  readonly token: string;
}

/** What is noted before a launch, and again with the handle after it. */
export interface LaunchNote {
  readonly launches: number;
  readonly attempts: number;
  readonly startedAt: string;
  readonly handle?: ProcessHandle;
}

/** Files of one launch. */
export interface LaunchFiles {
  /** Made by the launch itself, before the command: whoever makes it decides whether the command runs. */
  readonly claim: string;
  /** Gets the exit status. All are in one directory, which is watched. */
  readonly status: string;
  /** Is read as standard input, where there is any. */
  readonly input: string;
  readonly output: string;
  readonly errors: string;
}

/** Where the order of a job is, one after another. */
const places = ["inbox", "reserved", "done"] as const;
type Place = (typeof places)[number];
/** For an order that is not to begin while nothing can be noted of it: a move needs no room, and the next daemon sweeps this one. */
const aside = draftsQueue;

const autostartVersion = 1;

export class JobFiles {
  readonly #root: string;
  readonly #spool: Spool;

  /** `root` is `<scope>/jobs`. */
  constructor(root: string, durability: Durability) {
    this.#root = root;
    this.#spool = new Spool(root, durability);
  }

  /** Every job there is, oldest first; what cannot be read is left out. Changes nothing. */
  async load(): Promise<readonly Job[]> {
    const jobs = new Map<JobId, Job>();
    for (const queue of [...places, "taken"] as const) {
      for (const id of await this.#ids(queue)) {
        const job = queue === "taken" ? await this.#read<Job>(queue, id) : await this.#job(queue, id);
        if (job !== undefined) jobs.set(id, job);
      }
    }
    return [...jobs.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** How each is that begins by itself, as the last daemon noted; nothing of a file that cannot be read. */
  autostarts(): Readonly<Record<string, AutostartState | undefined>> {
    const value = readJson(this.#autostartPath);
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== autostartVersion || !("entries" in value)) return {};
    return typeof value.entries === "object" && value.entries !== null ? (value.entries as Readonly<Record<string, AutostartState>>) : {};
  }

  /** Throws the system's error. */
  noteAutostarts(entries: Readonly<Record<string, AutostartState | undefined>>): void {
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
    writeAtomic(this.#autostartPath, `${JSON.stringify({ version: autostartVersion, entries })}\n`);
  }

  /** Finishes moves that somebody was killed in the middle of. For the one daemon, before it does anything else. */
  async repair(): Promise<void> {
    await this.#spool.sweepDrafts();
    for (const id of await this.#ids("taken")) if ((await this.stored(id)) !== undefined || existsSync(this.#work(id))) await this.#removeOrder(id);
    for (const queue of places) {
      for (const id of await this.#ids(queue)) {
        const job = await this.#job(queue, id);
        if (job === undefined) await this.#spool.move(queue, "damaged", [id]);
        else if (queue === "reserved" && isEnded(job)) await this.#spool.move(queue, "done", [id]);
        else if (queue !== "inbox" && job.life.status === "queued") await this.#spool.move(queue, "inbox", [id]);
      }
    }
  }

  async submit(id: JobId, stored: StoredJob): Promise<void> {
    await this.#write("inbox", id, stored);
  }

  /** The order itself, wherever it is; undefined when it was taken or removed. */
  async stored(id: JobId): Promise<StoredJob | undefined> {
    for (const queue of places) {
      const found = await this.#read<StoredJob>(queue, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** False when it is not there any more. */
  async reserve(id: JobId): Promise<boolean> {
    return (await this.#spool.move("inbox", "reserved", [id])).length > 0 || (await this.#spool.peek("reserved", id)) !== undefined;
  }

  /** Before the launch, and again with what became known by it. */
  async noteLaunch(id: JobId, note: LaunchNote): Promise<void> {
    for (const directory of [this.#work(id), join(this.#root, "exits")]) mkdirSync(directory, { recursive: true, mode: 0o700 });
    await this.#write("launches", id, note);
  }

  async launchNote(id: JobId): Promise<LaunchNote | undefined> {
    return this.#read<LaunchNote>("launches", id);
  }

  /** From here on it has ended, whatever happens; then its order follows. */
  async settle(id: JobId, end: JobEnd, from: "inbox" | "reserved"): Promise<void> {
    await this.#write("ends", id, end);
    for (const place of [from, aside]) await this.#spool.move(place, "done", [id]);
  }

  /** It will never begin, also when how it ended is never noted. */
  async putAside(id: JobId): Promise<void> {
    await this.#spool.move("inbox", aside, [id]);
  }

  /** Back to be begun again. */
  async again(id: JobId, from: "reserved" | "done"): Promise<void> {
    await this.#spool.remove("ends", [id]);
    await rm(dirname(this.#largeOutput(id)), { recursive: true, force: true });
    for (const place of [from, aside]) await this.#spool.move(place, "inbox", [id]);
  }

  /** Its result was handed out: only what it was and how it ended is kept, and a large output, which others were pointed to. `cleared` is when the rest is gone. */
  async take(job: Job): Promise<{ readonly cleared: Promise<void> }> {
    await this.#write("taken", job.id, { ...job, isTaken: true });
    return { cleared: this.#removeOrder(job.id) };
  }

  /** Takes in a job that ended elsewhere; its order comes last, so that there is all of it or none. */
  async restore(job: Job, { output, errors }: { readonly output: Buffer; readonly errors: Buffer }, callerEnvironment: Readonly<Record<string, string>>): Promise<void> {
    if (!isEnded(job)) throw new Error(`job ${job.id} has not ended`);
    const { startedAt = job.life.endedAt, ...end } = job.life;
    if (job.isTaken) return this.#write("taken", job.id, job);
    const paths = this.filesOf(job.id, job.launches);
    await this.noteLaunch(job.id, { launches: job.launches, attempts: job.attempts, startedAt });
    writeFileSync(paths.output, output, { mode: 0o600 });
    writeFileSync(paths.errors, errors, { mode: 0o600 });
    await this.#write("ends", job.id, { ...end, output: { path: paths.output, bytes: output.length }, errors: { path: paths.errors, bytes: errors.length } });
    await this.#write("done", job.id, { spec: job.spec, env: {}, callerEnvironment, token: `restored.${job.id}` } satisfies StoredJob);
  }

  /** Files of no job; how many there were. */
  removeRemains(nowMs: number): number {
    return removeRemains(this.#root, nowMs);
  }

  /** Nothing of it is left. */
  async forget(id: JobId): Promise<void> {
    await this.#removeOrder(id);
    await this.#spool.remove("taken", [id]);
    await rm(dirname(this.#largeOutput(id)), { recursive: true, force: true });
  }

  filesOf(id: JobId, launch: number): LaunchFiles {
    const of = (name: string): string => join(this.#work(id), `${name}.${launch}`);
    return { claim: of("claim"), status: join(this.#root, "exits", `${id}.${launch}`), input: of("input"), output: of("output"), errors: of("errors") };
  }

  /** Makes the claim of a launch in its place: false when the command had begun. Afterwards it never will. */
  async forestall(id: JobId, launch: number): Promise<boolean> {
    try {
      mkdirSync(this.#work(id), { recursive: true, mode: 0o700 });
      writeFileSync(this.filesOf(id, launch).claim, "", { flag: "wx" });
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** How much more can be written where all of this is. */
  freeBytes(): { readonly bytes: number; readonly directory: string } {
    return { bytes: existsSync(this.#root) ? freeBytes(this.#root) : 0, directory: this.#root };
  }

  /** Of both, so far. */
  bytesWritten(id: JobId, launch: number): number {
    const { output, errors } = this.filesOf(id, launch);
    return sizeOf(output) + sizeOf(errors);
  }

  /** What a launch wrote; a large output is moved to where it stays until the job is forgotten. */
  async outputOf(id: JobId, launch: number): Promise<{ readonly output: JobOutput; readonly errors: JobOutput }> {
    const { output, errors } = this.filesOf(id, launch);
    return { output: await keptOutput(output, this.#largeOutput(id)), errors: { path: errors, bytes: sizeOf(errors) } };
  }

  async #job(queue: Place, id: JobId): Promise<Job | undefined> {
    const stored = await this.#read<StoredJob>(queue, id);
    if (!isWhole(stored)) return undefined;
    const [note, end] = [await this.launchNote(id), await this.#read<JobEnd>("ends", id)];
    return { id, spec: stored.spec, attempts: note?.attempts ?? 0, launches: note?.launches ?? 0, life: lifeOf(queue, note, end), isTaken: false };
  }

  async #removeOrder(id: JobId): Promise<void> {
    const { launches = 0 } = (await this.launchNote(id)) ?? {};
    for (let launch = 1; launch <= launches; launch += 1) rmSync(this.filesOf(id, launch).status, { force: true });
    for (const queue of [...places, "ends", "launches"]) await this.#spool.remove(queue, [id]);
    await rm(this.#work(id), { recursive: true, force: true });
  }

  /** What somebody else put there is no job. */
  async #ids(queue: string): Promise<readonly JobId[]> {
    return (await this.#spool.ids(queue)).filter(isJobId);
  }

  async #write(queue: string, id: JobId, value: object): Promise<void> {
    await this.#spool.write(queue, { id, body: Buffer.from(JSON.stringify(value)) });
  }

  /** Undefined when it is not there or damaged: only this class writes here. */
  async #read<T>(queue: string, id: JobId): Promise<T | undefined> {
    const message = await this.#spool.peek(queue, id);
    try {
      const value: unknown = JSON.parse(message?.body.toString() ?? "");
      return typeof value === "object" && value !== null ? (value as T) : undefined;
    } catch {
      return undefined;
    }
  }

  get #autostartPath(): string {
    return join(this.#root, "autostart.json");
  }

  #work(id: JobId): string {
    return join(this.#root, "work", id);
  }

  #largeOutput(id: JobId): string {
    return join(this.#root, "outputs", id, "output.dat");
  }
}

/** Whether it is an order: what somebody else put there must not stand in the way of the others. */
function isWhole(stored: Partial<StoredJob> | undefined): stored is StoredJob {
  const { command, project, tags } = (stored?.spec ?? {}) as Partial<JobSpec>;
  return Array.isArray(command) && typeof project === "string" && Array.isArray(tags);
}

/** What the place of an order and the notes beside it say together. */
function lifeOf(queue: Place, note: LaunchNote | undefined, end: JobEnd | undefined): JobLife {
  if (queue !== "inbox" && end !== undefined) return { ...(note === undefined ? {} : { startedAt: note.startedAt }), ...end };
  if (queue !== "reserved" || note === undefined) return { status: "queued" };
  return { status: "running", startedAt: note.startedAt, ...(note.handle === undefined ? {} : { handle: note.handle }) };
}

/** Kept so long after they ended, unless they are taken or removed before. */
const keptMs = 7 * 24 * 3_600_000;

/** Whether a job may be forgotten: it is old, or was to be forgotten when it failed. */
export function isExpired(job: Job, nowMs: number): boolean {
  return isEnded(job) && (afterEnd(job, job.life.status) === "clear" || nowMs - Date.parse(job.life.endedAt) > keptMs);
}

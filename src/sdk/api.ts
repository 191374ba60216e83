/** What `import { connect, openRepository } from "envctl"` gives: types only, as they are shipped. See docs/guides/programs.md. */
import type { AgentRole, AgentRow } from "../model/agent.ts";
import type { RunReport } from "../model/control.ts";
import type { Event, EventType } from "../model/events.ts";
import type { Intent, Selection } from "../model/intent.ts";
import type { Job, JobOrder } from "../model/job.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import type { LeaseRow, MethodFigures, ServiceListing } from "../model/service.ts";

export interface ConnectOptions {
  /** Anywhere inside the repository; the working directory unless given. */
  readonly cwd?: string;
  /** Instead of the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A connection to the daemon of the repository around `cwd`, which starts on first need. Throws an Error outside a repository. */
export type Connect = (options?: ConnectOptions) => Promise<Envctl>;

/** The repository around `cwd`, whether a daemon looks after it or not; starts nothing. Throws an Error outside a repository. */
export type OpenRepository = (options?: ConnectOptions) => Promise<Repository>;

/**
 * `live`: a daemon looks after the run and tells of it; `gone`: something ran, and no daemon looks after it; `never`: nothing runs;
 * `starting`: none is there, and `connect()` is starting one.
 */
export type RunLink = "live" | "gone" | "never" | "starting";

/** What is known of the run at one moment. */
export interface RunMoment {
  readonly link: RunLink;
  /** Undefined when nothing ever ran. */
  readonly state: RunState | undefined;
  /** What has happened just now, and made the state what it is; without it the state was read as a whole. */
  readonly event?: Event;
  /** What of the run's files was damaged, and how it was made good. */
  readonly problems: readonly string[];
}

/** A job, and where what it wrote lies: standard output, then standard error; nowhere before it began. */
export interface ListedJob extends Job {
  readonly outputs: readonly string[];
}

/** A line of a unit's log, from byte `start` to `end`. */
export interface LogLine {
  readonly unitId: string;
  readonly start: number;
  readonly end: number;
  /** When it was written, epoch milliseconds. */
  readonly atMs: number;
  /** As written, colours included. */
  readonly text: string;
  /** How bad it is, of a line that complains. */
  readonly level?: "error" | "warning";
}

/** A place in logs: the byte behind the last line before it, by unit. */
export type LogEnds = Readonly<Record<string, number>>;

export interface LogOptions {
  /** How many at most; 100 unless given. */
  readonly lines?: number;
  /** The lines before this place, as an earlier window told it; before the end of the logs unless given. */
  readonly ends?: LogEnds;
  /** So many lines further down; up, when it is negative. */
  readonly by?: number;
  /** Only the lines for which it answers true. It gets them without colours. */
  readonly keep?: (text: string) => boolean;
  /** Ends a long search with what was found so far. */
  readonly signal?: AbortSignal;
}

/** Lines that follow each other, by time. */
export interface LogWindow {
  readonly lines: readonly LogLine[];
  /** Where it ends. */
  readonly ends: LogEnds;
  /** Nothing is behind it, so far. */
  readonly isAtEnd: boolean;
  /** Of all these logs: more, as soon as something was written. */
  readonly sizeBytes: number;
  /** Why a log could not be read. */
  readonly trouble?: string;
}

/** A repository as long as somebody watches it, over the lives of its daemons. */
export interface Repository {
  /** As the files tell it: needs no daemon, and is quick. */
  now(): RunMoment;
  /** What has happened in a run so far, as its file tells it; in the latest one unless given. */
  history(runId?: string): readonly Event[];
  /**
   * The run from now on: its state as a whole, then after each event, in order, until aborted or left. When the daemon dies, that is told,
   * and once a second what the files say, until there is another one. Starts nothing.
   */
  follow(options?: { readonly signal?: AbortSignal }): AsyncIterable<RunMoment>;
  /** What `submit` would do, and why. Does nothing of it. */
  preview(intent: IntentRequest): Promise<Plan>;
  /** Every job whose result was not taken, oldest first. Needs no daemon. */
  jobs(): Promise<readonly ListedJob[]>;
  /** A part of the logs of units, `Main/backend`, however long they are. Needs no daemon. Throws a UserError when there is no such unit. */
  logs(unitIds: readonly string[], options?: LogOptions): Promise<LogWindow>;
  /** A connection to the daemon that runs; undefined when there is none. Starts nothing. */
  reach(): Promise<Envctl | undefined>;
  /** A connection to the daemon, which starts on first need: it then looks after what runs already. */
  connect(): Promise<Envctl>;
}

/** An object that lives in the process of its service: every method is a call that may fail with what was thrown there. */
export type Remote<T> = { readonly [K in keyof T as T[K] extends (...args: never) => unknown ? K : never]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never } & AsyncDisposable;

/** Something a service told. */
export interface Pushed {
  readonly service: string;
  readonly instance: string;
  readonly topic: string;
  readonly value: unknown;
  /** Counts what this service has told since the daemon began: a gap is what was missed. */
  readonly seq: number;
}

/** What is listened to; all of it unless it says less. */
export interface PushedFilter {
  readonly service?: string;
  readonly topic?: string;
}

export interface EventFilter<T extends EventType = EventType> {
  readonly types?: readonly T[];
  /** Ids of units, `*` for any text. */
  readonly units?: readonly string[];
}

export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

export interface SubscribeOptions<T extends EventType = EventType> extends EventFilter<T> {
  /** Also those after this number; only new ones unless given. */
  readonly fromSeq?: number;
  readonly signal?: AbortSignal;
}

/** What is to be done, as the commands of the same names say it. */
export interface IntentRequest extends Omit<Intent, "selection" | "caller">, Partial<Selection> {
  /** The project of `cwd` unless given; an empty list: as configured. */
  readonly projects?: readonly string[];
  /** All unless given. */
  readonly services?: readonly string[];
  /** Aborted, it is cancelled, and what was started for it is stopped again. */
  readonly signal?: AbortSignal;
}

export interface Reservation extends LeaseRow, AsyncDisposable {
  release(): Promise<void>;
}

export interface Envctl extends AsyncDisposable {
  /**
   * An object of a service, `NAME` or `NAME/Class`: the singleton, or a new one made with these arguments. It goes when it is dropped or
   * this connection ends.
   */
  get<T = Record<string, (...args: readonly unknown[]) => unknown>>(service: string, ...args: readonly unknown[]): Promise<Remote<T>>;
  /** Lets an object go; a singleton stays for others. */
  drop(remote: object): Promise<void>;
  /** How long a call may take from here on; 300 s unless said. */
  setTimeout(ms: number): void;
  services(): Promise<readonly ServiceListing[]>;
  stats(): Promise<readonly MethodFigures[]>;
  /**
   * Takes one of the places of a service, or with `alone` all of them, until it is released or this connection ends; waits so long for one, in one
   * line with jobs. `label` is what others are told who has it.
   */
  reserve(service: string, options?: { readonly waitMs?: number; readonly alone?: boolean; readonly label?: string; readonly signal?: AbortSignal }): Promise<Reservation>;
  /** Calls the listener for what services tell; the answer is how to stop. */
  on(filter: PushedFilter, listener: (pushed: Pushed) => void): () => void;
  /** Events of the run, in order, until aborted or left. */
  subscribe<T extends EventType = EventType>(options?: SubscribeOptions<T>): AsyncIterable<EventOf<T>>;
  /** Undefined when nothing ever ran. */
  state(): Promise<RunState | undefined>;
  submit(intent: IntentRequest): Promise<RunReport>;
  /** What is asked of jobs: to wait for one, stop, retry or take them, or to begin some. Aborting ends a wait and nothing else. */
  jobs(order: JobOrder, signal?: AbortSignal): Promise<readonly Job[]>;
  /** The last lines of a unit's log, `Main/backend`. */
  logs(unitId: string, lines?: number): Promise<readonly string[]>;
  /** Joins under a name for as long as this connection lasts. */
  join(agent: { readonly name: string; readonly role?: AgentRole }): Promise<void>;
  agents(): Promise<readonly AgentRow[]>;
  /** Resolves when the daemon has gone; what was made is gone then, and a new `connect` begins anew. */
  readonly closed: Promise<void>;
  /** Ends the connection, and what it held. */
  close(): void;
}

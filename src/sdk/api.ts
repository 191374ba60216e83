/** What `import { connect } from "envctl"` gives: types only, as they are shipped. See docs/guides/remote-objects.md. */
import type { AgentRole, AgentRow } from "../model/agent.ts";
import type { RunReport } from "../model/control.ts";
import type { Event, EventType } from "../model/events.ts";
import type { IntentKind } from "../model/intent.ts";
import type { RunState } from "../model/run-state.ts";
import type { LeaseRow, MethodFigures, ServiceListing } from "../model/service.ts";

export interface ConnectOptions {
  /** Anywhere inside the repository; the working directory unless given. */
  readonly cwd?: string;
  /** Instead of the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export type Connect = (options?: ConnectOptions) => Promise<Envctl>;

/** An object that lives in the process of its service: every method is a call that may fail with what was thrown there. */
export type Remote<T> = { readonly [K in keyof T as T[K] extends (...args: never) => unknown ? K : never]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never } & AsyncDisposable;

/** Something a service told. */
export interface Pushed {
  readonly service: string;
  readonly instance: string;
  readonly topic: string;
  readonly value: unknown;
  readonly seq: number;
}

/** What is listened to; all of it unless it says less. */
export interface PushedFilter {
  readonly service?: string;
  readonly topic?: string;
}

export interface EventFilter {
  readonly types?: readonly EventType[];
  /** Ids of units, `*` for any text. */
  readonly units?: readonly string[];
}

export interface SubscribeOptions extends EventFilter {
  /** Also those after this number; only new ones unless given. */
  readonly fromSeq?: number;
  readonly signal?: AbortSignal;
}

/** What is to be done, as the commands of the same names say it. */
export interface IntentRequest {
  readonly kind: IntentKind;
  /** The project of `cwd` unless given. */
  readonly projects?: readonly string[];
  /** All unless given. */
  readonly services?: readonly string[];
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
  subscribe(options?: SubscribeOptions): AsyncIterable<Event>;
  /** Undefined when nothing ever ran. */
  state(): Promise<RunState | undefined>;
  submit(intent: IntentRequest): Promise<RunReport>;
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

/** How a unit is started and ended, behind one interface for everything that can run it. */
import type { Failure } from "../../model/failure.ts";
import type { Exit, ExecutorName, Handle, UnitId, UnitSpec } from "../../model/unit.ts";
import type { ProgramResult } from "../../host/run-program.ts";
import type { KnownProcess } from "../ownership.ts";
import type { Tracked } from "../supervise.ts";

/** One start of a unit. */
export interface StartOrder {
  readonly spec: UnitSpec;
  readonly runId: string;
  /** Which start of the unit in its run this is, from 1. */
  readonly startNumber: number;
  /** Argv, secrets put in; empty for a module. */
  readonly command: readonly string[];
  /** Complete, secrets put in. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of whoever asks, without what the unit is given. */
  readonly callerEnvironment: Readonly<Record<string, string>>;
  readonly logPath: string;
}

/** What must be there before a unit can start. */
export interface PrepareOrder extends Pick<StartOrder, "spec" | "callerEnvironment"> {
  /** Long work tells how far it is; totals are bytes. */
  progress(text: string, done?: number, total?: number): void;
  readonly signal: AbortSignal;
}

export interface StopTarget {
  readonly spec: Pick<UnitSpec, "id" | "name" | "stop" | "ports">;
  readonly handle: Handle;
  /** Processes known to be the unit's though neither session, group nor descent says so. */
  readonly recorded?: readonly KnownProcess[];
  /** Absent when nobody follows the unit. */
  readonly tracked?: Tracked;
  /** A start waits for it: what only its mark tells of is left for later, since reading every environment takes longer than a start. */
  readonly isUrgent?: boolean;
}

export interface StopResult {
  readonly exit: Exit;
  /** Pids that needed SIGKILL. */
  readonly killed: readonly number[];
  /** There when something of the unit lives all the same, such as a process this user may not signal. */
  readonly stuck?: Stuck;
}

export interface Stuck {
  /** Names what lives on. */
  readonly failure: Failure;
  /** Of what lives on. */
  readonly handle: Handle;
  /** Resolves if it ends after all. */
  readonly gone: Promise<Exit>;
}

/** Runs units in one way. Decides nothing about them and records nothing. */
export interface Executor {
  /** Fetches what is missing on this machine; absent where nothing can be. Throws a UserError when it cannot be had. */
  readonly prepare?: (order: PrepareOrder) => Promise<void>;
  /** Resolves as soon as the unit exists, ready or not. Throws a UserError when it may not or cannot be started. */
  start(order: StartOrder): Promise<Tracked>;
  /** Goes on with what an earlier daemon followed; only where that outlives a daemon and is no process. */
  adopt?(unitId: UnitId, handle: Handle): Tracked;
  /** Asks, waits for the grace, ends by force where that is possible. */
  stop(target: StopTarget): Promise<StopResult>;
  /** Ends by force, as far as that is possible. */
  kill(target: StopTarget): Promise<StopResult>;
  /** Runs a command where the unit runs; absent: on this machine, as any other. */
  readonly run?: (handle: Handle, command: readonly string[], timeoutMs: number) => Promise<ProgramResult>;
}

/** One more way to run units is one more row. */
export type Executors = Readonly<Record<ExecutorName, Executor>>;

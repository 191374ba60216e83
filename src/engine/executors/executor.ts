/** How a unit is started and ended, behind one interface for everything that can run it. */
import type { Failure } from "../../model/failure.ts";
import type { Exit, ExecutorName, Handle, UnitSpec } from "../../model/unit.ts";
import type { ProgramResult } from "../../host/run-program.ts";
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
  readonly spec: UnitSpec;
  readonly handle: Handle;
  /** Absent when nobody follows the unit. */
  readonly tracked?: Tracked;
}

export interface StopResult {
  readonly exit: Exit;
  /** Pids that needed SIGKILL. */
  readonly killed: readonly number[];
  /** There when the unit could not be ended at all. */
  readonly stuck?: Stuck;
}

export interface Stuck {
  readonly failure: Failure;
  /** Resolves if it ends after all. */
  readonly gone: Promise<Exit>;
}

/** Runs units in one way. Decides nothing about them and records nothing. */
export interface Executor {
  /** Fetches what is missing on this machine; absent where nothing can be. Throws a UserError when it cannot be had. */
  readonly prepare?: (order: PrepareOrder) => Promise<void>;
  /** Resolves as soon as the unit exists, ready or not. Throws a UserError when it may not or cannot be started. */
  start(order: StartOrder): Promise<Tracked>;
  /** Asks, waits for the grace, ends by force where that is possible. */
  stop(target: StopTarget): Promise<StopResult>;
  /** Ends by force, as far as that is possible. */
  kill(target: StopTarget): Promise<StopResult>;
  /** Runs a command where the unit runs; absent: on this machine, as any other. */
  readonly run?: (handle: Handle, command: readonly string[], timeoutMs: number) => Promise<ProgramResult>;
}

/** One more way to run units is one more row. */
export type Executors = Readonly<Record<ExecutorName, Executor>>;

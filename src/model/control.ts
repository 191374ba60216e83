/** The engine as a command, the dashboard or the socket sees it. */
import type { DataOrder, DataReport } from "./data.ts";
import type { Event } from "./events.ts";
import type { ExitCode, Failure } from "./failure.ts";
import type { Intent, IntentKind } from "./intent.ts";
import type { Job, JobOrder } from "./job.ts";
import type { Plan, PlanAction } from "./plan.ts";
import type { RunState } from "./run-state.ts";
import type { UnitStatus } from "./lifecycle.ts";
import type { UnitId } from "./unit.ts";

export interface UnitReport {
  readonly unitId: UnitId;
  readonly action: PlanAction;
  readonly because: string;
  readonly status: UnitStatus;
  readonly port?: number;
  readonly url?: string;
  readonly startupMs?: number;
  readonly failure?: Failure;
}

/** How an intent ended. */
export interface RunReport {
  readonly ok: boolean;
  readonly exit: ExitCode;
  readonly intent: IntentKind;
  readonly runId?: string;
  readonly planHash?: string;
  readonly durationMs: number;
  readonly units: readonly UnitReport[];
  /** Pids that were still there after what was asked to end had ended, and were ended too, with what they belonged to. */
  readonly killed: readonly { readonly unitId: UnitId; readonly pid: number }[];
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
}

export interface Control {
  /** The plan `submit` would carry out, computed without any effect. */
  preview(intent: Intent): Promise<Plan>;
  /** Carries an intent out; aborting the signal cancels it, and what was started for it is stopped again. */
  submit(intent: Intent, signal: AbortSignal): Promise<RunReport>;
  /** Copies or replaces a project's data, in turn with intents; nobody starts or stops anything meanwhile. */
  data(order: DataOrder, signal: AbortSignal): Promise<DataReport>;
  /** Submits jobs, waits for them, ends them; not in turn with intents. Aborting the signal ends a wait and nothing else. */
  jobs(order: JobOrder, signal: AbortSignal): Promise<readonly Job[]>;
  state(): Promise<RunState | undefined>;
  /** Events with a sequence number above `fromSeq`, then live ones, until aborted. Throws a UserError to a reader that is too slow. */
  events(fromSeq: number, signal: AbortSignal): AsyncIterable<Event>;
}

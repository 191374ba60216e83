/** What can be done with a project's data as a whole. */
import type { ExitCode, Failure } from "./failure.ts";
import type { Caller, Layers } from "./intent.ts";

export type DataAction = "snapshot" | "restore" | "clone" | "reset" | "drop";

export interface DataOrder extends Layers {
  readonly action: DataAction;
  /** Whose data are read by `snapshot` and `clone`, replaced by `restore` and `reset`; whose server holds what `drop` deletes. */
  readonly project: string;
  readonly requirement: string;
  /** The snapshot's name, for `snapshot` and `restore`; the database's, for `drop`. */
  readonly name?: string;
  /** The project whose data `clone` replaces. */
  readonly to?: string;
  readonly caller: Caller;
}

export interface DataReport {
  readonly ok: boolean;
  readonly exit: ExitCode;
  readonly action: DataAction;
  readonly project: string;
  readonly requirement: string;
  /** The snapshot that was made, or read. */
  readonly snapshot?: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** Whether the server whose data were replaced was stopped and started for it. */
  readonly restarted: boolean;
  readonly failures: readonly Failure[];
}

/** What a snapshot may be called: safe as a directory's name, and told apart from `main`, `none` and files. */
export function isSnapshotName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name) && name !== "main" && name !== "none" && !name.endsWith(".sql");
}

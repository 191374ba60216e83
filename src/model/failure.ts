/** Expected trouble as data, and the table of exit codes. */

import type { RemoteError } from "./service.ts";

/** Process exit codes of every command. `interrupted` doubles as "not found" for look-ups. */
export const exitCodes = { ok: 0, failure: 1, interrupted: 2, conflict: 3, timeout: 124 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Every reason envctl can give for something not working. */
export type FailureReason =
  | "usage_invalid"
  | "configuration_invalid"
  | "configuration_missing"
  | "dependency_cycle"
  | "dependency_failed"
  | "directory_missing"
  | "spawn_failed"
  | "process_exited"
  | "restart_limit"
  | "readiness_timeout"
  | "liveness_failed"
  | "limit_exceeded"
  | "timed_out"
  | "loop_blocked"
  | "group_failed"
  | "wrong_port"
  | "port_unavailable"
  | "port_taken_by_stranger"
  | "prepare_failed"
  | "runtime_missing"
  | "data_incompatible"
  | "server_unreachable"
  | "credentials_refused"
  | "bootstrap_failed"
  | "adapter_untrusted"
  | "adapter_invalid"
  | "stop_failed"
  | "state_unwritable"
  | "state_unreadable"
  | "cancelled"
  | "unknown_target"
  | "not_running"
  | "requested_project_not_running"
  | "action_failed"
  | "results_stale"
  | "timed_out"
  | "conflict"
  | "daemon_unreachable"
  | "reader_too_slow"
  | "engine_unreachable"
  | "engine_refused"
  | "image_missing"
  | "git_failed"
  | "work_at_risk"
  | "path_taken"
  | "remote_error"
  | "internal";

/**
 * What the failed start of a requirement leads to: another port; another try, with more time; to go on without a part of
 * it; the end of the start. See start-class.ts.
 */
export type StartClass = "bind_conflict_retryable" | "transient_probe_timeout_retryable" | "bootstrap_soft_failure" | "hard_start_failure";

/** One thing that went wrong, told so that a person can act on it. */
export interface Failure {
  readonly reason: FailureReason;
  /** What happened, with the value. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  readonly place?: Place;
  /** What led to it: another unit's failure, a lower-level error. */
  readonly cause?: Failure;
  /** Last lines of the unit's log, oldest first. */
  readonly logTail?: readonly string[];
  /** Of the start of a requirement. */
  readonly startClass?: StartClass;
  /** What a method of a service threw. */
  readonly remote?: RemoteError;
}

/** Ends a command: its message and hint are printed without a stack. */
export class UserError extends Error {
  readonly failures: readonly Failure[];
  readonly exit: ExitCode;

  constructor(failure: Failure | readonly Failure[], exit: ExitCode = exitCodes.failure) {
    const failures = Array.isArray(failure) ? (failure as readonly Failure[]) : [failure as Failure];
    super(failures.map((one) => one.message).join("\n"));
    this.name = "UserError";
    this.failures = failures;
    this.exit = exit;
  }

  /** By form, not by constructor: what the CLI loads on demand is bundled apart and has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && "name" in value && value.name === "UserError" && "failures" in value;
  }
}

/** `file:line:column`, as far as known. */
export function placeText(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}

/** What a failed start of a requirement is, and what follows from it. Tables and pure functions. */
import type { Failure, FailureReason, StartClass } from "./failure.ts";

/** A regular expression over the log of a server that ended before it was ready, and the class such a start belongs to. */
export interface Complaint {
  readonly pattern: RegExp;
  readonly startClass: StartClass;
}

/** How often a start of a class is made in all, and how much more time each further try gets. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly timeoutFactor: number;
}

const classOfReason: Readonly<Partial<Record<FailureReason, StartClass>>> = {
  port_unavailable: "bind_conflict_retryable",
  port_taken_by_stranger: "bind_conflict_retryable",
  readiness_timeout: "transient_probe_timeout_retryable",
  server_unreachable: "transient_probe_timeout_retryable",
  bootstrap_failed: "bootstrap_soft_failure",
};

/** In the words of the C library, of Node and of servers that translate neither. */
const commonComplaints: readonly Complaint[] = [{ pattern: /EADDRINUSE|address already in use/i, startClass: "bind_conflict_retryable" }];

/** A bind conflict is planned again, with another port, and not tried again on the same one. */
export const retryPolicies: Readonly<Record<StartClass, RetryPolicy>> = {
  bind_conflict_retryable: { attempts: 3, timeoutFactor: 1 },
  transient_probe_timeout_retryable: { attempts: 2, timeoutFactor: 2 },
  bootstrap_soft_failure: { attempts: 1, timeoutFactor: 1 },
  hard_start_failure: { attempts: 1, timeoutFactor: 1 },
};

/** The class of a failure; of a server that ended by itself its last words tell, `complaints` of its adapter first. */
export function startClassOf(failure: Failure, complaints: readonly Complaint[] = []): StartClass {
  const known = classOfReason[failure.reason];
  if (known !== undefined || failure.reason !== "process_exited") return known ?? "hard_start_failure";
  const words = (failure.logTail ?? []).join("\n");
  return [...complaints, ...commonComplaints].find(({ pattern }) => pattern.test(words))?.startClass ?? "hard_start_failure";
}

/** Whether the plan has to be made again with another port. */
export function isBindConflict(failure: Failure): boolean {
  return failure.reason === "port_taken_by_stranger" || failure.startClass === "bind_conflict_retryable";
}

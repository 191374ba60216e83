/** What a check found: a sentence for a person, and what to do. */
import type { Failure, FailureReason } from "./failure.ts";

export type FindingStatus = "pass" | "warn" | "fail";

/** Before these a check can be in the way; `ship` is for what hands work on. */
export const gates = ["start", "resume", "ship"] as const;
export type Gate = (typeof gates)[number];

export interface Finding {
  /** Id of the check. */
  readonly id: string;
  readonly title: string;
  readonly status: FindingStatus;
  /** What is so, with the value. */
  readonly detail: string;
  /** What to do; commands stand in backticks. */
  readonly hint?: string;
  /** What `doctor --fix` would do about it. */
  readonly fix?: string;
  /** Of a failure it stands for. */
  readonly reason?: FailureReason;
}

/** The worst first, else in the order of the checks. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const rank = { fail: 0, warn: 1, pass: 2 } as const;
  return findings.toSorted((one, other) => rank[one.status] - rank[other.status]);
}

/** What has to be mended first. */
export function blockingFailures(findings: readonly Finding[]): readonly Failure[] {
  return findings.filter(({ status }) => status === "fail").map(({ detail, hint, reason = "internal" }) => ({ reason, message: detail, ...(hint === undefined ? {} : { hint }) }));
}

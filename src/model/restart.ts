/** When and how often a unit that ended by itself is started again. Pure; times are milliseconds. */

export const restartStrategies = ["never", "immediate", "fixed", "linear", "exponential"] as const;
export type RestartStrategy = (typeof restartStrategies)[number];

export interface RestartPolicy {
  readonly strategy: RestartStrategy;
  /** First delay; the only one of `fixed`, the step of `linear`. */
  readonly baseMs: number;
  /** No delay is longer, jitter left aside. */
  readonly maxDelayMs: number;
  /** Share of the delay that chance may add, 0 to 1, so that units that fell together do not rise together. */
  readonly jitter: number;
  /** Ready for this long, a unit begins with the first delay again. */
  readonly stableAfterMs: number;
  /** `on-failure`: not after exit code 0. */
  readonly when: "on-failure" | "always";
  /** More restarts than this inside `withinMs` are not tried. */
  readonly max: number;
  readonly withinMs: number;
}

/** What a unit without a word about restarts has: right for a dev loop, where a crash is usually followed by an edit. */
export const defaultRestarts: RestartPolicy = { strategy: "exponential", baseMs: 200, maxDelayMs: 10_000, jitter: 0.1, stableAfterMs: 10_000, when: "on-failure", max: 5, withinMs: 60_000 };

/** Delay before the `attempt`-th restart in a row, counted from 1; `chance` is from 0 to 1. */
export function restartDelayMs(policy: RestartPolicy, attempt: number, chance: number): number {
  const plain = Math.min(policy.maxDelayMs, plainDelayMs(policy, attempt));
  return Math.round(plain * (1 + policy.jitter * chance));
}

function plainDelayMs(policy: RestartPolicy, attempt: number): number {
  switch (policy.strategy) {
    case "never":
    case "immediate":
      return 0;
    case "fixed":
      return policy.baseMs;
    case "linear":
      return policy.baseMs * attempt;
    case "exponential":
      return policy.baseMs * 2 ** Math.min(attempt - 1, 52);
  }
}

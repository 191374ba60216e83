/** Judges the daemon's loop by its heartbeat. Pure; times are milliseconds. */

export interface LoopLimits {
  /** A pause of this length is told. */
  readonly lagMs: number;
  /** After a pause of this length the loop counts as blocked for good. */
  readonly blockedMs: number;
  /** Pauses closer to each other than this belong to one episode, which is told once. */
  readonly calmMs: number;
}

export const loopLimits: LoopLimits = { lagMs: 500, blockedMs: 5000, calmMs: 10_000 };

export interface Pulse {
  /** The last count seen. */
  readonly beat: number;
  /** Since it changed. */
  readonly quietMs: number;
  /** Since the end of the last pause; undefined before the first one. */
  readonly calmMs?: number;
}

export type Verdict = { readonly kind: "fine" } | { readonly kind: "lag"; readonly lagMs: number } | { readonly kind: "blocked"; readonly quietMs: number };

/** What a look at the heartbeat means, `elapsedMs` after the look before. */
export function judgePulse(before: Pulse, beat: number, elapsedMs: number, limits: LoopLimits): { readonly pulse: Pulse; readonly verdict: Verdict } {
  const calm = before.calmMs === undefined ? {} : { calmMs: before.calmMs + elapsedMs };
  const quietMs = before.quietMs + elapsedMs;
  if (beat === before.beat) return { pulse: { beat, quietMs, ...calm }, verdict: quietMs < limits.blockedMs ? { kind: "fine" } : { kind: "blocked", quietMs } };
  if (quietMs < limits.lagMs) return { pulse: { beat, quietMs: 0, ...calm }, verdict: { kind: "fine" } };
  const isNew = before.calmMs === undefined || before.calmMs >= limits.calmMs;
  return { pulse: { beat, quietMs: 0, calmMs: 0 }, verdict: isNew ? { kind: "lag", lagMs: quietMs } : { kind: "fine" } };
}

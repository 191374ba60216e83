/** Jobs that the daemon begins by itself, `.envctl.d/autostart/NAME.json`: what is said of them, and what follows when one ends. Pure. */
import type { Failure } from "./failure.ts";
import type { Job, JobDraft } from "./job.ts";
import { restartDelayMs, type RestartPolicy } from "./restart.ts";
import type { Timetable } from "./timetable.ts";

/** `once`: when a daemon starts. `ensure`: then, and again whenever it has ended. `timed`: by the clock. */
export type AutostartPolicy =
  | { readonly mode: "once" }
  | { readonly mode: "ensure"; readonly backoffMs: number; readonly max: number }
  | { readonly mode: "timed"; readonly timetable: Timetable };

/** One manifest as it is written. */
export interface AutostartManifest {
  readonly name: string;
  /** Relative to the repository. */
  readonly path: string;
  /** Of it, and of the tasks it names. */
  readonly contentHash: string;
  /** Absent when something is wrong with it. */
  readonly policy?: AutostartPolicy;
  readonly failure?: Failure;
  /** What it begins, as of now. */
  drafts(): Promise<readonly JobDraft[]>;
}

/**
 *   off → waiting ─due→ running ─┬→ done            once
 *                          ↑     ├→ waiting         timed
 *                          └─ restarting ←┤         ensure
 *                                degraded ←┘  it ended too often
 *   stopped: somebody ended it; untrusted, invalid: nothing is begun
 */
export type AutostartStatus = "off" | "waiting" | "running" | "restarting" | "done" | "degraded" | "stopped" | "untrusted" | "invalid";

/** What is known of one, kept over the daemon's end. */
export interface AutostartState {
  readonly status: AutostartStatus;
  readonly contentHash: string;
  /** When it was last begun by the clock, or first known. */
  readonly sinceMs: number;
  /** In a row. */
  readonly restarts: number;
  readonly nextMs?: number;
  readonly failure?: Failure;
}

/** Ran this long, it counts as up, and the next end is the first one again. */
const stableMs = 10_000;

/** What follows the end of one that is to run all the time; `ranMs` is how long it did. */
export function afterEnsured({ backoffMs, max }: Extract<AutostartPolicy, { readonly mode: "ensure" }>, restarts: number, ranMs: number): { readonly restarts: number; readonly delayMs?: number } {
  const before = ranMs >= stableMs ? 0 : restarts;
  if (before >= max) return { restarts: before };
  const policy: RestartPolicy = { strategy: "exponential", baseMs: backoffMs, maxDelayMs: Number.POSITIVE_INFINITY, jitter: 0, stableAfterMs: stableMs, when: "always", max, withinMs: Number.POSITIVE_INFINITY };
  return { restarts: before + 1, delayMs: restartDelayMs(policy, before + 1, 0) };
}

/** Whether somebody ended it on purpose; one that never began, or that passed a limit, was not. */
export function wasAsked({ life }: Job): boolean {
  return (life.status === "cancelled" || life.status === "killed") && life.failure?.reason === "cancelled";
}

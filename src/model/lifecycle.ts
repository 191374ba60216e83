/**
 * The life of one unit.
 *
 *   planned ─▶ preparing ─▶ starting ─▶ started ─▶ ready ◀─▶ unhealthy ─▶ stopping ─▶ stopped
 *      │            │   ▲       │          │         │           │            │
 *      └▶ blocked   └───┼───────┴──────────┴─────────┴───────────┴────────────┴──▶ failed ─▶ restarting
 *                       └───────────────────────────────────────────────────────────────────────┘
 *
 * A state holds only the fields valid in it. Times are ISO 8601.
 */
import type { Failure } from "./failure.ts";
import type { Exit, Handle, UnitId } from "./unit.ts";

export type Lifecycle =
  /** In the plan, waiting for what it depends on. */
  | { readonly status: "planned"; readonly at: string }
  /** Its prepare steps run. */
  | { readonly status: "preparing"; readonly at: string; readonly step: string }
  /** About to be spawned: written before the spawn, so a mark without a handle can be searched for. */
  | { readonly status: "starting"; readonly at: string }
  /** Spawned, its probe not yet satisfied. */
  | { readonly status: "started"; readonly at: string; readonly handle: Handle }
  | { readonly status: "ready"; readonly at: string; readonly handle: Handle; readonly startupMs: number; readonly evidence: string }
  /** It was ready and lives, yet fails its liveness probe. */
  | { readonly status: "unhealthy"; readonly at: string; readonly handle: Handle; readonly failure: Failure }
  | { readonly status: "stopping"; readonly at: string; readonly handle: Handle }
  /** Ended on request. */
  | { readonly status: "stopped"; readonly at: string; readonly exit: Exit; readonly killed: readonly number[] }
  /** Ended by itself, never got ready, or could not be started. `handle` is there when it could not be ended. */
  | { readonly status: "failed"; readonly at: string; readonly failure: Failure; readonly exit?: Exit; readonly handle?: Handle }
  /** Ended by itself and is to be started again at `dueAt`, with those `alongside`. `attempt` counts restarts in a row from 1; 0 when it ended with the daemon. */
  | { readonly status: "restarting"; readonly at: string; readonly dueAt: string; readonly attempt: number; readonly delayMs: number; readonly failure: Failure; readonly alongside: readonly UnitId[] }
  /** Not started since something it depends on is not ready. */
  | { readonly status: "blocked"; readonly at: string; readonly failure: Failure };

export type UnitStatus = Lifecycle["status"];

/** The process identity, in the states that have one. */
export function handleOf(life: Lifecycle): Handle | undefined {
  return "handle" in life ? life.handle : undefined;
}

/** It was to end and could not be ended: what the handle names lived when it was looked at last. */
export function isStuck(life: Lifecycle): life is Extract<Lifecycle, { readonly status: "failed" }> & { readonly handle: Handle } {
  return life.status === "failed" && life.handle !== undefined;
}

/** True while a process of the unit is meant to exist. */
export function isUp(life: Lifecycle): boolean {
  return life.status === "started" || isServing(life) || life.status === "stopping";
}

/** True once it was ready and while nobody has asked it to end. */
export function isServing(life: Lifecycle): life is Extract<Lifecycle, { readonly status: "ready" | "unhealthy" }> {
  return life.status === "ready" || life.status === "unhealthy";
}

/** The plan: frozen JSON that says what will be done and why, before anything is done. */
import type { IntentKind } from "./intent.ts";
import type { PortHolder } from "./facts.ts";
import type { UnitId, UnitSpec } from "./unit.ts";

/**
 * - `start`: not running, will be.
 * - `restart`: running, but changed or asked for: stopped, then started.
 * - `adopt`: lives and is unchanged: taken over or simply kept.
 * - `stop`: running, will be ended.
 * - `leave`: not touched by this plan.
 */
export type PlanAction = "start" | "restart" | "adopt" | "stop" | "leave";

export interface PlanNode {
  readonly unitId: UnitId;
  readonly action: PlanAction;
  /** Why this action, in words. */
  readonly because: string;
  /** The evidence the decision rests on: handle, hash, port. */
  readonly evidence?: string;
  /** What to run; for `stop` and `leave` the spec it runs with. */
  readonly spec: UnitSpec;
  /** Starts after these are ready; stops before these are stopped. */
  readonly after: readonly UnitId[];
}

/** A port that could not be had and the one taken instead. */
export interface PortMove {
  readonly unitId: UnitId;
  readonly portName: string;
  readonly requested: number;
  readonly port: number;
  readonly holder: PortHolder;
}

export interface PlannedProject {
  readonly name: string;
  readonly root: string;
  readonly slot: number;
  readonly branch?: string;
}

export interface Plan {
  readonly intent: IntentKind;
  readonly mode: "main" | "trees";
  readonly projects: readonly PlannedProject[];
  readonly nodes: readonly PlanNode[];
  readonly portMoves: readonly PortMove[];
  /** Unit ids whose processes this plan ends. */
  readonly destructive: readonly UnitId[];
  /** Things worth telling: an ignored service, a missing file. */
  readonly notes: readonly string[];
  /** sha256 (12 hex) of everything above: equal plans have equal hashes. */
  readonly hash: string;
}

/** What was observed, once, before planning. Plain data: the planner sees nothing else of the world. */
import type { Exit, Handle, UnitId, UnitSpec } from "./unit.ts";

/** A checkout of the repository. */
export interface ProjectFact {
  /** `Main` or the worktree's name; unique in the repository. */
  readonly name: string;
  readonly root: string;
  readonly branch?: string;
  readonly isMain: boolean;
  /** Stable, collision-free number; Main is 0. */
  readonly slot: number;
}

/** Who holds a port, as far as the system tells. */
export interface PortHolder {
  readonly pid?: number;
  readonly command?: string;
  readonly directory?: string;
  /** The unit, when the holder carries an envctl mark: `<scope>/<project>/<unit>/<run>`. */
  readonly owner?: string;
  readonly container?: string;
  /** The address that could not be bound. */
  readonly address: string;
  /** Set when not a process but a reservation holds it: of another repository, or of a unit of this one. */
  readonly reservation?: string;
}

export type PortFact =
  | { readonly state: "free" }
  | { readonly state: "taken"; readonly holder: PortHolder };

/** Truth about one known unit. `unknown`: another pid namespace or boot could not be judged, so it is left alone. `wentWithDaemon`: it ran inside one that is gone. */
export type UnitTruth =
  | { readonly state: "alive"; readonly handle: Handle; readonly isSupervised: boolean; readonly isListening: boolean }
  | { readonly state: "dead"; readonly exit: Exit; readonly wentWithDaemon?: true }
  | { readonly state: "unknown"; readonly because: string };

/** A unit as the last run knows it. */
export interface KnownUnit {
  readonly spec: UnitSpec;
  /** False when it was stopped on purpose. */
  readonly isWanted: boolean;
  readonly isReady: boolean;
  /** It was to end and could not be ended: something of it may live. */
  readonly isStuck?: boolean;
  /** It held up the daemon's loop, or may have: only who starts it on purpose brings it back. */
  readonly hasBlockedLoop?: boolean;
  readonly truth: UnitTruth;
}

export interface Facts {
  readonly projects: readonly ProjectFact[];
  readonly known: Readonly<Record<UnitId, KnownUnit>>;
  /** Ports tested for this plan; a port that is not here was not looked at. */
  readonly ports: Readonly<Record<number, PortFact>>;
}

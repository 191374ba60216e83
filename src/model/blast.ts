/** The blast: what is to be ended whatever became of state and daemon, and how that went. */
import type { Failure } from "./failure.ts";
import type { UnitId } from "./unit.ts";

export interface BlastRequest {
  /** Only this project of the repository. */
  readonly project?: string;
  /** Every repository of the state root. */
  readonly allRepositories: boolean;
  /** Look and tell, touch nothing. */
  readonly isDryRun: boolean;
}

/** A process that is to be ended, or was. */
export interface BlastedProcess {
  readonly scope: string;
  readonly unitId: UnitId;
  readonly pid: number;
  readonly command: string;
  /** Ports it listens on. */
  readonly ports: readonly number[];
  readonly ageMs: number;
}

/** A container that is to be ended and removed, or was. */
export interface BlastedContainer {
  readonly scope: string;
  readonly unitId: UnitId;
  /** Address of its engine. */
  readonly engine: string;
  readonly name: string;
  readonly containerId: string;
  /** Published ports. */
  readonly ports: readonly number[];
}

/** A volume that was seen; its data stay. */
export interface BlastedVolume {
  readonly scope: string;
  readonly project: string;
  readonly engine: string;
  readonly name: string;
}

export interface BlastReport {
  readonly ok: boolean;
  readonly isDryRun: boolean;
  /** What was found before anything was done. */
  readonly processes: readonly BlastedProcess[];
  /** What the last look still found. */
  readonly holdouts: readonly BlastedProcess[];
  /** Containers found before anything was done. */
  readonly containers: readonly BlastedContainer[];
  /** Those the last look still found. */
  readonly containersLeft: readonly BlastedContainer[];
  /** Volumes of what was meant: they stay. */
  readonly volumes: readonly BlastedVolume[];
  /** Daemons that did not answer, or were in the middle of something else, and were ended. */
  readonly endedDaemons: readonly { readonly scope: string; readonly pid: number }[];
  /** Ports whose reservation was given back. */
  readonly releasedPorts: readonly number[];
  readonly failures: readonly Failure[];
  readonly durationMs: number;
}

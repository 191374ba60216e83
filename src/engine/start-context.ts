/** What the start of one unit is given, besides its specification. */
import type { Failure } from "../model/failure.ts";
import { startClassOf, type Complaint } from "../model/start-class.ts";
import type { UnitSpec } from "../model/unit.ts";
import type { Engine } from "./engine.ts";
import type { PrepareMemory } from "./prepare.ts";

export interface StartContext {
  readonly engine: Engine;
  readonly runId: string;
  readonly callerEnvironment: Readonly<Record<string, string>>;
  /** Under which the caller's environment is kept for restarts. */
  readonly environmentId: string;
  readonly prepareMemory: PrepareMemory;
  /** Undefined for services. */
  readonly requirement: RequirementEffects | undefined;
  /** Nothing is tried again, and nothing left out. */
  readonly isStrict: boolean;
  readonly reveal: (key: string) => string;
  readonly signal: AbortSignal;
}

/** What a requirement's adapter does to the world. */
export interface RequirementEffects {
  readonly complaints: readonly Complaint[];
  prepare(spec: UnitSpec, signal: AbortSignal): Promise<void>;
  /** What the project needs inside a server that answers: without it nothing may use the server. */
  readonly settle?: (spec: UnitSpec, callerEnvironment: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Failure | undefined>;
  /** First steps of a server that answers: it can be used also without them. */
  readonly bootstrap?: (spec: UnitSpec, signal: AbortSignal) => Promise<void>;
  /** Asks an external server. */
  readonly check?: (timeoutMs: number, signal: AbortSignal) => Promise<string | Failure>;
}

/** With what follows from it, for a requirement. */
export function classified({ requirement, signal }: Pick<StartContext, "requirement" | "signal">, failure: Failure): Failure {
  return requirement === undefined || signal.aborted ? failure : { ...failure, startClass: startClassOf(failure, requirement.complaints) };
}

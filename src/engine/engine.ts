/** The parts the engine works with, wired in the daemon's composition root. */
import type { Checkout } from "../host/checkout.ts";
import type { Host } from "../host/host.ts";
import type { Launcher } from "../host/launch.ts";
import type { ScopePaths } from "../host/paths.ts";
import type { ProcessTable } from "../host/process-row.ts";
import type { Reservations } from "../host/reservations.ts";
import type { ResolvedConfig } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { Handle, UnitId } from "../model/unit.ts";
import type { Requirement } from "../requirements/adapter.ts";
import type { RunRepository } from "../state/run-repository.ts";
import type { Environments } from "./environments.ts";
import type { Flights } from "./flights.ts";
import type { LogKeeper } from "./log-keeper.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import type { Restarts } from "./restarts.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Store } from "./store.ts";
import type { Supervisor } from "./supervise.ts";

export interface ProjectConfigRequest {
  readonly projectRoot: string;
  readonly profile?: string;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly host: Host;
  readonly table: ProcessTable;
  readonly snapshots: Snapshots;
  readonly launcher: Launcher;
  readonly store: Store;
  readonly supervisor: Supervisor;
  readonly reservations: Reservations;
  readonly repository: RunRepository;
  readonly scope: ScopePaths;
  readonly scopeId: string;
  readonly checkout: Checkout;
  readonly version: string;
  readonly requirements: readonly Requirement[];
  /** Crashed units whose remains are being ended: a new start waits for it, or it would be ended too. */
  readonly clearings: Map<UnitId, Promise<unknown>>;
  readonly flights: Flights;
  readonly restarts: Restarts;
  readonly logs: LogKeeper;
  /** Ends the liveness watch of a unit. */
  readonly watches: Map<UnitId, AbortController>;
  /** The value of a secret by its key; made on first use. */
  readonly reveal: (key: string) => string;
  readonly environments: Environments;
  readonly runtimes: RuntimeMemory;
  readonly resolveConfig: (request: ProjectConfigRequest) => Promise<ResolvedConfig>;
  /** Defaults without services: enough to stop what runs when the real one cannot be read. */
  readonly fallbackConfig: ResolvedConfig;
  readonly discoverProjects: () => readonly ProjectFact[];
  /** Alive, dead, or unknown for a process of another namespace. */
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
}

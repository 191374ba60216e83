/** The parts the engine works with, wired in the daemon's composition root. */
import type { Attribution } from "../host/attribution.ts";
import type { Plugins } from "../plugins/plugins.ts";
import type { Checkout } from "../host/checkout.ts";
import type { Host } from "../host/host.ts";
import type { Launcher } from "../host/launch.ts";
import type { ScopePaths } from "../host/paths.ts";
import type { ProcessReadings, ProcessTable } from "../host/process-row.ts";
import type { Reservations } from "../host/reservations.ts";
import type { Trust } from "../host/trust.ts";
import type { AutostartManifest } from "../model/autostart.ts";
import type { ResolvedConfig } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { Layers } from "../model/intent.ts";
import type { Handle, ProcessHandle, UnitId } from "../model/unit.ts";
import type { Adapters } from "../requirements/adapters.ts";
import type { RunRepository } from "../state/run-repository.ts";
import type { Descendants } from "./descendants.ts";
import type { Environments } from "./environments.ts";
import type { Containers } from "./containers/hub.ts";
import type { Executors } from "./executors/executor.ts";
import type { Residents } from "./executors/residents.ts";
import type { Flights } from "./flights.ts";
import type { LogKeeper } from "./log-keeper.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import type { Restarts } from "./restarts.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Store } from "./store.ts";
import type { Supervisor } from "./supervise.ts";
import type { WaitingLine } from "./waiting-line.ts";

export interface ProjectConfigRequest extends Layers {
  readonly projectRoot: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Engine extends EngineParts {
  readonly executors: Executors;
}

/** Everything but the executors, which are made of it. */
export interface EngineParts {
  readonly host: Host;
  readonly table: ProcessTable;
  /** The table for what looks at units every few seconds. */
  readonly readings: ProcessReadings;
  readonly snapshots: Snapshots;
  readonly launcher: Launcher;
  readonly store: Store;
  readonly supervisor: Supervisor;
  /** Units inside this very process. */
  readonly residents: Residents;
  /** Units in containers. */
  readonly containers: Containers;
  /** This process. */
  readonly me: ProcessHandle;
  readonly reservations: Reservations;
  readonly repository: RunRepository;
  readonly scope: ScopePaths;
  readonly scopeId: string;
  readonly checkout: Checkout;
  readonly version: string;
  readonly requirements: Adapters;
  readonly plugins: Plugins;
  /** For code of others that runs in this process. */
  readonly attribution: Attribution;
  /** Data directories whose old data wait until it is known how their replacement went. */
  readonly replacing: Set<string>;
  /** Units whose remains are being ended, or whose stop is being finished: a new start waits for it, or it would be ended too. */
  readonly clearings: Map<UnitId, Promise<unknown>>;
  /** Processes of units as they were seen last, so that those which leave every trace behind are still known. */
  readonly descendants: Descendants;
  readonly flights: Flights;
  readonly restarts: Restarts;
  /** Where jobs and reservations of services wait for their turn. */
  readonly line: WaitingLine;
  readonly logs: LogKeeper;
  /** Ends the liveness watch of a unit. */
  readonly watches: Map<UnitId, AbortController>;
  /** The value of a secret by its key; made on first use. */
  readonly reveal: (key: string) => string;
  /** Keeps a secret that was not made here. */
  readonly keepSecret: (key: string, value: string) => void;
  /** What the daemon begins by itself. */
  readonly autostart: () => readonly AutostartManifest[];
  /** Which code of the repository may run. */
  readonly trust: Pick<Trust, "isTrusted">;
  /** Aborted when nobody wants to wait any more: what is being stopped is killed. */
  readonly impatience: AbortController;
  readonly environments: Environments;
  readonly runtimes: RuntimeMemory;
  readonly resolveConfig: (request: ProjectConfigRequest) => Promise<ResolvedConfig>;
  /** Every file a configuration may be read from, there or not. */
  readonly configFiles: (request: ProjectConfigRequest) => readonly string[];
  /** Defaults without services: enough to stop what runs when the real one cannot be read. */
  readonly fallbackConfig: ResolvedConfig;
  readonly discoverProjects: () => readonly ProjectFact[];
  /** Alive, dead, or unknown for a process of another namespace. A unit inside this process lives while its code runs. */
  readonly judge: (handle: Handle) => "alive" | "dead" | "unknown";
}

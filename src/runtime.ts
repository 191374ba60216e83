/** The composition root: a record of parts, no behaviour. */
import type { ProjectVolumes } from "./engine/containers/project-volumes.ts";
import type { Actions } from "./actions/actions.ts";
import type { DaemonConnection } from "./daemon/client.ts";
import type { Daemon } from "./daemon/run-daemon.ts";
import type { ServiceAccess } from "./daemon/service-access.ts";
import type { ExamineRequest } from "./doctor/doctor.ts";
import type { Examined } from "./doctor/examine.ts";
import type { Graph } from "./graph/graph.ts";
import type { Checkout } from "./host/checkout.ts";
import type { UnitProcess } from "./engine/unit-processes.ts";
import type { AdapterFile } from "./host/adapter-files.ts";
import type { Host } from "./host/host.ts";
import type { ScopePaths } from "./host/paths.ts";
import type { JobFiles } from "./jobs/job-files.ts";
import type { JobStore } from "./jobs/store.ts";
import type { Queues } from "./jobs/queues.ts";
import type { BlastReport, BlastRequest } from "./model/blast.ts";
import type { Trust } from "./host/trust.ts";
import type { ConfigWorkbench } from "./config/workbench.ts";
import type { Config, ResolvedConfig } from "./model/config.ts";
import type { Control } from "./model/control.ts";
import type { PortHolder, ProjectFact, UnitTruth } from "./model/facts.ts";
import type { Figures } from "./model/figures.ts";
import type { Intent } from "./model/intent.ts";
import type { LoopNote } from "./model/loop-note.ts";
import type { Plan } from "./model/plan.ts";
import type { KeptThing } from "./model/pruning.ts";
import type { RunState } from "./model/run-state.ts";
import type { Handle, UnitId } from "./model/unit.ts";
import type { Plugins } from "./plugins/plugins.ts";
import type { Requirement } from "./requirements/adapter.ts";
import type { ListedData } from "./state/data-directories.ts";
import type { LegacyState } from "./state/legacy-state.ts";
import type { RunRepository } from "./state/run-repository.ts";
import type { Suites } from "./suites/suites.ts";
import type { Clearing, ThrowAway, ThrowAwayNote, ThrowAwayOrder } from "./suites/throw-away.ts";
import type { Worktrees } from "./worktrees/worktrees.ts";

/** Layers a caller can add on top of the files: flags and a profile. */
export interface ConfigRequest {
  readonly profile?: string;
  /** `services.backend.port` → value, from `--set`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Project root whose own `.envctl` counts; the repository's is used where it has none. */
  readonly projectRoot?: string;
}

export interface DaemonAccess {
  readonly socketPath: () => string;
  /** The running daemon, undefined when there is none. Starts nothing. */
  readonly connect: () => Promise<DaemonConnection | undefined>;
  /** The daemon, of this version at least; it starts on first need. */
  readonly ensure: () => Promise<DaemonConnection>;
  /** Ends a daemon that hangs; the pid that was ended, undefined when none lived. */
  readonly end: () => Promise<number | undefined>;
  /** The engine inside this process, holding the daemon's lock; undefined when another daemon has it. */
  readonly inForeground: () => Promise<Daemon | undefined>;
}

export interface ThrowAways {
  /** Those that are written down, of makers alive and dead. */
  readonly list: () => Promise<readonly ThrowAwayNote[]>;
  /** Units that one starts, with what they need; all of its mode when none is named. Throws a UserError for a name that is not there. */
  readonly units: (config: Config, names: readonly string[]) => Promise<readonly string[]>;
  readonly open: (order: ThrowAwayOrder) => Promise<ThrowAway>;
  /** Takes down those whose maker was killed. */
  readonly clear: () => Promise<Clearing>;
}

export interface EngineRuntime {
  readonly host: Host;
  /** Where the caller stands. */
  readonly checkout: Checkout;
  readonly scopeId: string;
  readonly scope: ScopePaths;
  /** Loads the YAML library on first use. */
  readonly resolveConfig: (request: ConfigRequest) => Promise<ResolvedConfig>;
  /** Main and every worktree, with their remembered slots. Runs git. */
  readonly discoverProjects: () => Promise<readonly ProjectFact[]>;
  /** Makes and deletes worktrees. */
  readonly worktrees: () => Promise<Worktrees>;
  /** The repository's main configuration file and what can be done to it. `isDetecting`: with the detectors of plug-ins, which loads them. */
  readonly configFile: (isDetecting: boolean) => Promise<ConfigWorkbench>;
  /** The value of a generated secret, `<project>/<requirement>/<name>`; undefined while it was never made. */
  readonly knownSecret: (key: string) => Promise<string | undefined>;
  /** Those found for this repository. Nothing of them is read before it is asked for. */
  readonly plugins: () => Promise<Plugins>;
  /** Which hook commands, requirements and plug-ins of this repository may run. */
  readonly trust: () => Promise<Trust>;
  /** Data directories of projects and their snapshots, as they lie on the disk. */
  readonly dataOf: (projects: readonly string[]) => Promise<readonly ListedData[]>;
  /** Volumes of a project in container engines, which are deleted where that is asked for. */
  readonly volumesOf: (project: string, remove: boolean) => Promise<ProjectVolumes>;
  /** Requirements the repository brings along. Runs nothing of them. */
  readonly adapterFiles: () => Promise<readonly AdapterFile[]>;
  readonly requirements: () => Promise<readonly Requirement[]>;
  /** What is done with projects besides running them. */
  readonly actions: () => Promise<Actions>;
  readonly repository: RunRepository;
  /** Judges every unit of a state by handle, without signalling anything. */
  readonly observeUnits: (state: RunState) => Readonly<Record<UnitId, UnitTruth>>;
  /** The program behind the shell in front of a unit, where that is cheap to read; else the process the handle names. */
  readonly programPid: (handle: Handle) => number | undefined;
  /** Whether a daemon lives, by its lock: nothing is asked of it. */
  readonly isSupervised: () => boolean;
  /** The word of a daemon that ended itself, as long as no other has come. */
  readonly loopNote: () => LoopNote | undefined;
  /** What units use, as the daemon measured it last; undefined without a daemon, or when it has not measured lately. */
  readonly figures: () => Figures | undefined;
  /** Who listens on a port, as far as the system tells; undefined when it is free. */
  readonly portHolder: (port: number) => Promise<PortHolder | undefined>;
  /** What checks of the machine, the repository and the state find. Changes nothing; a finding's fix does when it is applied. */
  readonly examine: (request: ExamineRequest) => Promise<readonly Examined[]>;
  /** The processes of every unit of a state that live now. */
  readonly unitProcesses: (state: RunState) => Promise<Readonly<Record<UnitId, readonly UnitProcess[]>>>;
  /** Everything that is kept of this repository, and the caches. */
  readonly keptThings: () => Promise<readonly KeptThing[]>;
  /** Removes it for good. */
  readonly removeThings: (things: readonly KeptThing[]) => Promise<void>;
  /** What the Python engine left of this repository. */
  readonly legacyState: () => Promise<LegacyState | undefined>;
  /** How to reach or start the daemon, for the commands about it. */
  readonly daemon: DaemonAccess;
  /** Jobs as they lie on the disk, whether a daemon runs or not. */
  readonly jobs: () => Promise<Pick<JobFiles, "load" | "filesOf" | "autostarts">>;
  /** Both as a whole. */
  readonly jobStore: () => Promise<Pick<JobStore, "dump" | "read" | "load" | "tidy">>;
  /** Units of a project's tree, and their runs. */
  readonly graph: (project: Pick<ProjectFact, "name" | "root">) => Promise<Graph>;
  /** Messages between whoever has something to say to another. */
  readonly queues: () => Promise<Queues>;
  /** Services with remote objects, and agents. */
  readonly services: () => Promise<ServiceAccess>;
  /** The plan an intent would lead to; asks a running daemon, else plans right here and starts nothing. */
  readonly preview: (intent: Intent) => Promise<Plan>;
  /** Ends what is marked as this repository's right from here, whatever became of state and daemon. */
  readonly blast: (request: BlastRequest) => Promise<BlastReport>;
  /** Suites of scripts: found, read, run, and written down. */
  readonly suites: () => Promise<Suites>;
  /** A checkout once more, for a while: with services, ports and data of its own. */
  readonly throwAways: ThrowAways;
  /** In the CLI this talks to the daemon, starting it on first need; in the daemon it is the engine itself. A daemon started `withoutAutostart` begins nothing by itself. */
  readonly control: (options?: { readonly withoutAutostart?: boolean }) => Promise<Control>;
}

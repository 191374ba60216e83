/** The resolved configuration of a project: every default filled in, nothing expanded yet. */

import type { ContainerNetwork, EngineConfig, ImageBuild } from "./container.ts";
import type { Failure } from "./failure.ts";
import type { RestartPolicy } from "./restart.ts";
import type { GroupStrategy, HookName, Limits, LivenessConfig, LogKeeping } from "./supervision.ts";
import type { ExecutorName, RequirementEngine } from "./unit.ts";
import type { WorktreeSettings } from "./worktrees.ts";

export type Mode = "main" | "trees";

/** `"npm run dev"` (a shell only where it has shell syntax) or an argv that runs directly. */
export type CommandText = string | readonly string[];

/** A probe as configured; absent means `listener` for a unit with a port, else `none`. Times are milliseconds. */
export type ProbeConfig =
  | { readonly kind: "listener" }
  | { readonly kind: "tcp"; readonly address?: string }
  | { readonly kind: "http"; readonly path: string; readonly status?: number }
  | { readonly kind: "exec"; readonly command: CommandText }
  | { readonly kind: "log"; readonly pattern: string }
  | { readonly kind: "delay"; readonly forMs: number }
  | { readonly kind: "none" };

export interface PrepareConfig {
  readonly name: string;
  readonly command: CommandText;
  readonly inputs: readonly string[];
}

export interface StopConfig {
  readonly signal: NodeJS.Signals;
  readonly to: "group" | "leader";
  readonly graceMs: number;
}

/** A service in a container; `image` or `build` is there. */
export interface ContainerConfig {
  readonly image?: string;
  /** The context is relative to the service's `dir`. */
  readonly build?: ImageBuild;
  /** Volume name → path inside. */
  readonly volumes: Readonly<Record<string, string>>;
  /** The number the program listens on; absent: the assigned one. */
  readonly port?: number;
  readonly network: ContainerNetwork;
  /** Name of the engine it runs on. */
  readonly onEngine?: string;
}

export interface ServiceConfig {
  readonly name: string;
  readonly enabled: boolean;
  /** Relative to the project's root. */
  readonly dir: string;
  /** Empty for a service with a module, and for a container that runs what its image says. */
  readonly command: CommandText;
  readonly executor: ExecutorName;
  /** `<plug-in>/<executor>`: how the command of a process is run. */
  readonly pluginExecutor?: string;
  /** Relative to `dir`. */
  readonly module?: string;
  readonly container?: ContainerConfig;
  /** Base port of slot 0; `none` for a unit that does not listen. */
  readonly port: number | "none";
  /** Further named ports, `${services.<name>.ports.<port name>}`. */
  readonly ports: Readonly<Record<string, number>>;
  readonly ready?: ProbeConfig;
  readonly readyTimeoutMs: number;
  /** Names of services and requirements of the same project. */
  readonly dependsOn: readonly string[];
  /** Capabilities, each met by one requirement that provides it. */
  readonly requires?: readonly string[];
  /** Templates: `{port}`, `${postgres.url}`, `${services.backend.url}`, `${project.name}`, `${env.HOME}`. */
  readonly env: Readonly<Record<string, string>>;
  readonly critical: boolean;
  readonly prepare: readonly PrepareConfig[];
  readonly stop: StopConfig;
  /** Shown instead of `http://<host>:<port>`; a template. */
  readonly publicUrl?: string;
  readonly healthUrl?: string;
  /** Absent: never. */
  readonly restart?: RestartPolicy;
  readonly live?: LivenessConfig;
  readonly limits?: Limits;
  readonly watch: readonly string[];
  readonly on: HookCommands;
}

/** Commands by the name of what happened. */
export type HookCommands = Readonly<Partial<Record<HookName, CommandText>>>;

export interface RestartGroupConfig {
  readonly strategy: GroupStrategy;
  /** Names of services and requirements of one project, in the order that `rest_for_one` means. */
  readonly units: readonly string[];
}

export interface RequirementConfig {
  readonly name: string;
  readonly enabled: boolean;
  readonly engine: "auto" | RequirementEngine;
  /** Of an external server; a template. */
  readonly url?: string;
  /** False: what depends on it starts without it. Only of an external server. */
  readonly required?: boolean;
  /** Of a container, instead of the adapter's. */
  readonly image?: string;
  /** Name of the engine its container runs on. */
  readonly onEngine?: string;
  /** Requirements it uses itself, as its adapter says. */
  readonly dependsOn?: readonly string[];
  /** Adapter settings (`version`, `database`, `user`, `port`, …) as written; the adapter validates them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Tests of a project that are run by one command. */
export interface SuiteConfig {
  readonly name: string;
  readonly command: CommandText;
  /** Relative to the project's root. */
  readonly dir: string;
  /** The service whose environment it sees. */
  readonly service?: string;
  /** Who writes its output, by id; found out unless given. */
  readonly runner?: string;
  /** JUnit XML the command itself writes, relative to `dir`. */
  readonly report?: string;
}

/** A service by name and directory: as much of it as detection needs. */
export type ServicePlace = Pick<ServiceConfig, "name" | "dir">;

/** A tool that brings the schema of a service's database up to date. */
export interface MigrationConfig {
  readonly service: string;
  readonly command: string;
  /** Relative to the project's root. */
  readonly dir: string;
}

/** What a mode starts; absent lists mean everything that is enabled. */
export interface ModeConfig {
  readonly enabled: boolean;
  readonly services?: readonly string[];
  readonly requirements?: readonly string[];
  /** Like `Config.optionalEnv`, for this mode only; stronger than it. */
  readonly optionalEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Config {
  readonly version: 1;
  readonly defaultMode: Mode;
  /** Host name used in URLs shown to people. */
  readonly publicHost: string;
  /** Distance between the ports of neighbouring slots. */
  readonly portSpacing: number;
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly requirements: Readonly<Record<string, RequirementConfig>>;
  readonly modes: Readonly<Record<Mode, ModeConfig>>;
  /** Container engines by name. */
  readonly engines?: Readonly<Record<string, EngineConfig>>;
  /** The one of them on which containers run that name none. */
  readonly onEngine?: string;
  /** Whether `engine: auto` means a container where there is one. */
  readonly docker?: boolean;
  /** Capability → requirement, where several provide it. */
  readonly providers?: Readonly<Record<string, string>>;
  /** Whether what a start would do again, or go on without, fails it. */
  readonly strict?: boolean;
  /** Test suites by name; absent: they are detected. */
  readonly suites?: Readonly<Record<string, SuiteConfig>>;
  /** Whether crashes are told of on the desktop. */
  readonly notify?: boolean;
  /** Paths of plug-ins, relative to the repository. */
  readonly plugins?: readonly string[];
  readonly restartGroups: Readonly<Record<string, RestartGroupConfig>>;
  /** For every unit; those of a service are run as well. */
  readonly on: HookCommands;
  /** How worktrees are made. */
  readonly worktrees: WorktreeSettings;
  readonly logs: LogKeeping;
  /** Names of environment variables whose values are masked wherever they are shown. */
  readonly secrets?: readonly string[];
  /**
   * Extra templates per launch-env section of the Python engine's form. A line whose source is unavailable is dropped
   * instead of being an error, so they are kept apart from `services.<name>.env`.
   */
  readonly optionalEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Layers from weakest to strongest. */
export const configLayers = ["default", "detected", "system", "user", "repository", "profile", "local", "environment", "flag"] as const;
export type ConfigLayer = (typeof configLayers)[number];

/** Where a value comes from. */
export interface Origin {
  readonly layer: ConfigLayer;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The environment variable or flag, for those layers. */
  readonly name?: string;
}

/** One key as its users write it. */
export interface Setting {
  /** The value in effect as text: durations such as `30s`, lists in brackets; for a key without a value what holds instead. */
  readonly text: string;
  readonly origin: Origin;
  /** `unset`: nothing holds, or only beside another key; `otherwise`: what holds is no constant, such as an adapter's port. */
  readonly state: "set" | "otherwise" | "unset";
}

/** A configuration with the origin of every key (`services.backend.port` → origin). */
export interface ResolvedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<string, Origin>>;
  /** Configuration files read, weakest first. */
  readonly files: readonly string[];
  /** True when no repository file exists and the services were detected. */
  readonly isDetected: boolean;
  /** Things that are not as they should be but do no harm, such as keys nothing reads. */
  readonly warnings: readonly Failure[];
  /** Every key there can be for what is configured, in the order of the table of keys. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Names of the Python engine's form → our key. */
  readonly aliases: Readonly<Record<string, string>>;
}

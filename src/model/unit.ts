/** Units: everything the engine runs, described by plain data. */

import type { ContainerDraft, ContainerRun } from "./container.ts";
import type { RestartPolicy } from "./restart.ts";
import type { Hooks, Limits, Liveness, LogKeeping, RestartGroup } from "./supervision.ts";

/** `<project>/<unit name>`, e.g. `Main/backend`. */
export type UnitId = string;
export type UnitKind = "service" | "requirement";

/** Those of services. */
export const serviceExecutors = ["process", "node", "thread", "async"] as const;
export const executors = [...serviceExecutors, "container", "external"] as const;
/**
 * How a unit runs: as a program; as a JavaScript module in a Node process of its own; in a worker thread of the daemon; in
 * the daemon's own loop; those two end with the daemon. `container`: in a container. `external` runs nothing: somebody else's server is only watched.
 */
export type ExecutorName = (typeof executors)[number];

/** How a unit is known to be ready. Times are milliseconds. */
export type Probe =
  /** The port is held by a descendant of the unit. */
  | { readonly kind: "listener"; readonly port: number }
  /** A connection to the port is not closed at once: an engine accepts them before anything listens inside the container. */
  | { readonly kind: "published"; readonly port: number }
  /** A TCP connect succeeds (the holder is not checked beyond the ownership proof). */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** GET answers `status` (default any 2xx); a JSON body with `ready: false` rejects. */
  | { readonly kind: "http"; readonly port: number; readonly path: string; readonly status?: number }
  /** The command exits 0; it runs in the unit's directory and environment. */
  | { readonly kind: "exec"; readonly command: readonly string[] }
  /** A line of the unit's log, written since its start, matches. */
  | { readonly kind: "log"; readonly pattern: string }
  /** The unit has lived this long. */
  | { readonly kind: "delay"; readonly forMs: number }
  /** Bytes (base64; secret references in them are replaced) sent to the port, of this machine unless a host is named, are answered by text matching `expect` (latin1). */
  | { readonly kind: "exchange"; readonly host?: string; readonly port: number; readonly send: string; readonly expect: string }
  /** Nothing to wait for: started is ready. */
  | { readonly kind: "none" };

/** How a unit is asked to end. `leader` is the unit's own first process, `group` everything in its process group. */
export interface StopSpec {
  readonly signal: NodeJS.Signals;
  readonly to: "group" | "leader";
  readonly graceMs: number;
}

/** How a unit is asked to end that says nothing about it. */
export const defaultStop: StopSpec = { signal: "SIGTERM", to: "group", graceMs: 5000 };

/** A step done once per change of its inputs before the unit starts. */
export interface PrepareStep {
  readonly name: string;
  /** An argv to run in the unit's directory. */
  readonly command: readonly string[];
  /** Files and globs, relative to the unit's directory, whose contents decide whether to run again. */
  readonly inputs: readonly string[];
}

/** A numbered port of a unit. */
export interface UnitPort {
  /** `main` for the only or first one. */
  readonly name: string;
  readonly port: number;
  /** The number asked for by base and slot; differs from `port` when that was taken. */
  readonly requested: number;
}

/** The part of a unit's specification an adapter decides. */
export interface UnitDraft {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ready: Probe;
  readonly readyTimeoutMs: number;
  readonly stop: StopSpec;
  readonly url?: string;
  /** There when it runs in a container; `command` may be empty then. */
  readonly container?: ContainerDraft;
}

/** What to run, completely expanded except for secret references (see secrets.ts). */
export interface UnitSpec {
  readonly id: UnitId;
  readonly project: string;
  readonly name: string;
  readonly kind: UnitKind;
  readonly executor: ExecutorName;
  /** `<plug-in>/<executor>`: what says how the command is run. */
  readonly pluginExecutor?: string;
  /** The JavaScript module that runs instead of `command`, for every executor but `process`. An absolute path. */
  readonly module?: string;
  /** Empty for a container that runs what its image says. */
  readonly command: readonly string[];
  readonly container?: ContainerRun;
  readonly directory: string;
  /** Configured keys only; the caller's environment is added at the start. Values may hold secret references. */
  readonly env: Readonly<Record<string, string>>;
  /** Names in `env` whose values the configuration calls secret: never shown unasked. */
  readonly secretEnv?: readonly string[];
  readonly ports: readonly UnitPort[];
  readonly ready: Probe;
  readonly readyTimeoutMs: number;
  readonly stop: StopSpec;
  readonly dependsOn: readonly UnitId[];
  readonly prepare: readonly PrepareStep[];
  /** A failure of a critical unit fails the start. */
  readonly critical: boolean;
  /** Where a person reaches it; absent for units without a port. */
  readonly url?: string;
  readonly healthUrl?: string;
  /** Whether and when it is started again after it ended by itself; absent means never. */
  readonly restart?: RestartPolicy;
  readonly restartGroup?: RestartGroup;
  readonly live?: Liveness;
  readonly limits?: Limits;
  /** Globs relative to its directory; a change of a file restarts it. */
  readonly watch?: readonly string[];
  readonly hooks?: Hooks;
  /** Absent: the log is never rotated. */
  readonly logs?: LogKeeping;
  /** For requirements. */
  readonly requirement?: RequirementOrigin;
  /** sha256 (12 hex) over everything above that, when changed, needs a restart. */
  readonly hash: string;
}

/** What a requirement's unit was made by. */
export interface RequirementOrigin {
  /** The adapter's id. */
  readonly adapter: string;
  readonly version: string;
  readonly engine?: RequirementEngine;
  /** Why this engine. */
  readonly because?: string;
  /** The one it owns; absent where envctl keeps nothing. */
  readonly dataDirectory?: string;
}

export const requirementEngines = ["embedded", "docker", "external"] as const;
/** Where a requirement runs: as a process of ours, in a container, or outside of envctl. */
export type RequirementEngine = (typeof requirementEngines)[number];

/** Identity of a process: all four must agree before it is signalled. */
export interface ProcessHandle {
  readonly pid: number;
  /** Start time in the kernel's own unit (clock ticks since boot on Linux, `lstart` on macOS). */
  readonly startTime: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Keeps a resident from being taken for a process. */
  readonly inside?: never;
}

/**
 * A unit inside a daemon. What looks like its process is the daemon's, so nothing that signals, kills or looks for
 * descendants accepts one.
 */
export interface ResidentHandle extends Omit<ProcessHandle, "inside"> {
  readonly inside: "thread" | "async";
  /** Tells one start from the next: the thread's id, or a running number. */
  readonly instance: number;
}

/** A server of somebody else's, as it is watched. It names no process, so there is nothing anybody could signal. */
export interface ExternalHandle {
  readonly inside: "external";
  /** Tells one start from the next. */
  readonly instance: number;
  readonly pid?: never;
  readonly startTime?: never;
  readonly bootId?: never;
  readonly pidNamespace?: never;
}

/** A unit in a container: its engine is asked about it, nothing here is ever signalled. */
export interface ContainerHandle {
  readonly inside: "container";
  /** Address of the engine, as a person would write it. */
  readonly engine: string;
  readonly containerId: string;
  /** As the engine says; another one is another start. */
  readonly startedAt: string;
  /** What runs: tags move, this does not. */
  readonly imageId: string;
  /** It has no process of this machine. */
  readonly pid?: never;
  readonly startTime?: never;
  readonly bootId?: never;
  readonly pidNamespace?: never;
}

export type Handle = ProcessHandle | ResidentHandle | ContainerHandle | ExternalHandle;

/** Whether both mean the same start of a unit. */
export function isSameHandle(one: Handle, other: Handle): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf(handle: Handle): string {
  if (handle.inside === "container") return `${handle.containerId}/${handle.startedAt}`;
  return [handle.pid, handle.startTime, handle.inside, handle.inside === undefined ? undefined : handle.instance].join("/");
}

/** Whether the unit's code is inside the daemon. */
export function isResident(handle: Handle): handle is ResidentHandle {
  return handle.inside === "thread" || handle.inside === "async";
}

/** `pid 4711`, `container 0123456789ab`. */
export function handleText(handle: Exclude<Handle, ExternalHandle>): string {
  return handle.inside === "container" ? `container ${handle.containerId.slice(0, 12)}` : `pid ${handle.pid}`;
}

/** Which executor can end what a handle names; the specification may say another one meanwhile. */
export function executorOf(handle: Handle): ExecutorName {
  return handle.inside ?? "process";
}

/** How a process ended; `unknown` when nobody saw it and no status was left. */
export type Exit =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "unknown" }
  /** It did not end: a server of somebody else's is no longer watched. */
  | { readonly kind: "released" };

/** Builds the id of a unit. */
export function unitIdOf(project: string, unitName: string): UnitId {
  return `${project}/${unitName}`;
}

/** The ownership mark every process of a unit carries in `ENVCTL_OWNER`. */
export function ownerMark(scope: string, unitId: UnitId, runId: string): string {
  return `${scope}/${unitId}/${runId}`;
}

/** The unit's main port number, if it has one. */
export function mainPort(spec: Pick<UnitSpec, "ports">): number | undefined {
  return spec.ports[0]?.port;
}

/** Reads a POSIX shell status: above 128 it was a signal. Names come from the caller's table of signal numbers. */
export function exitOfStatus(status: number, signalNames: Readonly<Record<number, string>>): Exit {
  const signal = status > 128 ? signalNames[status - 128] : undefined;
  return signal === undefined ? { kind: "code", code: status } : { kind: "signal", signal };
}

/** `exit code 3`, `signal SIGKILL`, `an unseen end`. */
export function exitText(exit: Exit): string {
  switch (exit.kind) {
    case "code":
      return `exit code ${exit.code}`;
    case "signal":
      return `signal ${exit.signal}`;
    case "unknown":
      return "an unseen end";
    case "released":
      return "no end: it is not envctl's, and goes on as it is";
  }
}

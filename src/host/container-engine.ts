/** What envctl asks of a container engine. Types only: docker-engine.ts gives one, whatever builds on it imports this file. */
import type { Failure } from "../model/failure.ts";
import type { ProgramResult } from "./run-program.ts";

/** How an engine is reached. Plain data. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly socket: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  /** Through the system's ssh client, so the person's own ssh configuration, keys and known hosts hold. */
  | { readonly kind: "ssh"; readonly destination: string; readonly port?: number; readonly socket: string };

/** PEM files; `skipVerify` accepts any server. */
export interface TlsFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly skipVerify: boolean;
}

/** An address and who says so: `DOCKER_HOST`, `docker context "colima"`, `the default socket`. */
export interface EngineCandidate {
  readonly address: EngineAddress;
  readonly source: string;
}

/** An engine that answered. */
export interface FoundEngine extends EngineCandidate {
  readonly product: "docker" | "podman";
  readonly version: string;
  readonly apiVersion: string;
}

export type EngineSearch = { readonly kind: "found"; readonly engine: FoundEngine } | { readonly kind: "none"; readonly failure: Failure };

/** The labels everything carries that envctl makes in an engine; what lacks them is never touched. */
export const containerLabels = {
  scope: "io.envctl.scope",
  project: "io.envctl.project",
  unit: "io.envctl.unit",
  run: "io.envctl.run",
  /** Hash of the unit's specification. */
  spec: "io.envctl.spec",
} as const;

export type Labels = Readonly<Record<string, string>>;

/** What a container belongs to. */
export interface ContainerOwner {
  readonly scope: string;
  readonly project: string;
  readonly unit: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Absent: what the image says. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Published on 127.0.0.1, unless one says otherwise. */
  readonly ports: readonly PublishedPort[];
  readonly volumes: readonly Mount[];
  /** With `io.envctl.scope`. */
  readonly labels: Labels;
  readonly user?: string;
  readonly workdir?: string;
  readonly memoryBytes?: number;
  /** Name of a network; in it the container is also known by the names in `aliases`. */
  readonly network?: string;
  readonly aliases?: readonly string[];
  /** Id of a container whose network it shares, its loopback address too; instead of `network`. */
  readonly networkOf?: string;
  readonly stopSignal?: NodeJS.Signals;
  /** `name:address`, where the address may be `host-gateway`. */
  readonly extraHosts?: readonly string[];
}

export interface PublishedPort {
  readonly container: number;
  /** On the engine's machine; 0 for one that the engine chooses. */
  readonly host: number;
  /** An address of the engine's machine; 127.0.0.1 unless given. */
  readonly address?: string;
}

/** A named volume or a directory of the engine's machine. */
export type Mount = { readonly target: string; readonly readonly?: boolean } & ({ readonly volume: string } | { readonly hostPath: string });

/** The truth about a container. Times are ISO 8601. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** The image's id (`sha256:…`), which changes when a tag is pulled anew. */
  readonly imageId: string;
  readonly isRunning: boolean;
  readonly startedAt?: string;
  readonly ports: readonly PublishedPort[];
  /** Only when it has ended. */
  readonly end?: ContainerEnd;
}

export interface ContainerEnd {
  readonly exitCode: number;
  /** The kernel ended it, or a part of it, for its memory. */
  readonly isOutOfMemory: boolean;
  readonly at: string;
}

/** What a container uses now. */
export interface ContainerFigures {
  /** Processor time since its start. */
  readonly cpuMs: number;
  /** Without the page cache that can be given back. */
  readonly memoryBytes: number;
  readonly processes: number;
}

/** Where reading a log ended. Plain data, to be kept beside the log file. */
export interface LogPosition {
  /** RFC 3339 with nanoseconds, as the engine writes it. */
  readonly time: string;
  /** How many entries with exactly this time were read: parts of a long line share theirs. */
  readonly entries: number;
}

/** A line, or a part of a long one, as the container wrote it. */
export interface LogEntry {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Buffer;
  readonly position: LogPosition;
}

export type EngineEvent =
  /** Events before it may be missing: look at the containers. Comes first, and after every broken connection. */
  | { readonly kind: "connected" }
  | { readonly kind: "started" | "out-of-memory"; readonly containerId: string; readonly labels: Labels; readonly at: string }
  | { readonly kind: "ended"; readonly containerId: string; readonly labels: Labels; readonly at: string; readonly exitCode: number };

/** Long work tells how far it is; totals are bytes where they are known. */
export type EngineProgress = (text: string, done?: number, total?: number) => void;

export interface BuildSpec {
  /** The context; a `.dockerignore` in it holds. */
  readonly directory: string;
  /** Relative to the context, `Dockerfile` by default. */
  readonly dockerfile?: string;
  readonly tag: string;
  readonly labels: Labels;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

export interface ExecSpec {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly timeoutMs: number;
}

/**
 * One engine, used for one scope. Every effect is idempotent: making what is there and removing what is not are no
 * errors. Everything has a deadline; expected trouble is thrown as UserError. Nothing whose label `io.envctl.scope` is not
 * this scope's is changed or removed: that is a conflict.
 */
export interface ContainerEngine {
  readonly found: FoundEngine;
  readonly images: ImageOperations;
  readonly containers: ContainerOperations;
  readonly volumes: VolumeOperations;
  readonly networks: NetworkOperations;
  /** Of the containers with all of these labels, until the signal; reconnects by itself. */
  events(labels: Labels, signal: AbortSignal): AsyncIterable<EngineEvent>;
  /**
   * Makes a published port reachable at `127.0.0.1:here`: through ssh, or by TCP where its address is known; does nothing for
   * an engine of this machine. Throws a UserError when the port is taken here, or nothing leads there.
   */
  forward(here: number, there: ForwardTarget): Promise<void>;
  /** Gives the port back. */
  unforward(here: number): Promise<void>;
  /** Ends the connections; containers stay. */
  close(): Promise<void>;
}

/** Where a published port is on the engine's machine. */
export interface ForwardTarget {
  readonly port: number;
  /** By which it can be reached from here; absent: its loopback address. */
  readonly address?: string;
}

export interface ImageOperations {
  /** The image's id; undefined when the engine does not have it. */
  find(image: string): Promise<string | undefined>;
  /** Pulls it, whether there or not; returns its id. */
  pull(image: string, progress: EngineProgress, signal: AbortSignal): Promise<string>;
  /** Builds it; returns its id. */
  build(spec: BuildSpec, progress: EngineProgress, signal: AbortSignal): Promise<string>;
}

export interface ContainerOperations {
  /**
   * Creates and starts it. One of ours that has its name and the same `io.envctl.spec` is kept, and started if it does not
   * run; with another `io.envctl.spec` it is replaced; anybody else's is a conflict. Its image must be there.
   */
  start(spec: ContainerSpec): Promise<ContainerFacts>;
  /** By id or name; undefined when there is none. */
  inspect(container: string): Promise<ContainerFacts | undefined>;
  /** All with these labels, ended ones too. */
  list(labels: Labels): Promise<readonly ContainerFacts[]>;
  /** Sends the signal and kills after the grace. */
  stop(container: string, signal: NodeJS.Signals, graceMs: number): Promise<void>;
  kill(container: string, signal?: NodeJS.Signals): Promise<void>;
  /** With its anonymous volumes, running or not. */
  remove(container: string): Promise<void>;
  /** Resolves when it has ended, with undefined when it is gone; rejects when the signal comes first or the engine goes away. */
  ended(container: string, signal: AbortSignal): Promise<ContainerFacts | undefined>;
  /** Hands over everything written since `from`, once and in order; resolves when the container has ended and all is read. */
  followLog(container: string, from: LogPosition | undefined, write: (entry: LogEntry) => void, signal: AbortSignal): Promise<void>;
  /** At the deadline the result has `trouble`; engines cannot end what was begun, so it goes on in the container. */
  exec(container: string, spec: ExecSpec): Promise<ProgramResult>;
  /** Undefined when it does not run. */
  figures(container: string): Promise<ContainerFigures | undefined>;
}

export interface VolumeFacts {
  readonly name: string;
  readonly labels: Labels;
}

export interface VolumeOperations {
  create(name: string, labels: Labels): Promise<void>;
  list(labels: Labels): Promise<readonly VolumeFacts[]>;
  remove(name: string): Promise<void>;
  /** Bytes per volume with these labels; slow, since the engine counts its files. */
  sizes(labels: Labels): Promise<Readonly<Record<string, number>>>;
}

export interface NetworkOperations {
  create(name: string, labels: Labels): Promise<void>;
  /** Names of the networks with these labels. */
  list(labels: Labels): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}

/** What a requirement is: one file of data plus few idempotent effects. */
import type { RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { Host } from "../host/host.ts";

/** Where an adapter finds its server on this machine, decided before planning. Plain data. */
export interface Runtime {
  /** Absolute path of the server program. */
  readonly program: string;
  /** Exact version, as the program or package says. */
  readonly version: string;
  /** `configured path`, `PATH`, `npm package …`, `Debian package …`. */
  readonly source: string;
  /** Environment the program needs, such as LD_LIBRARY_PATH. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is known when a requirement's units are drafted. */
export interface DraftInput<S> {
  readonly project: string;
  readonly name: string;
  readonly settings: S;
  /** Absent when it would have to be fetched first: a plan can still be shown. */
  readonly runtime: Runtime | undefined;
  /** Assigned port per name of `ports`. */
  readonly ports: Readonly<Record<string, number>>;
  readonly dataDirectory: string;
  /** Reference for the secret `name` of this requirement, see model/secrets.ts. */
  secret(name: string): string;
}

/** For the effects, which may resolve secrets. */
export interface PrepareInput<S> extends DraftInput<S> {
  readonly runtime: Runtime;
  /** The value of a secret by its key, the inside of a reference: made on first use. */
  reveal(key: string): string;
  /** Long work tells how far it is; totals are bytes. */
  progress(text: string, done?: number, total?: number): void;
  readonly signal: AbortSignal;
}

/** What the server's container differs in from its process. */
export interface ContainerAdapter<S> {
  /** For these settings, with a tag that does not move; undefined when there is none. */
  image(settings: S): string | undefined;
  /** `volume` is where its data are inside, `port` the number it listens on there. */
  run(input: DraftInput<S>): Pick<UnitDraft, "command" | "env"> & { readonly volume: string; readonly port: number };
}

/** One kind of requirement. `S` is its validated settings. */
export interface Requirement<S = unknown> {
  readonly id: string;
  readonly title: string;
  /** Capabilities a service may ask for. */
  readonly provides: readonly string[];
  /** Port name → base port of slot 0. The first is the main one. */
  readonly ports: Readonly<Record<string, number>>;
  /** Names of generated secrets, kept 0600 per project. */
  readonly secrets: readonly string[];
  /** Validates the settings as written; a list of failures when they are wrong. */
  settings(raw: RequirementConfig): S | readonly Failure[];
  /** `ports` as these settings have it; the base ports of slot 0. */
  basePorts(settings: S): Readonly<Record<string, number>>;
  /** Finds the server without fetching anything; undefined when it is not on this machine yet. */
  locate(settings: S, host: Host): Promise<Runtime | undefined>;
  /** Fetches what `locate` did not find. Throws a UserError that names the install command when it cannot. */
  fetch(settings: S, host: Host, progress: PrepareInput<S>["progress"], signal: AbortSignal): Promise<Runtime>;
  draft(input: DraftInput<S>): UnitDraft;
  /** Values for templates: `${<name>.url}` and so on. Secret parts are references. */
  values(input: DraftInput<S>): Readonly<Record<string, string>>;
  /** Variables every service that depends on it gets, unless it sets them itself. */
  env(input: DraftInput<S>): Readonly<Record<string, string>>;
  /** Makes the data directory ready for the server. Idempotent; keeps what is there. */
  prepare(input: PrepareInput<S>, host: Host): Promise<void>;
  /** Absent: it cannot run in a container. */
  readonly container?: ContainerAdapter<S>;
}

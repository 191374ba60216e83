/** What a requirement is: one file of data plus few idempotent effects. */
import type { CommandText, RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import type { Complaint } from "../model/start-class.ts";
import type { ContainerDraft } from "../model/container.ts";
import type { Probe, UnitDraft } from "../model/unit.ts";
import type { Host } from "../host/host.ts";

/** Where an adapter finds its server on this machine, decided before planning. Plain data. */
export interface Runtime {
  /** Absolute path of the server program. */
  readonly program: string;
  /** Absolute path of the program that runs it, where that is not envctl's own Node. */
  readonly interpreter?: string;
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
  /** The project whose server serves it, where that is not its own; ports, data directory and secrets are that one's. */
  readonly server?: string;
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
export interface EffectInput<S> extends DraftInput<S> {
  /** The value of a secret by its key, the inside of a reference: made on first use. */
  reveal(key: string): string;
  /** Keeps a secret that is known already, under its key. */
  keep(key: string, value: string): void;
  /** What the server is started with, where that is planned; values may hold secret references. */
  readonly env?: Readonly<Record<string, string>>;
  /** Values of a requirement it `uses`, as this machine sees them, where the start is planned; they may hold secret references. */
  used?(name: string): Readonly<Record<string, string>>;
  /** The project's checkout. */
  readonly projectRoot: string;
  /** Long work tells how far it is; totals are bytes. */
  progress(text: string, done?: number, total?: number): void;
  readonly signal: AbortSignal;
}

/** For the effects of a server that is a process. */
export interface PrepareInput<S> extends EffectInput<S> {
  readonly runtime: Runtime;
}

/** A command that brings what a server holds up to date. */
export interface MigrationOf {
  readonly command: CommandText;
  /** Besides the variables of a unit that depends on the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** For a copy of a project's data. */
export interface CopyInput<S> extends PrepareInput<S> {
  /** An existing, empty directory of the server's account. */
  readonly to: string;
  /** Whether the server runs, and so goes on writing. */
  readonly isLive: boolean;
}

/** A server outside of envctl, as its URL says. Secret parts are references. */
export interface ExternalServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Only encrypted connections are taken: what needs one in the clear cannot be asked. */
  readonly isEncrypted: boolean;
}

/** For a database that a project leaves behind on another project's server. */
export interface DropInput<S> extends EffectInput<S> {
  readonly database: string;
  /** Whether the server answers. */
  readonly isLive: boolean;
}

/** What is done with a server of envctl's own, as a process or in a container. */
export interface OwnServer<S = unknown> {
  /** True when a worktree is served by Main's server instead of one of its own. */
  usesMainServer?(settings: S): boolean;
  /** `main` or the name of a snapshot: what data are copied from when there are none yet. */
  seedOf?(settings: S): string | undefined;
  /** Makes what the project needs inside the server that answers: without it nothing may use the server. Idempotent. */
  settle?(input: EffectInput<S>, host: Host): Promise<void>;
  /** Deletes a database that `settle` made for a project that is gone. Done already is done. */
  dropDatabase?(input: DropInput<S>, host: Host): Promise<void>;
  /** Run in the project's checkout once the server is settled and before anything uses it. */
  migrationOf?(input: DraftInput<S> & Pick<EffectInput<S>, "projectRoot">, host: Host): MigrationOf | undefined;
  /** What no two may change at once; the claim of a migration. */
  claimOf?(input: DraftInput<S>): string;
  /** What a person should know of it before it is started. */
  notes?(settings: S): readonly string[];
  /** First steps of a server that answers and is settled; it can be used also when they fail. Idempotent. */
  bootstrap?(input: EffectInput<S>, host: Host): Promise<void>;
  /** What a server says, in its log, that ends before it is ready. */
  readonly complaints?: readonly Complaint[];
}

/** What a server in a container is, but for its image. */
export interface DockerDraft extends Omit<UnitDraft, "container">, Pick<ContainerDraft, "entrypoint" | "mounts"> {
  /** Where its data are inside; absent for one that keeps none. */
  readonly volume?: string;
  /** Further volumes: name → where it is seen. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** The number it listens on there. */
  readonly port: number;
  /** The same for ports besides the main one, by name. */
  readonly morePorts?: Readonly<Record<string, number>>;
}

/** How a requirement runs in a container. */
export interface DockerEngine<S = unknown> extends OwnServer<S> {
  /** For these settings, with a tag that does not move; undefined when there is none. */
  image(settings: S): string | undefined;
  draft(input: DraftInput<S>): DockerDraft;
  /** The setting that cannot be had in a container, and why: words that follow it. */
  misplaced?(settings: S): { readonly key: string; readonly because: string } | undefined;
  /** Other servers it consists of, each a unit of its own. */
  parts?(settings: S): readonly DockerPart<S>[];
  /** Makes ready what is outside of its container. Idempotent. */
  prepare?(input: EffectInput<S>, host: Host): Promise<void>;
  /** Whether a copy of its volume is all of its data, and how it is made; words after its name that say why not. */
  copies?(input: DraftInput<S>): VolumeCopies | string;
}

/** Copies of a volume. Without more a server is stopped for one, and it is of use to every project. */
export interface VolumeCopies {
  /** Fills the volume of a copy from the server while that runs; shares the server's network, so that it answers at 127.0.0.1. */
  readonly whileRunning?: VolumeScript;
  /** Makes data that were another project's this one's. */
  readonly makeOwn?: VolumeScript;
}

/** Run by a shell in a container of the server's image that sees the copy where servers have their data. */
export interface VolumeScript {
  readonly script: string;
  /** Values may hold secret references. */
  readonly env: Readonly<Record<string, string>>;
  /** Whom the image's data belong to. */
  readonly user: string;
  /** Where the volume is seen. */
  readonly target: string;
}

/**
 * A server that a requirement consists of besides the one it is named by: it starts after that one, with the same secrets,
 * and comes and goes with it. Its ports have names that no other part has.
 */
export interface Part<S = unknown> extends Omit<OwnServer<S>, "usesMainServer" | "notes" | "seedOf"> {
  /** What its unit's name has after the requirement's: `auth` of `supabase-auth`. */
  readonly name: string;
  /** Parts that must be ready first. */
  readonly after: readonly string[];
  /** Port name → base port of slot 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Further values of the requirement, and further variables for what depends on it. */
  values?(input: DraftInput<S>): Readonly<Record<string, string>>;
  env?(input: DraftInput<S>): Readonly<Record<string, string>>;
}

/** A part in a container. */
export interface DockerPart<S = unknown> extends Part<S> {
  /** With a tag that does not move. */
  readonly image: string;
  draft(input: DraftInput<S>): DockerDraft;
}

/** A part that is a process of ours, and keeps no data. */
export interface EmbeddedPart<S = unknown> extends Part<S> {
  /** Finds its program without fetching anything. */
  locate(host: Host): Promise<Runtime | undefined>;
  /** Fetches what `locate` did not find. Throws a UserError when it cannot. */
  fetch(host: Host, progress: PrepareInput<S>["progress"], signal: AbortSignal): Promise<Runtime>;
  draft(input: DraftInput<S>): UnitDraft;
}

/** How a requirement runs as a process of ours. */
export interface EmbeddedEngine<S = unknown> extends OwnServer<S> {
  /** Finds the server without fetching anything; undefined when it is not on this machine yet. */
  locate(settings: S, host: Host): Promise<Runtime | undefined>;
  /** Fetches what `locate` did not find. Throws a UserError that names the install command when it cannot. */
  fetch(settings: S, host: Host, progress: PrepareInput<S>["progress"], signal: AbortSignal): Promise<Runtime>;
  draft(input: DraftInput<S>): UnitDraft;
  /** Makes the data directory ready for the server. Idempotent; keeps what is there. */
  prepare(input: PrepareInput<S>, host: Host): Promise<void>;
  /** Other servers it consists of, each a unit of its own. */
  parts?(settings: S): readonly EmbeddedPart<S>[];
  /** Copies the data so that a server can begin with them, whatever is written meanwhile. */
  copy?(input: CopyInput<S>, host: Host): Promise<void>;
}

/** How a requirement is used where it runs outside of envctl. */
export interface ExternalEngine {
  /** Schemes of its URLs, such as `postgresql`. */
  readonly schemes: readonly string[];
  /** Port of a URL without one. */
  readonly port: number;
  /** The same for single schemes, where they differ. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Variables of the caller that hold the URL where none is configured, the first that is set. */
  readonly variables: readonly string[];
  /** As `values` of the requirement. */
  values(server: ExternalServer): Readonly<Record<string, string>>;
  /** As `env` of the requirement. */
  env(server: ExternalServer): Readonly<Record<string, string>>;
  /** Asked again and again. */
  probe(server: ExternalServer): Probe;
  /** Asked at a start, with secrets put in: the evidence that it can be used, or why not. */
  check(server: ExternalServer, limits: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<string | Failure>;
}

/** One kind of requirement. `S` is its validated settings. */
export interface Requirement<S = unknown> {
  readonly id: string;
  readonly title: string;
  /** Capabilities a service may ask for. */
  readonly provides: readonly string[];
  /** Of several that provide a capability the lowest is taken; 0 unless given. */
  readonly priority?: number;
  /** Port name → base port of slot 0. The first is the main one. */
  readonly ports: Readonly<Record<string, number>>;
  /** Names of generated secrets, kept 0600 per project. */
  readonly secrets: readonly string[];
  /** Settings that are about a server of envctl's, and refused where it is external. */
  readonly embeddedSettings?: readonly string[];
  /** Validates the settings as written; a list of failures when they are wrong. */
  settings(raw: RequirementConfig): S | readonly Failure[];
  /** `ports` as these settings have it; the base ports of slot 0. `raw` is what they were read from. */
  basePorts(settings: S, raw: RequirementConfig): Readonly<Record<string, number>>;
  /** Requirements of the same project that it uses: it starts after them, and its `draft` may use their values as templates in `env`. */
  uses?(raw: RequirementConfig): readonly string[];
  /** The ways it can run. */
  readonly engines: { readonly embedded?: EmbeddedEngine<S>; readonly docker?: DockerEngine<S>; readonly external?: ExternalEngine };
  /** Values for templates: `${<name>.url}` and so on. Secret parts are references. */
  values(input: DraftInput<S>): Readonly<Record<string, string>>;
  /** Variables every service that depends on it gets, unless it sets them itself. */
  env(input: DraftInput<S>): Readonly<Record<string, string>>;
}

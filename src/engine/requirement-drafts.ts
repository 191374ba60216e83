/** Adapters turned into what the planner wants: data and pure functions of the ports. */
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { Config, RequirementConfig } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { secretReference } from "../model/secrets.ts";
import { argvOf } from "../model/template.ts";
import type { Complaint } from "../model/start-class.ts";
import { unitIdOf } from "../model/unit.ts";
import { namesIn } from "../requirements/engines/embedded.ts";
import type { RequirementDraft } from "../plan/desired.ts";
import type { Adapters } from "../requirements/adapters.ts";
import { chooseEngine, type EngineChoice } from "../requirements/engines/choose.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import type { DraftInput, EmbeddedEngine, PrepareInput, Requirement, Runtime } from "../requirements/adapter.ts";
import { externalRequirement } from "./external-drafts.ts";

/** What the effects of a requirement may use. */
export type Effects = Pick<PrepareInput<unknown>, "reveal" | "progress" | "signal"> & {
  /** Keeps a secret that was not made here. */
  keep(key: string, value: string): void;
};

type Ports = Readonly<Record<string, number>>;

/** A requirement of one project, ready to be planned and prepared. */
export interface BoundRequirement extends RequirementDraft {
  /** Whether the server program is on this machine already. */
  readonly isPresent: boolean;
  readonly complaints: readonly Complaint[];
  /** What a person should know of it before it is started. */
  readonly notes: readonly string[];
  fetch(progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<void>;
  /** Makes the data directory ready; `seed` fills one that is not there yet, before anything else is done with it. */
  prepare(ports: Ports, effects: Effects, seed?: (source: string) => Promise<void>): Promise<void>;
  /** Makes what the project needs inside a server that answers. */
  readonly settle?: (ports: Ports, effects: Effects) => Promise<void>;
  /** Run once the server is settled, with the variables of a unit that depends on it. */
  readonly migration?: (ports: Ports) => Migration | undefined;
  /** First steps of a server that answers and is settled. */
  readonly bootstrap?: (ports: Ports, effects: Effects) => Promise<void>;
  /** A consistent copy of its data into an empty directory. */
  readonly copy?: (ports: Ports, effects: Effects, to: string, isLive: boolean) => Promise<void>;
  /** Asks an external server: the evidence that it can be used, or why not. */
  readonly check?: (timeoutMs: number, effects: Effects) => Promise<string | Failure>;
}

/** A command that brings what a server holds up to date. */
export interface Migration {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** What no two may change at once. */
  readonly claim: string;
}

/** The project requirements are bound for. */
export interface BindingProject {
  readonly fact: ProjectFact;
  readonly units: readonly string[];
  readonly dataRoot: string;
  readonly runtimes: RuntimeMemory;
}

/** Binds the named requirements of a project. Throws a UserError with every invalid setting. */
export async function bindRequirements(adapters: Adapters, host: Host, config: Config, project: BindingProject): Promise<Readonly<Record<string, BoundRequirement>>> {
  const wanted = project.units.flatMap((name) => (Object.hasOwn(config.requirements, name) ? (config.requirements[name] ?? []) : []));
  const failures: Failure[] = [];
  const bound: BoundRequirement[] = [];
  for (const raw of wanted) {
    const result = await bind(adapters, host, raw, project);
    if (Array.isArray(result)) failures.push(...(result as readonly Failure[]));
    else bound.push(result as BoundRequirement);
  }
  if (failures.length > 0) throw new UserError(failures);
  return Object.fromEntries(bound.map((one) => [one.name, one]));
}

async function bind(adapters: Adapters, host: Host, raw: RequirementConfig, project: BindingProject): Promise<BoundRequirement | readonly Failure[]> {
  const adapter = await adapters.find(raw.name);
  if ("reason" in adapter) return [adapter];
  const choice = chooseEngine(adapter, raw);
  if ("reason" in choice) return [choice];
  const { embedded, external } = adapter.engines;
  // Also where they mean nothing: whoever changes the engine keeps them, and a slip is one in either case.
  const settings = adapter.settings(raw);
  if (isFailureList(settings)) return settings;
  if (choice.engine === "external" && external !== undefined) return externalRequirement({ adapter, external, raw, choice, fact: project.fact, environment: host.environment });
  if (embedded === undefined) throw new Error(`${adapter.id} was chosen embedded without being so`);
  const runtime = await located(adapter, embedded, settings, host, project.runtimes);
  return boundTo({ adapter, embedded, choice, host, settings, runtime, raw, project });
}

/** Looked for again when the program has changed or gone; one that is not there yet is looked for every time. */
async function located(adapter: Requirement, embedded: EmbeddedEngine, settings: unknown, host: Host, memory: RuntimeMemory): Promise<Runtime | undefined> {
  const key = JSON.stringify([adapter.id, settings]);
  const known = memory.get(key);
  if (known !== undefined) return known;
  const runtime = await embedded.locate(settings, host);
  if (runtime !== undefined) memory.set(key, runtime);
  return runtime;
}

interface Binding {
  readonly adapter: Requirement;
  readonly embedded: EmbeddedEngine;
  readonly choice: EngineChoice;
  readonly host: Host;
  readonly settings: unknown;
  readonly runtime: Runtime | undefined;
  readonly raw: RequirementConfig;
  readonly project: Pick<BindingProject, "fact" | "dataRoot">;
}

/** The checkout whose server worktrees may share. */
export const mainProject = "Main";

function boundTo(binding: Binding): BoundRequirement {
  const { adapter, embedded, choice, host, settings, runtime, raw } = binding;
  const input = inputOf(binding);
  const { dataDirectory, server } = input({});
  return {
    name: raw.name,
    adapter: adapter.id,
    engine: choice.engine,
    because: choice.because,
    isOptional: false,
    version: runtime?.version ?? String(raw.settings["version"] ?? ""),
    dataDirectory,
    ...(server === undefined ? {} : { server }),
    ports: adapter.basePorts(settings, raw),
    notes: embedded.notes?.(settings) ?? [],
    run: (ports) => embedded.draft(input(ports)),
    values: (ports) => adapter.values(input(ports)),
    env: (ports) => adapter.env(input(ports)),
    isPresent: runtime !== undefined,
    complaints: embedded.complaints ?? [],
    fetch: async (progress, signal) => {
      await embedded.fetch(settings, host, progress, signal);
    },
    ...workOf(binding, input),
  };
}

/** What is done with its data, and with the server once it answers. */
function workOf({ adapter, embedded, host, settings, runtime, project }: Binding, input: (ports: Ports) => DraftInput<unknown>): Pick<BoundRequirement, "prepare" | "settle" | "migration" | "bootstrap" | "copy"> {
  const prepared = (ports: Ports, effects: Effects): PrepareInput<unknown> => {
    if (runtime === undefined) throw new Error(`${adapter.title} was planned before it was fetched`);
    return { ...input(ports), ...effects, runtime };
  };
  const { dataDirectory } = input({});
  const { settle, bootstrap, copy } = embedded;
  const migrationOf = (ports: Ports): Migration | undefined => {
    const migration = embedded.migrationOf?.({ ...input(ports), projectRoot: project.fact.root }, host);
    return migration === undefined ? undefined : { command: argvOf(migration.command), env: { ...adapter.env(input(ports)), ...migration.env }, directory: project.fact.root, claim: embedded.claimOf?.(input(ports)) ?? dataDirectory };
  };
  return {
    prepare: async (ports, effects, seed) => {
      const source = embedded.seedOf?.(settings);
      if (source !== undefined && namesIn(dataDirectory).length === 0) await seed?.(source);
      await embedded.prepare(prepared(ports, effects), host);
    },
    ...(settle === undefined ? {} : { settle: (ports: Ports, effects: Effects) => settle({ ...prepared(ports, effects), projectRoot: project.fact.root }, host) }),
    ...(embedded.migrationOf === undefined ? {} : { migration: migrationOf }),
    ...(bootstrap === undefined ? {} : { bootstrap: (ports: Ports, effects: Effects) => bootstrap(prepared(ports, effects), host) }),
    ...(copy === undefined ? {} : { copy: (ports: Ports, effects: Effects, to: string, isLive: boolean) => copy({ ...prepared(ports, effects), to, isLive }, host) }),
  };
}

/** Served by Main, everything of the server is Main's: its ports, its data and its secrets. */
function inputOf({ embedded, settings, runtime, raw, project: { fact, dataRoot } }: Binding): (ports: Ports) => DraftInput<unknown> {
  const server = !fact.isMain && embedded.usesMainServer?.(settings) === true ? mainProject : undefined;
  const owner = server ?? fact.name;
  return (ports) => ({
    project: fact.name,
    ...(server === undefined ? {} : { server }),
    name: raw.name,
    settings,
    runtime,
    ports,
    dataDirectory: join(dataRoot, owner, raw.name),
    secret: (name) => secretReference(unitIdOf(owner, raw.name), name),
  });
}

function isFailureList(value: unknown): value is readonly Failure[] {
  return Array.isArray(value);
}

/** Adapters turned into what the planner wants: data and pure functions of the ports. */
import type { Host } from "../host/host.ts";
import type { Config, RequirementConfig } from "../model/config.ts";
import type { EngineConfig } from "../model/container.ts";
import type { ProjectFact } from "../model/facts.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import type { Complaint } from "../model/start-class.ts";
import { namesIn } from "../requirements/engines/embedded.ts";
import type { RequirementDraft } from "../plan/desired.ts";
import { engineNamed } from "../plan/on-engine.ts";
import type { Adapters } from "../requirements/adapters.ts";
import { chooseEngine, type EngineChoice } from "../requirements/engines/choose.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import type { DraftInput, EmbeddedEngine, PrepareInput, Requirement, Runtime, VolumeCopies } from "../requirements/adapter.ts";
import { dockerRequirement } from "./docker-drafts.ts";
import { externalRequirement } from "./external-drafts.ts";
import { inputOf, insideWork, type OwnServerInput } from "./own-server.ts";
import { embeddedPart } from "./requirement-parts.ts";

/** What the effects of a requirement may use. */
export type Effects = Pick<PrepareInput<unknown>, "reveal" | "keep" | "progress" | "signal" | "env" | "used">;

/** Assigned numbers by name. */
export type Ports = Readonly<Record<string, number>>;

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
  /** Deletes a database that was made for a project that is gone. */
  readonly dropDatabase?: (ports: Ports, effects: Effects, database: string, isLive: boolean) => Promise<void>;
  /** A consistent copy of its data into an empty directory. */
  readonly copy?: (ports: Ports, effects: Effects, to: string, isLive: boolean) => Promise<void>;
  /** Where its data are, when it runs in a container. */
  readonly inVolume?: VolumeData;
  /** Asks an external server: the evidence that it can be used, or why not. */
  readonly check?: (timeoutMs: number, effects: Effects) => Promise<string | Failure>;
}

/** Data of a server in a container. */
export interface VolumeData {
  /** Where its data would be if it were a process: notes of its volumes are beside it. */
  readonly directory: string;
  /** The project's name for it. */
  readonly volume: string;
  /** Has the programs to copy it. */
  readonly image: string;
  /** Words after its name that say why its data cannot be copied. */
  readonly copies: VolumeCopies | string;
  /** What a volume that is not there yet is copied from: `main`, or the name of a snapshot. */
  readonly seed?: string;
  readonly named?: EngineConfig;
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
    const result = await bind(adapters, host, raw, project, config);
    if (isFailureList(result)) failures.push(...result);
    else bound.push(...result);
  }
  if (failures.length > 0) throw new UserError(failures);
  return Object.fromEntries(bound.map((one) => [one.name, one]));
}

async function bind(adapters: Adapters, host: Host, raw: RequirementConfig, project: BindingProject, config: Config): Promise<readonly BoundRequirement[] | readonly Failure[]> {
  const adapter = await adapters.find(raw.name);
  if ("reason" in adapter) return [adapter];
  const choice = chooseEngine(adapter, raw, config.docker === true);
  if ("reason" in choice) return [choice];
  const { embedded, docker, external } = adapter.engines;
  // Also where they mean nothing: whoever changes the engine keeps them, and a slip is one in either case.
  const settings = adapter.settings({ ...raw, engine: choice.engine });
  if (isFailureList(settings)) return settings;
  if (choice.engine === "external" && external !== undefined) return listed(externalRequirement({ adapter, external, raw, choice, fact: project.fact, environment: host.environment }));
  if (choice.engine === "docker" && docker !== undefined) return dockerRequirement({ adapter, engine: docker, choice, host, settings, runtime: undefined, raw, project, named: engineNamed(config, raw.name) });
  if (embedded === undefined) throw new Error(`${adapter.id} was chosen embedded without being so`);
  const runtime = await located(adapter, embedded, settings, host, project.runtimes);
  const order: Binding = { adapter, engine: embedded, choice, host, settings, runtime, raw, project };
  const own = boundTo(order);
  return [own, ...(await Promise.all((embedded.parts?.(settings) ?? []).map((part) => embeddedPart(order, part, own))))];
}

function listed(result: BoundRequirement | readonly Failure[]): readonly BoundRequirement[] | readonly Failure[] {
  return "name" in result ? [result] : result;
}

/** Looked for again when the program has changed or gone; one that is not there yet is looked for every time. */
async function located(adapter: Requirement, embedded: EmbeddedEngine, settings: unknown, host: Host, memory: RuntimeMemory): Promise<Runtime | undefined> {
  // A settings file may hold a password, and this is kept.
  const key = hashOf([adapter.id, settings]);
  const known = memory.get(key);
  if (known !== undefined) return known;
  const runtime = await embedded.locate(settings, host);
  if (runtime !== undefined) memory.set(key, runtime);
  return runtime;
}

interface Binding extends OwnServerInput {
  readonly engine: EmbeddedEngine;
  readonly choice: EngineChoice;
}

function boundTo(binding: Binding): BoundRequirement {
  const { adapter, engine: embedded, choice, host, settings, runtime, raw } = binding;
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
function workOf(binding: Binding, input: (ports: Ports) => DraftInput<unknown>): Pick<BoundRequirement, "prepare" | "settle" | "dropDatabase" | "migration" | "bootstrap" | "copy"> {
  const { adapter, engine: embedded, host, settings, runtime, project } = binding;
  const prepared = (ports: Ports, effects: Effects): PrepareInput<unknown> => {
    if (runtime === undefined) throw new Error(`${adapter.title} was planned before it was fetched`);
    return { ...input(ports), ...effects, runtime, projectRoot: project.fact.root };
  };
  const { dataDirectory } = input({});
  const { copy } = embedded;
  return {
    prepare: async (ports, effects, seed) => {
      const source = embedded.seedOf?.(settings);
      if (source !== undefined && namesIn(dataDirectory).length === 0) await seed?.(source);
      await embedded.prepare(prepared(ports, effects), host);
    },
    ...insideWork(binding, input, prepared),
    ...(copy === undefined ? {} : { copy: (ports: Ports, effects: Effects, to: string, isLive: boolean) => copy({ ...prepared(ports, effects), to, isLive }, host) }),
  };
}

/** A list without a failure has nothing that went wrong. */
function isFailureList(value: unknown): value is readonly Failure[] {
  return Array.isArray(value) && value.some((one) => typeof one === "object" && one !== null && "reason" in one);
}

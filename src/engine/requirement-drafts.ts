/** Adapters turned into what the planner wants: data and pure functions of the ports. */
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { Config, RequirementConfig } from "../model/config.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { secretReference } from "../model/secrets.ts";
import { argvOf } from "../model/template.ts";
import { unitIdOf } from "../model/unit.ts";
import { namesIn } from "../requirements/engines/embedded.ts";
import type { RequirementDraft } from "../plan/desired.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import type { DraftInput, PrepareInput, Requirement, Runtime } from "../requirements/adapter.ts";

/** A requirement of one project, ready to be planned and prepared. */
export interface BoundRequirement extends RequirementDraft {
  /** Whether the server program is on this machine already. */
  readonly isPresent: boolean;
  fetch(progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<void>;
  /** Makes the data directory ready; `seed` fills one that is not there yet, before anything else is done with it. */
  prepare(ports: Ports, effects: Effects, seed?: (source: string) => Promise<void>): Promise<void>;
  /** Makes what the project needs inside a server that answers. */
  settle(ports: Ports, effects: Effects): Promise<void>;
  /** A consistent copy of its data into an empty directory; undefined for an adapter that has none. */
  readonly copy: ((ports: Ports, effects: Effects, to: string, isLive: boolean) => Promise<void>) | undefined;
  /** Run once the server is settled, with the variables of a unit that depends on it. */
  migration(ports: Ports): Migration | undefined;
}

type Ports = Readonly<Record<string, number>>;
export type Effects = Pick<PrepareInput<unknown>, "reveal" | "progress" | "signal">;

export interface Migration {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** What no two may change at once. */
  readonly claim: string;
}

/** Whose requirements are bound. */
export interface BoundProject {
  readonly name: string;
  readonly root: string;
  readonly isMain: boolean;
  readonly dataRoot: string;
  readonly runtimes: RuntimeMemory;
}

/** Binds the named requirements of a project. Throws a UserError with every invalid setting. */
export async function bindRequirements(
  adapters: readonly Requirement[],
  host: Host,
  config: Config,
  project: BoundProject & { readonly units: readonly string[] },
): Promise<Readonly<Record<string, BoundRequirement>>> {
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

async function bind(
  adapters: readonly Requirement[],
  host: Host,
  raw: RequirementConfig,
  project: BoundProject,
): Promise<BoundRequirement | readonly Failure[]> {
  const adapter = adapters.find((one) => one.id === raw.name);
  if (adapter === undefined) return [unknownRequirement(raw.name, adapters)];
  const settings = adapter.settings(raw);
  if (isFailureList(settings)) return settings;
  const runtime = await located(adapter, settings, host, project.runtimes);
  return boundTo({ adapter, host, settings, runtime, raw, project });
}

/** Looked for again when the program has changed or gone; one that is not there yet is looked for every time. */
async function located(adapter: Requirement, settings: unknown, host: Host, memory: RuntimeMemory): Promise<Runtime | undefined> {
  const key = JSON.stringify([adapter.id, settings]);
  const known = memory.get(key);
  if (known !== undefined) return known;
  const runtime = await adapter.locate(settings, host);
  if (runtime !== undefined) memory.set(key, runtime);
  return runtime;
}

interface Binding {
  readonly adapter: Requirement;
  readonly host: Host;
  readonly settings: unknown;
  readonly runtime: Runtime | undefined;
  readonly raw: RequirementConfig;
  readonly project: BoundProject;
}

/** The checkout whose server worktrees may share. */
export const mainProject = "Main";

function boundTo({ adapter, host, settings, runtime, raw, project }: Binding): BoundRequirement {
  const server = !project.isMain && adapter.usesMainServer?.(settings) === true ? mainProject : undefined;
  const owner = server ?? project.name;
  const dataDirectory = join(project.dataRoot, owner, raw.name);
  const input = (ports: Ports): DraftInput<unknown> => ({
    project: project.name,
    ...(server === undefined ? {} : { server }),
    name: raw.name,
    settings,
    runtime,
    ports,
    dataDirectory,
    secret: (name) => secretReference(unitIdOf(owner, raw.name), name),
  });
  const working = (ports: Ports, effects: Effects): PrepareInput<unknown> => {
    if (runtime === undefined) throw new Error(`${adapter.title} was planned before it was fetched`);
    return { ...input(ports), ...effects, runtime };
  };
  const { copy } = adapter;
  return {
    name: raw.name,
    adapter: adapter.id,
    version: runtime?.version ?? String(raw.settings["version"] ?? ""),
    dataDirectory,
    ...(server === undefined ? {} : { server }),
    ports: basePorts(adapter, raw),
    run: (ports) => adapter.draft(input(ports)),
    values: (ports) => adapter.values(input(ports)),
    env: (ports) => adapter.env(input(ports)),
    isPresent: runtime !== undefined,
    fetch: async (progress, signal) => {
      await adapter.fetch(settings, host, progress, signal);
    },
    prepare: async (ports, effects, seed) => {
      const source = adapter.seedOf?.(settings);
      if (source !== undefined && namesIn(dataDirectory).length === 0) await seed?.(source);
      await adapter.prepare(working(ports, effects), host);
    },
    settle: async (ports, effects) => adapter.settle?.({ ...working(ports, effects), projectRoot: project.root }, host),
    copy: copy === undefined ? undefined : async (ports, effects, to, isLive) => copy({ ...working(ports, effects), to, isLive }, host),
    migration: (ports) => {
      const command = adapter.migrationOf?.(settings);
      if (command === undefined) return undefined;
      return { command: argvOf(command), env: adapter.env(input(ports)), directory: project.root, claim: adapter.claimOf?.(input(ports)) ?? dataDirectory };
    },
  };
}

/** `port:` in the settings replaces the base of the main port. */
function basePorts(adapter: Requirement, raw: RequirementConfig): Readonly<Record<string, number>> {
  const [main] = Object.keys(adapter.ports);
  const port = raw.settings["port"];
  return main !== undefined && typeof port === "number" ? { ...adapter.ports, [main]: port } : adapter.ports;
}

function isFailureList(value: unknown): value is readonly Failure[] {
  return Array.isArray(value);
}

function unknownRequirement(name: string, adapters: readonly Requirement[]): Failure {
  return { reason: "configuration_invalid", message: `no requirement is named "${name}"`, hint: `known requirements: ${adapters.map((one) => one.id).join(", ")}` };
}

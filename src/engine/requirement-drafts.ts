/** Adapters turned into what the planner wants: data and pure functions of the ports. */
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { Config, RequirementConfig } from "../model/config.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { secretReference } from "../model/secrets.ts";
import { unitIdOf } from "../model/unit.ts";
import type { RequirementDraft } from "../plan/desired.ts";
import type { RuntimeMemory } from "./runtime-memory.ts";
import { containedDraft, containedRequirement, imageFailures, type ContainedRequirement } from "../requirements/engines/container.ts";
import type { DraftInput, PrepareInput, Requirement, Runtime } from "../requirements/adapter.ts";

/** A requirement of one project, ready to be planned and prepared. */
export interface BoundRequirement extends RequirementDraft {
  /** Whether the server program is on this machine already. */
  readonly isPresent: boolean;
  fetch(progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<void>;
  prepare(ports: Readonly<Record<string, number>>, effects: Pick<PrepareInput<unknown>, "reveal" | "progress" | "signal">): Promise<void>;
}

/** Binds the named requirements of a project. Throws a UserError with every invalid setting. */
export async function bindRequirements(
  adapters: readonly Requirement[],
  host: Host,
  config: Config,
  project: { readonly name: string; readonly units: readonly string[]; readonly dataRoot: string; readonly runtimes: RuntimeMemory },
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
  project: { readonly name: string; readonly dataRoot: string; readonly runtimes: RuntimeMemory },
): Promise<BoundRequirement | readonly Failure[]> {
  const adapter = adapters.find((one) => one.id === raw.name);
  if (adapter === undefined) return [unknownRequirement(raw.name, adapters)];
  const contained = containedRequirement(adapter, raw);
  if (isFailureList(contained)) return contained;
  const settings = adapter.settings(contained?.config ?? raw);
  if (isFailureList(settings)) return settings;
  if (contained !== undefined) {
    const failures = imageFailures(adapter, contained, settings);
    return failures.length > 0 ? failures : boundTo({ adapter, host, settings, runtime: undefined, contained, raw, project });
  }
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
  /** There when it runs in a container: nothing of it is fetched or prepared on this machine. */
  readonly contained?: ContainedRequirement;
  readonly raw: RequirementConfig;
  readonly project: { readonly name: string; readonly dataRoot: string };
}

function boundTo({ adapter, host, settings, runtime, contained, raw, project }: Binding): BoundRequirement {
  const dataDirectory = join(project.dataRoot, project.name, raw.name);
  const input = (ports: Readonly<Record<string, number>>): DraftInput<unknown> => ({
    project: project.name,
    name: raw.name,
    settings,
    runtime,
    ports,
    dataDirectory,
    secret: (name) => secretReference(unitIdOf(project.name, raw.name), name),
  });
  return {
    name: raw.name,
    adapter: adapter.id,
    version: runtime?.version ?? String(raw.settings["version"] ?? ""),
    dataDirectory,
    ports: basePorts(adapter, raw),
    run: (ports) => (contained === undefined ? adapter.draft(input(ports)) : containedDraft(adapter, contained, input(ports))),
    values: (ports) => adapter.values(input(ports)),
    env: (ports) => adapter.env(input(ports)),
    isPresent: contained !== undefined || runtime !== undefined,
    fetch: async (progress, signal) => {
      await adapter.fetch(settings, host, progress, signal);
    },
    prepare: async (ports, effects) => {
      if (runtime === undefined) throw new Error(`${adapter.title} was planned before it was fetched`);
      await adapter.prepare({ ...input(ports), ...effects, runtime }, host);
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

/** From configuration to what each unit would run, once ports are known. */
import type { Config, HookCommands, Mode, Origin, ServiceConfig } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import { defaultRestarts } from "../model/restart.ts";
import { transitionNames, type TransitionName, type Hooks, type Liveness, type RestartGroup } from "../model/supervision.ts";
import { argvOf, expandTemplate } from "../model/template.ts";
import { unitIdOf, type PrepareStep, type RequirementEngine, type RequirementOrigin, type UnitDraft, type UnitId, type UnitPort, type UnitSpec } from "../model/unit.ts";
import { containerOfDraft, containerRunOf, insideNetwork, insidePort, isInNetwork, onMachine, type WhereaboutsInput } from "./contained.ts";
import { engineNamed, engineOfRequirement, unmountable, unreachable } from "./on-engine.ts";
import { portsAround, withParts } from "./parts.ts";
import { probeOf, probeUrl } from "./probes.ts";
import { portRecord, seenFrom, type Seen } from "./seen.ts";
import { dependencyEdges } from "./select.ts";
import { isBorrowed, serverIdOf } from "./servers.ts";
import { filledTemplate } from "./template-values.ts";
import { withUsedValues, type UsingRequirement } from "./used-values.ts";

/** A requirement as the planner sees it: data, and pure functions of the assigned ports. */
export interface RequirementDraft {
  readonly name: string;
  readonly adapter: string;
  readonly version: string;
  readonly engine: RequirementEngine;
  /** Why this engine. */
  readonly because: string;
  /** What depends on it starts without it. */
  readonly isOptional: boolean;
  /** Absent where envctl keeps nothing. */
  readonly dataDirectory?: string;
  /** The requirement it is a part of: it comes and goes with that one, and gives to whoever depends on that one. */
  readonly partOf?: string;
  /** Names of units of the project that must be ready first. */
  readonly dependsOn?: readonly string[];
  /** The project whose unit of the same name serves it, where that is not its own. */
  readonly server?: string;
  /** Port name → base port; the first is the main one. */
  readonly ports: Readonly<Record<string, number>>;
  run(ports: Readonly<Record<string, number>>): UnitDraft;
  /** For templates: `${<name>.<key>}`. */
  values(ports: Readonly<Record<string, number>>): Readonly<Record<string, string>>;
  /** For the environment of whoever depends on it. */
  env(ports: Readonly<Record<string, number>>): Readonly<Record<string, string>>;
}

/** A project with everything its plan is made from. */
export interface ProjectInput {
  readonly fact: ProjectFact;
  readonly config: Config;
  /** Where its keys were written, for what is wrong with their values. */
  readonly origins?: Readonly<Record<string, Origin>>;
  readonly requirements: Readonly<Record<string, RequirementDraft>>;
  /** Names of the units that take part, dependencies first. */
  readonly units: readonly string[];
  /** It takes part only since others use a server of it: projects that do. */
  readonly lendsTo?: readonly string[];
  /** Whose variables its templates see, where that is not who asks. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Numbers asked for by every enabled unit of a project: base + slot × spacing. */
export function requestedPorts(config: Config, requirements: Readonly<Record<string, { readonly ports: Readonly<Record<string, number>> }>>, slot: number): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const shifted = (ports: Readonly<Record<string, number>>): Record<string, number> => Object.fromEntries(Object.entries(ports).map(([name, base]) => [name, base + slot * config.portSpacing]));
  const services = Object.values(config.services).filter((service) => service.enabled);
  return {
    ...Object.fromEntries(Object.entries(requirements).map(([name, draft]) => [name, shifted(draft.ports)])),
    ...Object.fromEntries(services.map((service) => [service.name, shifted(servicePorts(service))])),
  };
}

function servicePorts(service: ServiceConfig): Readonly<Record<string, number>> {
  return { ...(service.port === "none" ? {} : { main: service.port }), ...service.ports };
}

/** Main has the main mode's settings, every worktree those of trees. */
function modeOf(input: ProjectInput): Mode {
  return input.fact.isMain ? "main" : "trees";
}

interface Assigned {
  /** Assigned ports of a unit of this project. */
  of(unitName: string): readonly UnitPort[];
}

interface SpecResult {
  readonly specs: readonly UnitSpec[];
  readonly failures: readonly Failure[];
}

/** Every unit's specification. Failures name templates that have no value. */
export function unitSpecs(input: ProjectInput, assigned: Assigned, environment: Readonly<Record<string, string>>): SpecResult {
  const whereabouts: WhereaboutsInput = { input, of: (name) => assigned.of(name), drafted: (name) => draftOf(input, assigned, name)?.container };
  const outside = seenFrom(input, onMachine(whereabouts), environment);
  const inside = seenFrom(input, insideNetwork(whereabouts), environment);
  const edges = dependencyEdges(input.config, modeOf(input));
  const failures: Failure[] = [];
  const specs = input.units.filter((name) => !isBorrowed(input, name)).map((name) => {
    const requirement = Object.hasOwn(input.requirements, name) ? input.requirements[name] : undefined;
    if (requirement !== undefined) return requirementSpec({ input, requirement, ports: assigned.of(name), outside, inside, failures }, around(input, assigned, name));
    const service = input.config.services[name] as ServiceConfig;
    return serviceSpec({ input, service, ports: assigned.of(name), dependsOn: withParts(edges[name] ?? [], input.requirements), outside, own: isInNetwork(service) ? inside : outside, failures });
  });
  return { specs, failures };
}

function draftOf(input: ProjectInput, assigned: Assigned, name: string): UnitDraft | undefined {
  return Object.hasOwn(input.requirements, name) ? input.requirements[name]?.run(around(input, assigned, name)) : undefined;
}

function around({ requirements }: ProjectInput, assigned: Assigned, name: string): Readonly<Record<string, number>> {
  return portsAround(name, requirements, (unitName) => portRecord(assigned.of(unitName)));
}

/** `known` are its ports and those of its other parts. */
function requirementSpec(context: UsingRequirement, known: Readonly<Record<string, number>>): UnitSpec {
  const { input, requirement, ports } = context;
  const draft = requirement.run(known);
  const used = input.config.requirements[requirement.name]?.dependsOn ?? [];
  context.failures.push(...unreachable(input, requirement.name, used), ...unmountable(input, requirement, draft));
  return sealed({
    id: unitIdOf(input.fact.name, requirement.name),
    project: input.fact.name,
    name: requirement.name,
    kind: "requirement",
    executor: executorsOf[requirement.engine],
    command: draft.command,
    ...(draft.container === undefined ? {} : { container: containerOfDraft(draft.container, input.fact, requirement.name, engineOfRequirement(input.config, requirement), ports) }),
    directory: requirement.dataDirectory ?? input.fact.root,
    env: used.length === 0 ? draft.env : withUsedValues(used, draft, context),
    ports,
    ready: draft.ready,
    readyTimeoutMs: draft.readyTimeoutMs,
    stop: draft.stop,
    dependsOn: [...(requirement.dependsOn ?? []), ...used].map((name) => serverIdOf(input, name)),
    prepare: [],
    critical: !requirement.isOptional,
    ...(requirement.engine === "external" ? { live: { probe: draft.ready, ...externalLiveness } } : { restart: defaultRestarts, live: { probe: draft.ready, ...requirementLiveness } }),
    ...watchedSpec(input, requirement.name, {}),
    ...(draft.url === undefined ? {} : { url: draft.url }),
    requirement: originOf(requirement),
  });
}

const executorsOf = { embedded: "process", docker: "container", external: "external" } as const;

function originOf({ adapter, version, engine, because, dataDirectory }: RequirementDraft): RequirementOrigin {
  return { adapter, version, engine, because, ...(dataDirectory === undefined ? {} : { dataDirectory }) };
}

interface ServiceInput {
  readonly input: ProjectInput;
  readonly service: ServiceConfig;
  readonly ports: readonly UnitPort[];
  readonly dependsOn: readonly string[];
  /** What is seen by people and by what runs on this machine. */
  readonly outside: Seen;
  /** What the service itself sees. */
  readonly own: Seen;
  readonly failures: Failure[];
}

function serviceSpec(context: ServiceInput): UnitSpec {
  const { input, service, ports } = context;
  const project = input.fact.name;
  const port = ports[0]?.port;
  const ownPort = ports[0] && insidePort(service, ports[0]);
  const expand = (text: string, key: string): string => expanded(context, text, `services.${service.name}.${key}`, context.outside, port);
  const expandOwn = (text: string, key: string): string => expanded(context, text, `services.${service.name}.${key}`, context.own, ownPort);
  const command = argvOf(service.command).map((word) => expandOwn(word, service.container === undefined ? "command" : "run"));
  const host = input.config.publicHost;
  const url = service.publicUrl === undefined ? (port === undefined ? undefined : `http://${host}:${port}`) : expand(service.publicUrl, "public_url");
  const ready = probeOf(service.ready, "ready", port, expand, isInNetwork(service));
  const healthUrl = service.healthUrl === undefined ? probeUrl(ready, host) : expand(service.healthUrl, "health_url");
  const env = serviceEnv(context, ownPort, expandOwn);
  const directory = joined(input.fact.root, service.dir);
  const container = containerRunOf(service, project, engineNamed(input.config, service.name), ports, (context) => joined(directory, context), expand);
  const live = livenessOf(service, port, expand);
  const secretEnv = Object.keys(env).filter((name) => input.config.secrets?.includes(name));
  context.failures.push(...unreachable(input, service.name, context.dependsOn));
  return sealed({
    id: unitIdOf(project, service.name),
    project,
    name: service.name,
    kind: "service",
    executor: service.executor,
    ...(service.pluginExecutor === undefined ? {} : { pluginExecutor: service.pluginExecutor }),
    command,
    ...(service.module === undefined ? {} : { module: joined(directory, service.module) }),
    ...(container === undefined ? {} : { container }),
    directory,
    env,
    ...(secretEnv.length === 0 ? {} : { secretEnv }),
    ports,
    ready,
    readyTimeoutMs: service.readyTimeoutMs,
    stop: service.stop,
    dependsOn: context.dependsOn.map((name) => serverIdOf(input, name)),
    prepare: service.prepare.map((step): PrepareStep => ({ name: step.name, command: argvOf(step.command).map((word) => expand(word, "prepare")), inputs: step.inputs })),
    critical: service.critical,
    ...(service.restart === undefined ? {} : { restart: service.restart }),
    ...(live === undefined ? {} : { live }),
    ...(service.limits === undefined ? {} : { limits: service.limits }),
    ...(service.watch.length === 0 ? {} : { watch: service.watch }),
    ...watchedSpec(input, service.name, service.on),
    ...(url === undefined ? {} : { url }),
    ...(healthUrl === undefined ? {} : { healthUrl }),
  });
}

/** What every kind of unit has besides what it runs. */
function watchedSpec(input: ProjectInput, name: string, own: HookCommands): Pick<UnitSpec, "hooks" | "logs" | "restartGroup"> {
  const { config, fact } = input;
  const hooks = hooksOf(config.on, own);
  const group = Object.entries(config.restartGroups).find(([, one]) => one.units.includes(name));
  const restartGroup = group === undefined ? undefined : ({ name: group[0], strategy: group[1].strategy, members: group[1].units.map((unit) => unitIdOf(fact.name, unit)) } satisfies RestartGroup);
  return { logs: config.logs, ...(Object.keys(hooks).length === 0 ? {} : { hooks }), ...(restartGroup === undefined ? {} : { restartGroup }) };
}

/** The repository's own and the unit's, in this order: one does not replace the other. */
function hooksOf(...layers: readonly HookCommands[]): Hooks {
  const commands = (name: TransitionName): readonly (readonly string[])[] => layers.flatMap((layer) => (layer[name] === undefined ? [] : [argvOf(layer[name])]));
  return Object.fromEntries(transitionNames.map((name) => [name, commands(name)] as const).filter(([, argvs]) => argvs.length > 0));
}

function livenessOf(service: ServiceConfig, port: number | undefined, expand: (text: string, key: string) => string): Liveness | undefined {
  return service.live === undefined ? undefined : { ...service.live, probe: probeOf(service.live.probe, "live", port, expand, isInNetwork(service)) };
}

/** Weakest first: PORT, what requirements give, optional templates, configured templates. */
function serviceEnv(context: ServiceInput, port: number | undefined, expand: (text: string, key: string) => string): Readonly<Record<string, string>> {
  const { input, service } = context;
  const given = context.dependsOn.flatMap((name) => {
    const requirement = input.requirements[name];
    return requirement === undefined ? [] : Object.entries(context.own.given(requirement));
  });
  const ofMode = input.config.modes[modeOf(input)].optionalEnv?.[service.name];
  const optional = Object.entries({ ...input.config.optionalEnv[service.name], ...ofMode }).flatMap(([key, text]) => {
    const { text: value, problems } = expandTemplate(text, context.own.values, port);
    return problems.length === 0 ? [[key, value] as const] : [];
  });
  const own = Object.entries(service.env).map(([key, text]) => [key, expand(text, `env.${key}`)] as const);
  return {
    ...(port === undefined ? {} : { PORT: String(port) }),
    ENVCTL_PROJECT_NAME: input.fact.name,
    ...Object.fromEntries(given),
    ...Object.fromEntries(optional),
    ...Object.fromEntries(own),
  };
}

function expanded({ input, failures }: ServiceInput, text: string, key: string, seen: Seen, port: number | undefined): string {
  return filledTemplate({ text, key, port }, seen.values, input, failures);
}

/** A server that hangs is told; to end it is left to people, since its data is theirs. */
const requirementLiveness = { intervalMs: 10_000, timeoutMs: 5000, failures: 3, restart: false };

/** Nothing but this tells how somebody else's server is, so it is asked more often. */
const externalLiveness = { intervalMs: 5000, timeoutMs: 3000, failures: 2, restart: false };

/** Adds the hash of everything that needs a restart when it changes. */
function sealed(spec: Omit<UnitSpec, "hash">): UnitSpec {
  const { command, module, container, directory, env, ports, ready, stop, executor, pluginExecutor, prepare } = spec;
  const numbers = ports.map((port) => port.port);
  return { ...spec, hash: hashOf({ command, ...(module === undefined ? {} : { module }), ...(container === undefined ? {} : { container }), directory, env, numbers, ready, stop, executor, ...(pluginExecutor === undefined ? {} : { pluginExecutor }), prepare: prepare.map((step) => step.command) }) };
}

/** Paths are POSIX here; `.` is the root itself. */
function joined(root: string, directory: string): string {
  const trimmed = directory.replace(/^\.\/?/, "").replace(/\/+$/, "");
  if (directory.startsWith("/")) return directory;
  return trimmed === "" ? root : `${root}/${trimmed}`;
}

/** The unit ids of a project input. */
export function unitIds(input: ProjectInput): readonly UnitId[] {
  return input.units.filter((name) => !isBorrowed(input, name)).map((name) => unitIdOf(input.fact.name, name));
}

/** Wires the engine of one repository. The daemon writes with it; the CLI only previews with it when no daemon runs. */
import { dirname, join, resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import { autostartManifests } from "./commands/autostart-file.ts";
import { cachedResolve, configFilesOf } from "./config/resolution-cache.ts";
import { resolveConfig } from "./config/resolve.ts";
import type { Engine, EngineParts } from "./engine/engine.ts";
import { createDescendants } from "./engine/descendants.ts";
import { createContainers, type Containers } from "./engine/containers/hub.ts";
import { createEnvironments } from "./engine/environments.ts";
import { createResidents, type Residents } from "./engine/executors/residents.ts";
import { createExecutors, type OwnPrograms } from "./engine/executors/table.ts";
import { createFlights } from "./engine/flights.ts";
import { createLogKeeper } from "./engine/log-keeper.ts";
import { createServiceDesk, type ServiceDesk } from "./engine/services/desk.ts";
import { createRestarts } from "./engine/restarts.ts";
import { createRuntimeMemory } from "./engine/runtime-memory.ts";
import { createSnapshots } from "./engine/snapshots.ts";
import { createStore } from "./engine/store.ts";
import { createSupervisor } from "./engine/supervise.ts";
import { WaitingLine } from "./engine/waiting-line.ts";
import { createAttribution } from "./host/attribution.ts";
import { findCheckout, type Checkout } from "./host/checkout.ts";
import { errorText } from "./host/files.ts";
import type { Host } from "./host/host.ts";
import { createLauncher } from "./host/launch.ts";
import { onPath } from "./host/on-path.ts";
import type { Machine } from "./host/machine.ts";
import { scopeIdOf, scopePaths, type ScopePaths } from "./host/paths.ts";
import { createHolePuncher } from "./host/punch-hole.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "./host/process-table.ts";
import type { ProcessTable } from "./host/process-row.ts";
import { discoverProjects } from "./host/projects.ts";
import { createReservations } from "./host/reservations.ts";
import { createTrust } from "./host/trust.ts";
import { createAdapters } from "./requirements/adapters.ts";
import type { ForeignRun } from "./requirements/foreign-adapter.ts";
import type { ProjectFact } from "./model/facts.ts";
import type { ProcessHandle } from "./model/unit.ts";
import { createSecrets } from "./requirements/secrets-store.ts";
import { createPlugins, type PluginsPlace } from "./plugins/loader.ts";
import { createRunRepository } from "./state/repository.ts";

export interface ComposedEngine {
  readonly engine: Engine;
  /** For the daemon alone: it takes what is left of an earlier one away. */
  readonly openDesk: () => ServiceDesk;
  /** Problems met when the last run was loaded. */
  readonly problems: readonly string[];
}

/** What takes the place of a repository's own scope and projects. */
export interface ScopeChoice {
  readonly scopeId: string;
  /** One more project. */
  readonly project: Pick<ProjectFact, "name" | "root" | "slot">;
}

/** Reads the latest run, writes nothing. `repository` is a real path. */
export function composeEngine(repository: string, host: Host, version: string, choice?: ScopeChoice, programs: OwnPrograms = ownPrograms()): ComposedEngine {
  const scopeId = choice?.scopeId ?? scopeIdOf(repository);
  const scope = scopePaths(host.paths.stateRoot, scopeId);
  const living = livingParts(host, scopeId);
  const runs = createRunRepository(scope, host.machine.isRoot);
  const loaded = runs.latest();
  const launcher = createLauncher(onPath("setsid", process.env) !== undefined);
  const checkout = findCheckout(repository) ?? { repository, projectRoot: repository };
  const secrets = createSecrets(scope.secrets);
  const trust = createTrust(host.paths.stateRoot, repository, host.machine.isRoot);
  const { configured, ...configuring } = configuration(repository, host, scope);
  const store = createStore(runs, host.clock, loaded?.state);
  const parts: EngineParts = {
    host,
    ...living,
    launcher,
    store,
    supervisor: createSupervisor({ launcher, judge: (handle) => judgeHandle(living.readings, host.machine, handle) }),
    reservations: createReservations({ stateRoot: host.paths.stateRoot, scope: scopeId, repository, me: living.me, clock: host.clock, isAlive: (handle) => living.judge(handle) !== "dead" }),
    repository: runs,
    scope,
    scopeId,
    checkout,
    version,
    ...foreignCode({ repository: checkout.repository, environment: host.environment, version, trust, clock: host.clock, configured, attribution: createAttribution(), onTrouble: (path, error) => void store.dispatch({ type: "warning", code: "plugin_failed", message: `${path} threw where nobody caught it: ${errorText(error)}` }) }),
    replacing: new Set(),
    clearings: new Map(),
    descendants: createDescendants(scope.families, host.machine.bootId),
    flights: createFlights(),
    restarts: createRestarts(host.clock),
    line: new WaitingLine(host.clock),
    logs: createLogKeeper({ store, repository: runs, clock: host.clock, puncher: createHolePuncher(onPath("fallocate", host.environment), host.runProgram) }),
    watches: new Map(),
    reveal: (key) => secrets.reveal(key),
    keepSecret: (key, value) => secrets.keep(key, value),
    trust,
    // They are the repository's, and not once more of every project that is thrown away.
    autostart: () => (choice !== undefined ? [] : autostartManifests({ checkout, discoverProjects: async () => discoverProjects(checkout, scope.slots) })),
    impatience: new AbortController(),
    environments: createEnvironments(scope.runs),
    runtimes: createRuntimeMemory(join(scope.root, "runtimes.json")),
    ...configuring,
    discoverProjects: () => projectsOf(checkout, scopePaths(host.paths.stateRoot, scopeIdOf(repository)), choice),
  };
  return { engine: { ...parts, executors: createExecutors(parts, programs) }, openDesk: () => createServiceDesk(parts, ownProgram("service-runner")), problems: loaded?.problems ?? [] };
}

/** What runs in this process and is not envctl's own. */
function foreignCode(place: PluginsPlace): Pick<EngineParts, "requirements" | "plugins" | "attribution"> {
  const plugins = createPlugins(place);
  const run: ForeignRun = (path, work) => place.attribution.run((error) => place.onTrouble(path, error), work);
  return { plugins, attribution: place.attribution, requirements: createAdapters({ ...place, plugins, run }) };
}

/** Slots of the repository's projects are those of its own scope. */
function projectsOf(checkout: Checkout, { slots }: ScopePaths, choice: ScopeChoice | undefined): readonly ProjectFact[] {
  const projects = discoverProjects(checkout, slots);
  return choice === undefined ? projects : [...projects, { ...choice.project, isMain: false }];
}

/** Who runs units, how they are looked at, and the judgement over all of them. */
function livingParts(host: Host, scopeId: string): Pick<EngineParts, "table" | "readings" | "snapshots" | "residents" | "containers" | "judge" | "me"> {
  const table = processTableOf(host.machine);
  const residents = createResidents({ host });
  const containers = createContainers({ host, scopeId });
  return { table, readings: table.readings(), snapshots: createSnapshots(table, host.clock), residents, containers, judge: judgeOf(residents, containers, table, host.machine), me: ownHandle(table, host.machine) };
}

/** Units inside this very process live while its code of them does, those in containers while their engine says so, all others while their process does. */
function judgeOf(residents: Residents, containers: Containers, table: ProcessTable, machine: Machine): EngineParts["judge"] {
  return (handle) => {
    if (handle.inside === "container") return containers.judge(handle);
    const isOurs = handle.inside !== undefined && handle.pid === process.pid;
    return isOurs && residents.find(handle) === undefined ? "dead" : judgeHandle(table, machine, handle);
  };
}

function ownHandle(table: ProcessTable, machine: Machine): ProcessHandle {
  const me = handleOfProcess(table, machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  return me;
}

function configuration(repository: string, host: Host, scope: ScopePaths): Pick<EngineParts, "resolveConfig" | "configFiles" | "fallbackConfig"> & Pick<PluginsPlace, "configured"> {
  const { systemConfig, userConfig } = host.paths;
  const resolve = cachedResolve(resolveConfig);
  return {
    resolveConfig: async (request) => resolve({ repository, systemConfig, userConfig, ...request }).resolved,
    configured: async () => resolve({ repository, systemConfig, userConfig, environment: host.environment }).resolved.config.plugins ?? [],
    configFiles: (request) => configFilesOf({ repository, systemConfig, userConfig, ...request }),
    fallbackConfig: resolveConfig({ repository: dirname(scope.root), environment: {}, systemConfig: "", userConfig: "" }).resolved,
  };
}

function ownPrograms(): OwnPrograms {
  return { moduleRunner: ownProgram("module-runner"), loopWatch: ownProgram("loop-watch") };
}

/** They lie beside the bundle; run from source, the built ones are used. */
function ownProgram(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return join(here.endsWith("/src") ? resolvePath(here, "../dist") : here, `${name}.js`);
}

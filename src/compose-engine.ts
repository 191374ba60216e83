/** Wires the engine of one repository. The daemon writes with it; the CLI only previews with it when no daemon runs. */
import { dirname, join } from "node:path";
import { cachedResolve } from "./config/resolution-cache.ts";
import { resolveConfig } from "./config/resolve.ts";
import type { Engine } from "./engine/engine.ts";
import { createEnvironments } from "./engine/environments.ts";
import { createFlights } from "./engine/flights.ts";
import { createLogKeeper } from "./engine/log-keeper.ts";
import { createRestarts } from "./engine/restarts.ts";
import { createRuntimeMemory } from "./engine/runtime-memory.ts";
import { createSnapshots } from "./engine/snapshots.ts";
import { createStore } from "./engine/store.ts";
import { createSupervisor } from "./engine/supervise.ts";
import { findCheckout } from "./host/checkout.ts";
import type { Host } from "./host/host.ts";
import { createLauncher } from "./host/launch.ts";
import { onPath } from "./host/on-path.ts";
import { scopeIdOf, scopePaths } from "./host/paths.ts";
import { createHolePuncher } from "./host/punch-hole.ts";
import { handleOfProcess, judgeHandle, processTableOf } from "./host/process-table.ts";
import { discoverProjects } from "./host/projects.ts";
import { createReservations } from "./host/reservations.ts";
import type { Handle } from "./model/unit.ts";
import { createSecrets } from "./requirements/secrets-store.ts";
import { requirementAdapters } from "./requirements/registry.ts";
import { createRunRepository } from "./state/repository.ts";

export interface ComposedEngine {
  readonly engine: Engine;
  readonly me: Handle;
  /** Problems met when the last run was loaded. */
  readonly problems: readonly string[];
}

/** Reads the latest run, writes nothing. `repository` is a real path. */
export function composeEngine(repository: string, host: Host, version: string): ComposedEngine {
  const scopeId = scopeIdOf(repository);
  const scope = scopePaths(host.paths.stateRoot, scopeId);
  const table = processTableOf(host.machine);
  const judge = (handle: Handle): "alive" | "dead" | "unknown" => judgeHandle(table, host.machine, handle);
  const me = handleOfProcess(table, host.machine, process.pid);
  if (me === undefined) throw new Error("this process is not in the process table");
  const runs = createRunRepository(scope, host.machine.isRoot);
  const loaded = runs.latest();
  const launcher = createLauncher(onPath("setsid", process.env) !== undefined);
  const checkout = findCheckout(repository) ?? { repository, projectRoot: repository };
  const { systemConfig, userConfig } = host.paths;
  const secrets = createSecrets(scope.secrets);
  const resolve = cachedResolve(resolveConfig);
  const store = createStore(runs, host.clock, loaded?.state);
  const engine: Engine = {
    host,
    table,
    snapshots: createSnapshots(table, host.clock),
    launcher,
    store,
    supervisor: createSupervisor({ launcher, judge }),
    reservations: createReservations({ stateRoot: host.paths.stateRoot, scope: scopeId, repository, me, clock: host.clock, isAlive: (handle) => judge(handle) !== "dead" }),
    repository: runs,
    scope,
    scopeId,
    checkout,
    version,
    requirements: requirementAdapters,
    clearings: new Map(),
    flights: createFlights(),
    restarts: createRestarts(host.clock),
    logs: createLogKeeper({ store, repository: runs, clock: host.clock, puncher: createHolePuncher(onPath("fallocate", host.environment), host.runProgram) }),
    watches: new Map(),
    reveal: (key) => secrets.reveal(key),
    environments: createEnvironments(scope.runs),
    runtimes: createRuntimeMemory(join(scope.root, "runtimes.json")),
    resolveConfig: async (request) => resolve({ repository, systemConfig, userConfig, ...request }).resolved,
    fallbackConfig: resolveConfig({ repository: dirname(scope.root), environment: {}, systemConfig: "", userConfig: "" }).resolved,
    discoverProjects: () => discoverProjects(checkout, scope.slots),
    judge,
  };
  return { engine, me, problems: loaded?.problems ?? [] };
}

/** Artifacts as pure functions of a RunState. Field names are those of the Python engine, whose users read them. */
import { handleOf, type Lifecycle } from "../model/lifecycle.ts";
import type { RunState, UnitState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";

export const artifactSchemaVersion = 1;

/** The artifacts of a run by file name. */
export function artifactsOf(state: RunState, pointers: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return {
    "run_state.json": runStateArtifact(state, pointers),
    "runtime_map.json": runtimeMapArtifact(state),
    "ports_manifest.json": portsManifest(state),
    "error_report.json": errorReport(state),
  };
}

/** `Main backend`: how the Python engine names a service record. */
function recordName(unit: UnitState): string {
  return `${unit.spec.project} ${unit.spec.name}`;
}

/** The word the recorded lifecycle alone justifies; commands correct it by looking at the process. */
export function recordedStatus(life: Lifecycle): string {
  switch (life.status) {
    case "ready":
      return "running";
    case "planned":
    case "preparing":
    case "starting":
    case "started":
      return "starting";
    case "unhealthy":
    case "restarting":
    case "stopping":
    case "stopped":
    case "failed":
    case "blocked":
      return life.status;
  }
}

function runStateArtifact(state: RunState, pointers: Readonly<Record<string, string>>): unknown {
  return {
    schema_version: artifactSchemaVersion,
    run_id: state.runId,
    mode: state.mode,
    backend_mode: "process",
    services: Object.fromEntries(services(state).map((unit) => [recordName(unit), serviceRecord(unit)])),
    requirements: Object.fromEntries(Object.keys(state.projects).map((project) => [project, requirementsRecord(state, project)])),
    pointers,
    metadata: {
      project_names: Object.keys(state.projects),
      project_roots: Object.fromEntries(Object.values(state.projects).map((project) => [project.name, project.root])),
      repo_scope_id: state.scope,
      repository: state.repository,
      started_at: state.startedAt,
      updated_at: state.updatedAt,
      ...(state.stoppedAt === undefined ? {} : { stopped_at: state.stoppedAt }),
    },
    run: state,
  };
}

function serviceRecord(unit: UnitState): unknown {
  const { spec, life } = unit;
  const handle = handleOf(life);
  return {
    type: spec.name,
    project: spec.project,
    service_slug: spec.name,
    cwd: spec.directory,
    pid: handle?.pid ?? null,
    requested_port: spec.ports[0]?.requested ?? null,
    actual_port: mainPort(spec) ?? null,
    listener_expected: spec.ports.length > 0,
    log_path: unit.logPath ?? null,
    status: recordedStatus(life),
    started_at: handle === undefined ? null : life.at,
    public_url: spec.url ?? null,
    health_url: spec.healthUrl ?? null,
    failure_detail: "failure" in life ? life.failure.message : null,
    critical: spec.critical,
    runtime_kind: spec.executor,
  };
}

function requirementsRecord(state: RunState, project: string): unknown {
  const units = requirements(state).filter((unit) => unit.spec.project === project);
  return { project, components: Object.fromEntries(units.map((unit) => [unit.spec.name, componentRecord(unit)])) };
}

function componentRecord(unit: UnitState): unknown {
  const { spec, life } = unit;
  return {
    id: spec.requirement?.adapter ?? spec.name,
    enabled: true,
    success: life.status === "ready",
    health: life.status === "ready" ? "healthy" : recordedStatus(life),
    requested: spec.ports[0]?.requested ?? null,
    final: mainPort(spec) ?? null,
    resources: Object.fromEntries(spec.ports.map((port) => [port.name === "main" ? "primary" : port.name, port.port])),
    version: spec.requirement?.version ?? null,
    data_directory: spec.requirement?.dataDirectory ?? null,
    pid: handleOf(life)?.pid ?? null,
    log_path: unit.logPath ?? null,
    error: "failure" in life ? life.failure.message : null,
  };
}

function runtimeMapArtifact(state: RunState): unknown {
  const withPort = Object.values(state.units).filter((unit) => mainPort(unit.spec) !== undefined);
  const projectNames = Object.keys(state.projects);
  return {
    schema_version: artifactSchemaVersion,
    backend_mode: "process",
    mode: state.mode,
    run_id: state.runId,
    projects: Object.fromEntries(projectNames.map((project) => [project, projectMap(state, project)])),
    port_to_service: Object.fromEntries(withPort.map((unit) => [String(mainPort(unit.spec)), recordName(unit)])),
    service_to_actual_port: Object.fromEntries(withPort.map((unit) => [recordName(unit), mainPort(unit.spec)])),
    service_to_url: Object.fromEntries(withPort.filter((unit) => unit.spec.url !== undefined).map((unit) => [recordName(unit), unit.spec.url])),
    projection: Object.fromEntries(projectNames.map((project) => [project, projectProjection(state, project)])),
  };
}

function projectMap(state: RunState, project: string): unknown {
  const units = services(state).filter((unit) => unit.spec.project === project);
  const portOf = (name: string): number | null => mainPortOf(units, name);
  return { backend_port: portOf("backend"), frontend_port: portOf("frontend"), services: Object.fromEntries(units.map((unit) => [unit.spec.name, serviceRecord(unit)])) };
}

function projectProjection(state: RunState, project: string): unknown {
  const units = services(state).filter((unit) => unit.spec.project === project);
  const find = (name: string): UnitState | undefined => units.find((unit) => unit.spec.name === name);
  const side = (name: string): Record<string, unknown> => ({
    [`${name}_port`]: mainPortOf(units, name),
    [`${name}_url`]: find(name)?.spec.url ?? null,
    [`${name}_status`]: statusOf(find(name)),
  });
  const all = units.map((unit) => [unit.spec.name, { port: mainPort(unit.spec) ?? null, url: unit.spec.url ?? null, status: recordedStatus(unit.life) }] as const);
  return { ...side("backend"), ...side("frontend"), services: Object.fromEntries(all) };
}

function mainPortOf(units: readonly UnitState[], name: string): number | null {
  const unit = units.find((one) => one.spec.name === name);
  return unit === undefined ? null : (mainPort(unit.spec) ?? null);
}

function statusOf(unit: UnitState | undefined): string | null {
  return unit === undefined ? null : recordedStatus(unit.life);
}

function portsManifest(state: RunState): unknown {
  const project = (name: string, root: string): unknown => ({
    project: name,
    root,
    ports: Object.fromEntries(
      Object.values(state.units)
        .filter((unit) => unit.spec.project === name)
        .flatMap((unit) => unit.spec.ports.map((port) => [port.name === "main" ? unit.spec.name : `${unit.spec.name}_${port.name}`, portRecord(port)])),
    ),
  });
  return {
    schema_version: artifactSchemaVersion,
    run_id: state.runId,
    mode: state.mode,
    projects: Object.values(state.projects).map(({ name, root }) => project(name, root)),
  };
}

function portRecord(port: { readonly requested: number; readonly port: number }): unknown {
  return { requested: port.requested, assigned: port.port, final: port.port, source: port.requested === port.port ? "planner" : "retry" };
}

function errorReport(state: RunState): unknown {
  return {
    schema_version: artifactSchemaVersion,
    run_id: state.runId,
    generated_at: state.updatedAt,
    errors: state.failures.map((one) => ({ at: one.at, unit: one.unitId, ...one.failure })),
    warnings: state.warnings,
  };
}

function services(state: RunState): readonly UnitState[] {
  return Object.values(state.units).filter((unit) => unit.spec.kind === "service");
}

function requirements(state: RunState): readonly UnitState[] {
  return Object.values(state.units).filter((unit) => unit.spec.kind === "requirement");
}

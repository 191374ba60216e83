/** `endpoints`: where everything can be reached. */
import type { CommandBody, Screen } from "../cli/command.ts";
import type { Endpoint, EndpointsReport, ProjectEndpoints } from "../contracts/reports.ts";
import type { UnitState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";
import { linked, statusTone, toned } from "../ui/style.ts";
import { table } from "../ui/table.ts";
import { resourcesOf } from "./health.ts";
import { requireRunView, wordOf, type RunView } from "./run-view.ts";
import { selectedProjects, selectedUnits } from "./targets.ts";

export const body: CommandBody<EndpointsReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const units = selectedUnits(view.state, input);
    const projects = selectedProjects(view.state, input).map((project) => projectEndpoints(view, project, units));
    const [only] = projects;
    return { ok: true, run_id: view.state.runId, mode: view.state.mode, projects, ...(projects.length === 1 ? only : {}) };
  },
  text: endpointLines,
};

/** Where everything of one project is. */
export function projectEndpoints(view: RunView, project: string, units: readonly UnitState[]): ProjectEndpoints {
  const inside = units.filter((unit) => unit.spec.project === project);
  const services = inside.filter((unit) => unit.spec.kind === "service");
  const named = (name: string): Endpoint | null => {
    const unit = services.find((one) => one.spec.name === name);
    return unit === undefined ? null : endpoint(view, unit);
  };
  const others = services.filter((unit) => unit.spec.name !== "frontend" && unit.spec.name !== "backend");
  return {
    project,
    project_root: view.state.projects[project]?.root ?? "",
    frontend: named("frontend"),
    backend: named("backend"),
    additional_services: Object.fromEntries(others.map((unit) => [unit.spec.name, endpoint(view, unit)])),
    dependencies: Object.fromEntries(inside.filter((unit) => unit.spec.kind === "requirement").map((unit) => [unit.spec.name, dependency(view, unit)])),
  };
}

function endpoint(view: RunView, unit: UnitState): Endpoint {
  const port = mainPort(unit.spec);
  return {
    name: unit.spec.name,
    status: wordOf(view, unit),
    port: port ?? null,
    local_url: port === undefined ? null : `http://localhost:${port}`,
    public_url: unit.spec.url ?? null,
    health_url: unit.spec.healthUrl ?? null,
  };
}

function dependency(view: RunView, unit: UnitState): ProjectEndpoints["dependencies"][string] {
  return { enabled: true, status: wordOf(view, unit), port: mainPort(unit.spec) ?? null, resources: resourcesOf(unit), url: unit.spec.url ?? null };
}

function endpointLines(report: EndpointsReport, screen: Screen): readonly string[] {
  const rows = report.projects.flatMap((project) => [
    ...[project.frontend, project.backend, ...Object.values(project.additional_services)].flatMap((one) => (one === null ? [] : [row(project.project, one.name, one.status, one.public_url ?? one.local_url, screen)])),
    ...Object.entries(project.dependencies).map(([name, one]) => row(project.project, name, one.status, one.url ?? (one.port === null ? null : `127.0.0.1:${one.port}`), screen)),
  ]);
  return rows.length === 0 ? ["no units"] : table(["PROJECT", "UNIT", "STATUS", "URL"], rows);
}

function row(project: string, name: string, status: Endpoint["status"], url: string | null, screen: Screen): readonly string[] {
  const isLink = url !== null && /^https?:/.test(url);
  return [project, name, toned(status, statusTone(status), screen), url === null ? "-" : isLink ? linked(url, url, screen) : url];
}

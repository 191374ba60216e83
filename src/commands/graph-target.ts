/** Whose graph a command means: the project, its tree, and what of the project's own services and requirements its units see. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { Graph, RunRequest } from "../graph/graph.ts";
import type { Tree } from "../graph/tree.ts";
import type { GraphUnit } from "../graph/unit.ts";
import type { Config } from "../model/config.ts";
import { inheritedEnvironment } from "../model/environment.ts";
import { UserError } from "../model/failure.ts";
import { unitIdOf, type UnitId, type UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { jobProjects } from "./job-projects.ts";
import { runView, wordOf } from "./run-view.ts";
import { textFlag } from "./targets.ts";
import { revealedValues } from "./unit-values.ts";

export interface GraphTarget {
  readonly project: string;
  readonly root: string;
  readonly graph: Graph;
  readonly from: string;
  readonly tree: Tree;
  /** Names of the project that may be required: services, requirements, and what these provide. */
  readonly configured: readonly string[];
  readonly environmentOf: RunRequest["environmentOf"];
  /** Throws a UserError for what is required of the project and does not run. */
  readonly requireThere: (units: readonly GraphUnit[]) => Promise<void>;
}

/** Throws a UserError that names everything that is wrong in the tree. */
export async function graphTarget(input: CommandInput, runtime: EngineRuntime): Promise<GraphTarget> {
  const [project, ...more] = await jobProjects(input, runtime);
  if (project === undefined || more.length > 0) throw new UserError({ reason: "usage_invalid", message: "`graph` works on one project at a time", hint: "name one with --project" });
  const graph = await runtime.graph(project);
  const given = textFlag(input.flags, "from");
  const from = given === undefined ? join(project.root, ".envctl.d", "units") : resolve(given);
  if (given !== undefined && !existsSync(from)) throw new UserError({ reason: "directory_missing", message: `${from} does not exist`, hint: "correct the path after --from" });
  const tree = await graph.tree(from, { follows: input.flags["follow"] === true });
  if (tree.failures.length > 0) throw new UserError(tree.failures);
  const { config } = await runtime.resolveConfig({ projectRoot: project.root });
  const configured = await graph.configured(tree.units, config, runtime.requirements);
  const place: ProjectPlace = { project: project.name, config, configured, own: new Set(tree.units.flatMap(({ id, provides }) => [id, ...provides])), runtime, known: new Map() };
  return { project: project.name, root: project.root, graph, from, tree, configured, environmentOf: (unit) => environmentOf(unit, place), requireThere: (units) => requireThere(units, place) };
}

interface ProjectPlace {
  readonly project: string;
  readonly config: Config;
  readonly configured: readonly string[];
  /** What units give themselves. */
  readonly own: ReadonlySet<string>;
  readonly runtime: EngineRuntime;
  readonly known: Map<string, Promise<Projection>>;
}

/** What depends on these names gets, and needs. Secrets are references: they are made when what is required starts. */
type Projection = Pick<UnitSpec, "env" | "dependsOn">;

/** The caller's variables, those of the unit's service, and those of a service that depended on what it requires. */
async function environmentOf(unit: GraphUnit, place: ProjectPlace): Promise<Readonly<Record<string, string>>> {
  const { ENVCTL_RUN_ID: _, ...inherited } = inheritedEnvironment(place.runtime.host.environment);
  const projection = await projectionOf(unit, place);
  return { ...inherited, ...(projection === undefined ? {} : await revealedValues(projection, place.runtime)), ...(unit.service === undefined ? {} : await serviceValues(unit.service, place)) };
}

/** Undefined for a unit that requires nothing of the project. */
async function projectionOf({ requires }: GraphUnit, place: ProjectPlace): Promise<Projection | undefined> {
  const names = requires.filter((name) => !place.own.has(name) && place.configured.includes(name)).sort();
  if (names.length === 0) return undefined;
  const projection = place.known.get(names.join()) ?? projected(names, place);
  place.known.set(names.join(), projection);
  return projection;
}

const drafted = "graph-unit";

/** Asks the planner what a service would get that depended on them. */
async function projected(names: readonly string[], { project, config, runtime }: ProjectPlace): Promise<Projection> {
  const [units, capabilities] = [names.filter((name) => isConfigured(name, config)), names.filter((name) => !isConfigured(name, config))];
  const keys = { command: "true", port: "none", ...(units.length === 0 ? {} : { depends_on: units.join(",") }), ...(capabilities.length === 0 ? {} : { requires: capabilities.join(",") }) };
  const plan = await runtime.preview({
    kind: "start", selection: { projects: [project], services: [drafted] }, caller: { directory: runtime.checkout.projectRoot, environment: inheritedEnvironment(runtime.host.environment) },
    overrides: Object.fromEntries(Object.entries(keys).map(([key, value]) => [`services.${drafted}.${key}`, value])),
  });
  const spec = plan.nodes.find(({ unitId }) => unitId === unitIdOf(project, drafted))?.spec;
  if (spec === undefined) throw new Error("the plan has no place for a unit of the graph");
  return spec;
}

function isConfigured(name: string, { services, requirements }: Config): boolean {
  return services[name] !== undefined || requirements[name]?.enabled === true;
}

/** As it runs, or ran last. */
async function serviceValues(service: string, { project, runtime }: ProjectPlace): Promise<Readonly<Record<string, string>>> {
  const spec = runView(runtime)?.state.units[unitIdOf(project, service)]?.spec;
  if (spec === undefined) throw new UserError({ reason: "not_running", message: `${project}/${service} has never run, so its variables are not known`, hint: `start it with \`envctl start --service ${service}\`` });
  return revealedValues(spec, runtime);
}

const upWords: readonly string[] = ["running", "healthy", "degraded", "external"];

async function requireThere(units: readonly GraphUnit[], place: ProjectPlace): Promise<void> {
  const view = runView(place.runtime);
  const missing = new Map<UnitId, string[]>();
  for (const unit of units) {
    for (const unitId of (await projectionOf(unit, place))?.dependsOn ?? []) {
      const state = view?.state.units[unitId];
      if (view === undefined || state === undefined || !upWords.includes(wordOf(view, state))) missing.set(unitId, [...(missing.get(unitId) ?? []), unit.id]);
    }
  }
  if (missing.size === 0) return;
  throw new UserError([...missing].map(([unitId, ids]) => ({ reason: "not_running" as const, message: `${unitId} does not run (required by ${ids.join(", ")})`, hint: `start it with \`envctl start --service ${unitId}\`` })));
}

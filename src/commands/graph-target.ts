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
import type { EngineRuntime } from "../runtime.ts";
import { reached } from "./db-target.ts";
import { jobProjects } from "./job-projects.ts";
import { runView, wordOf, type RunView } from "./run-view.ts";
import { textFlag } from "./targets.ts";
import { revealedValues } from "./unit-values.ts";

export interface GraphTarget {
  readonly project: string;
  readonly root: string;
  readonly graph: Graph;
  readonly from: string;
  readonly tree: Tree;
  /** Names of the project that may be required: services, requirements, and what these provide. */
  readonly configured: ReadonlyMap<string, readonly string[]>;
  /** Those of them that are there now. */
  readonly isThere: (name: string) => boolean;
  readonly environmentOf: RunRequest["environmentOf"];
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
  const place = { project: project.name, root: project.root, config, view: runView(runtime), runtime };
  const configured = await configuredNames(config, tree, runtime);
  return { ...place, graph, from, tree, configured, isThere: (name) => (configured.get(name) ?? []).some((one) => isUp(one, place)), environmentOf: environmentFor(place, configured) };
}

interface ProjectPlace {
  readonly project: string;
  readonly root: string;
  readonly config: Config;
  readonly view: RunView | undefined;
  readonly runtime: EngineRuntime;
}

/** Name → the services or requirements that are meant by it. What adapters provide is only looked at where somebody asks. */
async function configuredNames(config: Config, { units }: Tree, runtime: EngineRuntime): Promise<ReadonlyMap<string, readonly string[]>> {
  const requirements = Object.values(config.requirements).filter(({ enabled }) => enabled).map(({ name }) => name);
  const names = new Map<string, readonly string[]>([...Object.keys(config.services), ...requirements].map((name) => [name, [name]]));
  const known = new Set(units.flatMap(({ id, provides }) => [id, ...provides]));
  if (units.every(({ requires }) => requires.every((name) => known.has(name) || names.has(name)))) return names;
  const capabilities = (await runtime.requirements()).filter(({ id }) => requirements.includes(id)).flatMap(({ id, provides }) => provides.map((capability) => [capability, id] as const));
  for (const [capability] of capabilities) {
    const chosen = config.providers?.[capability];
    if (!names.has(capability)) names.set(capability, chosen === undefined ? capabilities.filter(([other]) => other === capability).map(([, id]) => id) : [chosen]);
  }
  return names;
}

const upWords: readonly string[] = ["running", "healthy", "degraded", "external"];

/** Its own, or Main's, where a worktree has none of its own. */
function isUp(name: string, { project, view }: ProjectPlace): boolean {
  const unit = view?.state.units[`${project}/${name}`] ?? view?.state.units[`Main/${name}`];
  return view !== undefined && unit !== undefined && upWords.includes(wordOf(view, unit));
}

/** The caller's variables, those of the unit's service, and those that whoever depends on a requirement gets. */
function environmentFor(place: ProjectPlace, configured: GraphTarget["configured"]): RunRequest["environmentOf"] {
  const { project, root, config, view, runtime } = place;
  const { ENVCTL_RUN_ID: _, ...inherited } = inheritedEnvironment(runtime.host.environment);
  const known = new Map<string, Promise<Readonly<Record<string, string>>>>();
  const once = (key: string, read: () => Promise<Readonly<Record<string, string>>>): Promise<Readonly<Record<string, string>>> => {
    const reading = known.get(key) ?? read();
    known.set(key, reading);
    return reading;
  };
  return async ({ service, requires }) => {
    const requirements = requires.flatMap((name) => (configured.get(name) ?? []).filter((one) => config.requirements[one] !== undefined && isUp(one, place)).slice(0, 1));
    const own = requirements.filter((name) => view?.state.units[`${project}/${name}`]?.spec.executor !== "external");
    const values = await Promise.all([
      ...own.map((name) => once(name, async () => (await reached({ project, root, requirement: name, config }, runtime)).env)),
      ...(service === undefined ? [] : [once(`service ${service}`, () => serviceValues(service, place))]),
    ]);
    return Object.assign({ ...inherited }, ...values) as Readonly<Record<string, string>>;
  };
}

/** As it runs, or ran last. */
async function serviceValues(service: string, { project, view, runtime }: ProjectPlace): Promise<Readonly<Record<string, string>>> {
  const spec = view?.state.units[`${project}/${service}`]?.spec;
  if (spec === undefined) throw new UserError({ reason: "not_running", message: `${project}/${service} has never run, so its variables are not known`, hint: `start it with \`envctl start --service ${service}\`` });
  return revealedValues(spec, runtime);
}

/** Throws a UserError for what is required of the project and not there. */
export function requireThere(units: readonly GraphUnit[], { configured, isThere, project, tree }: Pick<GraphTarget, "configured" | "isThere" | "project" | "tree">): void {
  const own = new Set(tree.units.flatMap(({ id, provides }) => [id, ...provides]));
  const missing = units.flatMap(({ id, requires }) => requires.filter((name) => !own.has(name) && configured.has(name) && !isThere(name)).map((name) => ({ id, name })));
  const names = [...new Set(missing.map(({ name }) => name))];
  if (names.length === 0) return;
  throw new UserError(names.map((name) => ({ reason: "not_running" as const, message: `${name} of ${project} does not run (required by ${missing.filter((one) => one.name === name).map(({ id }) => id).join(", ")})`, hint: `start it with \`envctl start --project ${project}\`` })));
}

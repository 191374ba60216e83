/** One planner for start, resume, restart, reload, stop and --dry-run: facts and configuration in, a frozen plan out. */
import type { Config, Mode } from "../model/config.ts";
import type { Facts, ProjectFact } from "../model/facts.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan, PlanNode, PortMove } from "../model/plan.ts";
import { unitIdOf, type UnitId, type UnitSpec } from "../model/unit.ts";
import { requestedPorts, unitIds, unitSpecs, type ProjectInput } from "./desired.ts";
import { assignPorts, type PortWish } from "./ports.ts";
import { droppedNodes, leftWithout, node, restartNodes, resumeNodes, startNodes, stopNodes } from "./reconcile.ts";
import { reloadNodes } from "./reload.ts";
import { dependencyEdges } from "./select.ts";
import { isBorrowed, keptServers, serverIdOf, unusedServers, withLenders } from "./servers.ts";

export interface PlanInput {
  readonly intent: Intent;
  readonly mode: Mode;
  readonly facts: Facts;
  /** The selected projects; for `resume` those of the run that still exist. */
  readonly projects: readonly ProjectInput[];
  /** The main checkout's configuration: it says which ports every slot owns. */
  readonly repositoryConfig: Config;
  /** Names in `intent.selection.services`, resolved per project, that a restart or stop is about; empty means all. */
  readonly notes: readonly string[];
}

/** A plan, or the ports that must be observed first. */
export type PlanResult = { readonly plan: Plan } | { readonly missingPorts: readonly number[] };

/** Throws a UserError for templates without values and ports that cannot be had. */
export function makePlan(input: PlanInput): PlanResult {
  if (input.intent.kind === "stop") return { plan: stopPlan(input) };
  const wishes = input.projects.flatMap((project) => wishesOf(project, input));
  const assignment = assignPorts(wishes, input.facts.ports, ownedPorts(input), portsInUse(input.facts, wishes));
  if (assignment.missing.length > 0) return { missingPorts: assignment.missing };
  if (assignment.hopeless.length > 0) throw new UserError(assignment.hopeless.map(hopelessFailure));
  const results = input.projects.map((project) =>
    unitSpecs(project, { of: (name) => assignment.ports[serverIdOf(project, name)] ?? [] }, project.environment ?? input.intent.caller.environment),
  );
  const failures = results.flatMap((result) => result.failures);
  if (failures.length > 0) throw new UserError(failures);
  const decided = nodesOf(input, results.flatMap((result) => result.specs));
  // A reload tells apart what changes by its reasons.
  const nodes = input.intent.kind === "reload" ? decided : withLenders(decided, input.projects);
  return { plan: sealed(input, nodes, assignment.moves) };
}

function nodesOf(input: PlanInput, specs: readonly UnitSpec[]): readonly PlanNode[] {
  const { intent, facts } = input;
  const { services } = intent.selection;
  const projects = new Set(meantProjects(input));
  const meant = specs.filter((spec) => projects.has(spec.project));
  switch (intent.kind) {
    case "start": {
      const nodes = startNodes(specs, facts.known, intent.noResume === true);
      return services.length > 0 ? nodes : [...nodes, ...droppedNodes(configuredIds(input.projects), projects, facts.known)];
    }
    case "restart":
      return restartNodes(specs, restartTargets(meant, services), facts.known);
    case "resume":
      return resumeNodes(specs, resumed(input));
    case "reload":
      return reloadNodes(specs, projects, facts.known).filter(({ spec }) => services.length === 0 || isNamed(spec, services));
    case "stop":
      return [];
  }
}

/** Without those that only lend a server. */
function meantProjects({ projects }: Pick<PlanInput, "projects">): readonly string[] {
  return projects.filter(({ lendsTo }) => lendsTo === undefined).map(({ fact }) => fact.name);
}

/** Units the configuration has, also those that another mode or a name would start. */
function configuredIds(projects: readonly ProjectInput[]): ReadonlySet<UnitId> {
  return new Set(
    projects.flatMap((project) => [...Object.keys(dependencyEdges(project.config, project.fact.isMain ? "main" : "trees")), ...Object.keys(project.requirements)].map((name) => serverIdOf(project, name))),
  );
}

/** By its own name, or by the requirement it is a part of. */
function isNamed({ name, requirement }: UnitSpec, names: readonly string[]): boolean {
  return names.includes(name) || (requirement !== undefined && names.includes(requirement.adapter));
}

/** Everything of the run; where projects or services are named, what they need and nothing else. */
function resumed({ intent, facts, projects }: PlanInput): Facts["known"] {
  const { selection } = intent;
  if (selection.projects.length === 0 && selection.services.length === 0 && selection.mode === undefined) return facts.known;
  const meant = new Set(projects.flatMap(unitIds));
  const inProjects = new Set(meantProjects({ projects }));
  const isMeant = (id: UnitId, project: string): boolean => meant.has(id) || (selection.services.length === 0 && inProjects.has(project));
  return Object.fromEntries(Object.entries(facts.known).filter(([id, { spec }]) => isMeant(id, spec.project)));
}

/** Without names every service is meant; a requirement only by its name, since its data needs no fresh process. */
function restartTargets(specs: readonly UnitSpec[], services: readonly string[]): ReadonlySet<UnitId> {
  return new Set(specs.filter((spec) => (services.length > 0 ? isNamed(spec, services) : spec.kind === "service")).map((spec) => spec.id));
}

function stopPlan(input: PlanInput): Plan {
  const { selection } = input.intent;
  const projects = new Set(input.projects.map((project) => project.fact.name));
  const targets = Object.values(input.facts.known)
    .filter(({ spec }) => selection.all === true || projects.has(spec.project))
    .filter(({ spec }) => selection.services.length === 0 || isNamed(spec, selection.services))
    .map(({ spec }) => spec.id);
  const kept = selection.all === true ? {} : keptServers(new Set(targets), input.facts.known);
  const ending = new Set(targets.filter((id) => kept[id] === undefined));
  const nodes = stopNodes(ending, input.facts.known, "stop was asked for");
  const unused = stopNodes(unusedServers(ending, input.facts.known), input.facts.known, "no project uses it any more");
  const left = leftWithout(ending, input.facts.known);
  const notes = [...Object.entries(kept).map(([id, because]) => `${id} goes on running: ${because}`), ...left.map(({ unitId, because }) => `${unitId} ${because}`)];
  return sealed({ ...input, notes: [...input.notes, ...notes] }, [...nodes, ...unused, ...leftServers(kept, input.facts.known), ...left], []);
}

function leftServers(kept: Readonly<Record<UnitId, string>>, known: Facts["known"]): readonly PlanNode[] {
  return Object.entries(kept).flatMap(([id, because]) => (known[id] === undefined ? [] : [node(known[id].spec, "leave", because)]));
}

/** A unit that lives keeps its port; one that is gone is offered the number it had, which a reload counts as unchanged. */
function wishesOf(project: ProjectInput, { facts, intent }: Pick<PlanInput, "facts" | "intent">): readonly PortWish[] {
  const requested = requestedPorts(project.config, project.requirements, project.fact.slot);
  return project.units.filter((name) => !isBorrowed(project, name)).flatMap((name) => {
    const unitId = unitIdOf(project.fact.name, name);
    const known = facts.known[unitId];
    return Object.entries(requested[name] ?? {}).map(([portName, number]): PortWish => {
      const before = known?.spec.ports.find((port) => port.name === portName && port.requested === number)?.port;
      if (before === undefined || known === undefined) return { unitId, portName, requested: number };
      return { unitId, portName, requested: number, ...(known.truth.state === "dead" && intent.kind !== "reload" ? { previous: before } : { held: before }) };
    });
  });
}

/** Ports of living units this plan assigns nothing to. */
function portsInUse(facts: Facts, wishes: readonly PortWish[]): ReadonlyMap<number, UnitId> {
  const planned = new Set(wishes.map((wish) => wish.unitId));
  const others = Object.values(facts.known).filter(({ spec, truth }) => truth.state !== "dead" && !planned.has(spec.id));
  return new Map(others.flatMap(({ spec }) => spec.ports.map(({ port }) => [port, spec.id] as const)));
}

/** Every number some unit of some slot asks for: a port that moves must not land on one of them. */
function ownedPorts(input: PlanInput): ReadonlySet<number> {
  const requirements = Object.assign({}, ...input.projects.map((project) => project.requirements)) as ProjectInput["requirements"];
  const of = (fact: ProjectFact): readonly number[] => Object.values(requestedPorts(input.repositoryConfig, requirements, fact.slot)).flatMap((ports) => Object.values(ports));
  return new Set(input.facts.projects.flatMap(of));
}

function hopelessFailure(wish: PortWish): Failure {
  return {
    reason: "port_unavailable",
    message: `no free port for ${wish.unitId} (${wish.portName}): ${wish.requested} and the 200 numbers after it are taken`,
    hint: `choose another base port, or see who holds ${wish.requested} with \`envctl explain ${wish.requested}\``,
  };
}

function sealed(input: PlanInput, nodes: readonly PlanNode[], portMoves: readonly PortMove[]): Plan {
  const involved = new Set(nodes.map((node) => node.spec.project));
  const body = {
    intent: input.intent.kind,
    mode: input.mode,
    projects: input.facts.projects.filter((project) => involved.has(project.name)).map(({ name, root, slot, branch }) => ({ name, root, slot, ...(branch === undefined ? {} : { branch }) })),
    nodes,
    portMoves: portMoves.filter((move) => nodes.some((node) => node.unitId === move.unitId && (node.action === "start" || node.action === "restart"))),
    destructive: nodes.filter((node) => (node.action === "stop" || node.action === "restart") && node.evidence !== undefined).map((node) => node.unitId),
    notes: [...input.notes, ...(input.intent.removeVolumes === true ? ["the volumes of what is stopped are removed, with their data"] : [])],
  };
  return deepFrozen({ ...body, hash: hashOf(body) });
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFrozen(inner);
    Object.freeze(value);
  }
  return value;
}

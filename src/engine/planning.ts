/** From an intent to its plan: selects, binds requirements, observes, and asks the pure planner until no port is missing. */
import type { Config, Mode, ResolvedConfig } from "../model/config.ts";
import type { Facts, ProjectFact } from "../model/facts.ts";
import { placeText, UserError } from "../model/failure.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../model/plan.ts";
import type { UnitId } from "../model/unit.ts";
import { unitIdOf } from "../model/unit.ts";
import type { ProjectInput } from "../plan/desired.ts";
import { makePlan } from "../plan/plan.ts";
import { withDependencies } from "../plan/graph.ts";
import { wholesOf, withParts } from "../plan/parts.ts";
import { dependencyEdges, selectedProjects, selectedUnits, unknownTarget } from "../plan/select.ts";
import type { Engine } from "./engine.ts";
import type { Starter } from "./environments.ts";
import { lenderInputs } from "./lenders.ts";
import { notesFor, withProviders } from "./providers.ts";
import { observeFacts, observePorts } from "./observe.ts";
import { bindRequirements, type BoundRequirement } from "./requirement-drafts.ts";
import { asStarter, layersOf, starterGroups } from "./starters.ts";

export interface Planning {
  readonly plan: Plan;
  readonly facts: Facts;
  /** Requirements by unit id, for their effects. */
  readonly requirements: Readonly<Record<UnitId, BoundRequirement>>;
  /** As whom units are started, where that is not who asks. */
  readonly starters: Readonly<Record<UnitId, Starter>>;
  /** What would be tried again, or left out, fails. */
  readonly isStrict: boolean;
}

interface PlannedProjectInput extends ProjectInput {
  readonly requirements: Readonly<Record<string, BoundRequirement>>;
  /** As whom its units are started, where that is not who asks. */
  readonly starter?: Starter;
  /** Worth telling with the plan. */
  readonly notes: readonly string[];
}

/** Makes the plan; no effect but reading. Throws a UserError for anything the user must mend. */
export async function planIntent(engine: Engine, intent: Intent): Promise<Planning> {
  const projects = engine.discoverProjects();
  const facts = observeFacts(engine, projects);
  const repository = await configOf(engine, intent.kind === "reload" ? asFirstStarter(engine, intent, projects) : intent, engine.checkout.repository);
  const mode = (isAboutRun(intent) ? engine.store.state()?.mode : undefined) ?? intent.selection.mode ?? modeOf(intent, repository.config);
  const chosen = chosenProjects(intent, facts, engine.checkout.projectRoot, repository.config);
  const own = intent.kind === "stop" ? chosen.map((fact) => bareInput(fact, repository.config)) : await projectInputs(engine, intent, facts, chosen);
  const inputs = [...own, ...(await lenders(engine, intent, facts, own))];
  if (intent.kind !== "start" && intent.kind !== "restart") assertKnownServices(intent, facts, inputs);
  const notes = [...notesOf(repository), ...inputs.flatMap((input) => input.notes), ...borrowingNotes(own), ...requirementNotes(own)];
  const plan = await planned(engine, { intent, mode, facts, projects: inputs, repositoryConfig: repository.config, notes });
  const requirements = Object.fromEntries(inputs.flatMap((input) => Object.values(input.requirements).map((one) => [unitIdOf(input.fact.name, one.name), one] as const)));
  const starters = Object.fromEntries(inputs.flatMap(({ fact, units, starter }) => (starter === undefined ? [] : units.map((name) => [unitIdOf(fact.name, name), starter] as const))));
  return { plan, facts, requirements, starters, isStrict: repository.config.strict === true };
}

/** Resume and reload are about the run there is, in its mode. */
function isAboutRun({ kind }: Intent): boolean {
  return kind === "resume" || kind === "reload";
}

/** What belongs to the whole repository is read as the first project of the run was. */
function asFirstStarter(engine: Engine, intent: Intent, projects: readonly ProjectFact[]): Intent {
  const first = projects.flatMap(({ name }) => starterGroups(engine, name))[0];
  return first === undefined ? intent : asStarter(intent, first.starter);
}

/** One requirement of one project as `asked` would have it. Throws a UserError when there is no such project or requirement. */
export async function boundRequirement(engine: Engine, asked: Pick<Intent, "caller" | "profile" | "overrides">, project: string, name: string): Promise<BoundRequirement> {
  const projects = engine.discoverProjects();
  const fact = projects.find((one) => one.name === project);
  if (fact === undefined) throw unknownTarget("project", project, projects.map((one) => one.name));
  const intent: Intent = { ...asked, kind: "start", selection: { projects: [project], services: [name] } };
  const { config } = await configOf(engine, intent, fact.root);
  const all = await bound(engine, intent, fact, config, [name]);
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(config.requirements);
  throw new UserError({ reason: "unknown_target", message: `${project} has no requirement named "${name}"`, hint: names.length === 0 ? "its .envctl names none under `requirements:`" : `it has: ${names.join(", ")}` });
}

async function planned(engine: Engine, input: Parameters<typeof makePlan>[0]): Promise<Plan> {
  let { facts } = input;
  for (;;) {
    const result = makePlan({ ...input, facts });
    if ("plan" in result) return result.plan;
    facts = { ...facts, ports: { ...facts.ports, ...(await observePorts(engine, result.missingPorts)) } };
  }
}

function modeOf(intent: Intent, config: Config): Mode {
  return intent.selection.projects.some((name) => name !== "Main") ? "trees" : config.defaultMode;
}

/** `resume` and `reload` are about the projects of the run that still exist; a stop also about those that do not. */
function chosenProjects(intent: Intent, facts: Facts, callerRoot: string, config: Config): readonly ProjectFact[] {
  const { selection } = intent;
  if (isAboutRun(intent) && selection.projects.length === 0 && selection.mode === undefined) {
    const inRun = new Set(Object.values(facts.known).map(({ spec }) => spec.project));
    return facts.projects.filter((project) => inRun.has(project.name));
  }
  if (intent.kind !== "stop") return selectedProjects(facts.projects, selection, rootOfCaller(intent, facts, callerRoot), config.defaultMode);
  if (selection.all === true) return facts.projects;
  const gone = [...new Set(Object.values(facts.known).map(({ spec }) => spec.project))].filter((name) => !facts.projects.some((project) => project.name === name));
  const known = [...facts.projects, ...gone.map((name): ProjectFact => ({ name, root: "", isMain: false, slot: 0 }))];
  return selectedProjects(known, selection, rootOfCaller(intent, facts, callerRoot), config.defaultMode);
}

/** Names of the projects a stop is about, whether anything of them runs or not. */
export async function stoppedProjects(engine: Engine, intent: Intent): Promise<readonly string[]> {
  const facts = observeFacts(engine, engine.discoverProjects());
  const { config } = await configOf(engine, intent, engine.checkout.repository);
  return chosenProjects(intent, facts, engine.checkout.projectRoot, config).map(({ name }) => name);
}

/** The worktree the caller's directory lies in; the daemon's own place says nothing about the caller. */
function rootOfCaller(intent: Intent, facts: Facts, fallback: string): string {
  const { directory } = intent.caller;
  const around = facts.projects.filter((project) => directory === project.root || directory.startsWith(`${project.root}/`));
  return around.sort((one, other) => other.root.length - one.root.length)[0]?.root ?? fallback;
}

async function projectInputs(engine: Engine, intent: Intent, facts: Facts, chosen: readonly ProjectFact[]): Promise<readonly PlannedProjectInput[]> {
  if (intent.kind === "reload") return (await Promise.all(chosen.map((fact) => reloadInputs(engine, intent, fact, facts)))).flat();
  return Promise.all(
    chosen.map(async (fact) => {
      const { config: written, origins } = await configOf(engine, intent, fact.root);
      const met = await withProviders(engine, written, fact, facts);
      const { config } = met;
      const mode: Mode = fact.isMain ? "main" : "trees";
      const services = wholesOf(intent.selection.services, fact.name, facts.known);
      const units = intent.kind === "resume" ? resumableUnits(config, fact, facts, services) : selectedUnits(config, mode, services);
      const notes = notesFor(met, fact, units);
      const requirements = await bound(engine, intent, fact, config, units);
      return { fact, config, origins, requirements, units: withParts(units, requirements), notes };
    }),
  );
}

function bound(engine: Engine, intent: Intent, fact: ProjectFact, config: Config, units: readonly string[]): Promise<Readonly<Record<string, BoundRequirement>>> {
  const host = { ...engine.host, environment: intent.caller.environment };
  return bindRequirements(engine.requirements, host, config, { fact, units, dataRoot: engine.scope.data, runtimes: engine.runtimes });
}

/** Whoever starts a server for somebody else has asked for nothing else of its project. */
async function lenders(engine: Engine, intent: Intent, facts: Facts, inputs: readonly PlannedProjectInput[]): Promise<readonly PlannedProjectInput[]> {
  const lent = await lenderInputs(inputs, {
    projects: facts.projects,
    configOf: async (fact) => (await configOf(engine, intent, fact.root)).config,
    bound: (fact, config, units) => bound(engine, intent, fact, config, units),
  });
  const starter: Starter = { environment: intent.caller.environment, asked: { ...layersOf(intent), isWhole: false } };
  return lent.map((input) => ({ ...input, starter, notes: [] }));
}

function borrowingNotes(inputs: readonly PlannedProjectInput[]): readonly string[] {
  const borrowed = inputs.flatMap(({ fact, units, requirements }) => units.flatMap((name) => (requirements[name]?.server === undefined ? [] : [{ project: fact.name, one: requirements[name] }])));
  return borrowed.map(({ project, one }) => `${project} uses ${unitIdOf(one.server ?? "", one.name)} (requirements.${one.name}.isolation)${databaseNote(one)}`);
}

function requirementNotes(inputs: readonly PlannedProjectInput[]): readonly string[] {
  return inputs.flatMap(({ fact, requirements }) => Object.values(requirements).flatMap(({ name, notes }) => notes.map((note) => `${unitIdOf(fact.name, name)}: ${note}`)));
}

function databaseNote(one: BoundRequirement): string {
  const { database } = one.values({});
  return database === undefined ? "" : `: database ${database}`;
}

/**
 * Every unit as whoever started it would have it now, since variables and layers differ from terminal to terminal. What is
 * new belongs to the first who needs it.
 */
async function reloadInputs(engine: Engine, intent: Intent, fact: ProjectFact, facts: Facts): Promise<readonly PlannedProjectInput[]> {
  const mode: Mode = fact.isMain ? "main" : "trees";
  const groups = starterGroups(engine, fact.name);
  const claimed = new Map(groups.flatMap((group) => group.units.map(({ spec }) => [spec.name, group] as const)));
  const inputs: PlannedProjectInput[] = [];
  for (const group of groups) {
    const asked = asStarter(intent, group.starter);
    const { config: written, origins } = await configOf(engine, asked, fact.root);
    const met = await withProviders(engine, written, fact, facts);
    const { config } = met;
    const roots = [...group.units.map(({ spec }) => spec.name), ...(group.starter.asked.isWhole ? selectedUnits(config, mode, []) : [])];
    const names = withDependencies(dependencyEdges(config, mode), roots);
    for (const name of names) if (!claimed.has(name)) claimed.set(name, group);
    const starter: Starter = { environment: group.starter.environment, asked: { ...layersOf(asked), isWhole: group.starter.asked.isWhole } };
    const units = names.filter((name) => claimed.get(name) === group);
    const requirements = await bound(engine, asked, fact, config, names);
    inputs.push({ fact, config, origins, requirements, units: withParts(units, requirements), notes: notesFor(met, fact, units), environment: starter.environment, starter });
  }
  return inputs;
}

/** Units of the run that the configuration still has. */
function resumableUnits(config: Config, fact: ProjectFact, facts: Facts, services: readonly string[]): readonly string[] {
  const known = Object.values(facts.known).filter(({ spec }) => spec.project === fact.name).map(({ spec }) => spec.name);
  const edges = dependencyEdges(config, fact.isMain ? "main" : "trees");
  return withDependencies(edges, services.length > 0 ? services : known);
}

function bareInput(fact: ProjectFact, config: Config): PlannedProjectInput {
  return { fact, config, requirements: {}, units: [], notes: [] };
}

function assertKnownServices(intent: Intent, facts: Facts, inputs: readonly ProjectInput[]): void {
  const names = [...new Set([...Object.values(facts.known).map(({ spec }) => spec.name), ...(intent.kind === "reload" ? inputs.flatMap(({ units }) => units) : [])])];
  if (names.length === 0) return;
  for (const name of intent.selection.services) if (!names.includes(name)) throw unknownTarget("service", name, names);
}

async function configOf(engine: Engine, intent: Intent, projectRoot: string): Promise<ResolvedConfig> {
  try {
    return await engine.resolveConfig({
      projectRoot,
      environment: intent.caller.environment,
      ...(intent.profile === undefined ? {} : { profile: intent.profile }),
      ...(intent.overrides === undefined ? {} : { overrides: intent.overrides }),
    });
  } catch (error) {
    // Whatever state a configuration is in, what runs must be stoppable.
    if (intent.kind === "stop" && error instanceof UserError) return engine.fallbackConfig;
    throw error;
  }
}

function notesOf(repository: ResolvedConfig): readonly string[] {
  const warnings = repository.warnings.map(({ message, hint, place }) => `${place === undefined ? "" : `${placeText(place)}: `}${message}${hint === undefined ? "" : ` (${hint})`}`);
  return repository.isDetected ? [...warnings, "no .envctl yet: the services were detected; `envctl config --detect --write` writes them down"] : warnings;
}

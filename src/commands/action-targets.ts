/** The projects an action is about, what of them runs, and the environment their own programs have. */
import { join } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { ProjectFact } from "../model/facts.ts";
import { chosenProjects } from "../model/project-choice.ts";
import type { EngineRuntime } from "../runtime.ts";
import { runView, wordOf, type RunView } from "./run-view.ts";
import { listFlag } from "./targets.ts";
import { inheritedValues, revealedValues } from "./unit-values.ts";

export interface ActionTargets {
  readonly projects: readonly ProjectFact[];
  /** Every project of the repository. */
  readonly all: readonly ProjectFact[];
  readonly view: RunView | undefined;
}

/** Throws a UserError for a word that means no project, or several. */
export async function actionTargets(input: CommandInput, runtime: EngineRuntime, words: readonly string[] = input.args): Promise<ActionTargets> {
  const [all, view] = [await runtime.discoverProjects(), runView(runtime)];
  const { flags } = input;
  const projects = chosenProjects(all, {
    names: [...listFlag(flags, "project"), ...words],
    services: listFlag(flags, "service"),
    isAll: flags["all"] === true,
    ...(flags["main"] === true ? { mode: "main" as const } : flags["trees"] === true ? { mode: "trees" as const } : {}),
  }, { callerRoot: runtime.checkout.projectRoot, units: unitNames(view) });
  return { projects, all, view };
}

function unitNames(view: RunView | undefined): Readonly<Record<string, readonly string[]>> {
  const units = Object.values(view?.state.units ?? {});
  return Object.fromEntries(Object.keys(view?.state.projects ?? {}).map((name) => [name, units.filter(({ spec }) => spec.project === name).map(({ spec }) => spec.name)]));
}

/** Names of the projects of which something runs. */
export function runningProjects(view: RunView | undefined): readonly string[] {
  if (view === undefined) return [];
  const living = Object.values(view.state.units).filter((unit) => ["running", "healthy", "degraded", "external"].includes(wordOf(view, unit)));
  return [...new Set(living.map(({ spec }) => spec.project))].sort();
}

/** What a program of this project sees: the caller's variables, and those of the unit it belongs to as far as it was planned. */
export async function projectEnvironment(project: string, service: string | undefined, view: RunView | undefined, runtime: EngineRuntime): Promise<Readonly<Record<string, string>>> {
  const spec = service === undefined ? undefined : view?.state.units[`${project}/${service}`]?.spec;
  return { ...inheritedValues(runtime), ENVCTL_PROJECT_NAME: project, ...(spec === undefined ? {} : await revealedValues(spec, runtime)) };
}

/** Where artifacts of a kind go: into the latest run, where the project takes part in one. */
export function artifactsOf(kind: string, project: string, view: RunView | undefined, runtime: EngineRuntime): string {
  const isInRun = view?.state.projects[project] !== undefined;
  const base = view !== undefined && isInRun ? join(runtime.scope.runs, view.state.runId) : runtime.scope.root;
  return join(base, kind, `run_${new Date(runtime.host.clock.now()).toISOString().replaceAll(/[-:.Z]/g, "")}`, project);
}

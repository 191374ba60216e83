/** Which projects and units an intent is about. */
import { namesMeant } from "../model/glob.ts";
import { nearestName } from "../model/nearest.ts";
import type { Config, Mode } from "../model/config.ts";
import type { ProjectFact } from "../model/facts.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { Selection } from "../model/intent.ts";
import { withDependencies } from "./graph.ts";

/**
 * Named projects win, by name or pattern; else `--main`/`--trees`; else the worktree the caller stands in; else the default mode.
 * Throws a UserError for a name that is not there.
 */
export function selectedProjects(projects: readonly ProjectFact[], selection: Selection, callerRoot: string, defaultMode: Mode): readonly ProjectFact[] {
  if (selection.projects.length > 0) return [...new Set(selection.projects.flatMap((word) => projectsMeant(projects, word)))];
  if (selection.mode === undefined) {
    const own = projects.find((project) => !project.isMain && project.root === callerRoot);
    if (own !== undefined) return [own];
  }
  const mode = selection.mode ?? defaultMode;
  const chosen = projects.filter((project) => (mode === "main" ? project.isMain : !project.isMain));
  if (chosen.length > 0) return chosen;
  throw new UserError({
    reason: "unknown_target",
    message: "trees mode was asked for, but this repository has no other worktrees",
    hint: "make one with `envctl ensure-worktree <feature>`, or use --main",
  });
}

function projectsMeant(projects: readonly ProjectFact[], word: string): readonly ProjectFact[] {
  const names = projects.map((project) => project.name);
  const meant = namesMeant(word, names);
  if (meant.length > 0) return projects.filter((project) => meant.includes(project.name));
  throw unknownTarget("project", word, names);
}

/** Unit names of a project the selection means, with everything they depend on, dependencies first. */
export function selectedUnits(config: Config, mode: Mode, services: readonly string[]): readonly string[] {
  const edges = dependencyEdges(config, mode);
  const known = Object.keys(edges);
  for (const name of services) if (!known.includes(name)) throw unknownTarget("service", name, known);
  return withDependencies(edges, services.length > 0 ? services : defaultUnits(config, mode));
}

/**
 * Unit name → names it depends on, for everything that is enabled. A disabled dependency is no dependency, and neither
 * is a requirement the mode's own list leaves out.
 */
export function dependencyEdges(config: Config, mode: Mode): Readonly<Record<string, readonly string[]>> {
  const listed = config.modes[mode].requirements;
  const services = Object.values(config.services).filter((service) => service.enabled);
  const requirements = Object.values(config.requirements).filter(({ name, enabled }) => enabled && (listed === undefined || listed.includes(name)));
  const known = new Set([...services, ...requirements].map((unit) => unit.name));
  return Object.fromEntries([
    ...requirements.map(({ name, dependsOn = [] }) => [name, dependsOn.filter((one) => known.has(one))] as const),
    ...services.map((service) => [service.name, service.dependsOn.filter((name) => known.has(name))] as const),
  ]);
}

function defaultUnits(config: Config, mode: Mode): readonly string[] {
  const { services, requirements, enabled } = config.modes[mode];
  if (!enabled) return [];
  return [...(requirements ?? Object.keys(config.requirements)), ...(services ?? Object.keys(config.services))];
}

/** A name nobody has, with the candidates. */
export function unknownTarget(what: "project" | "service", name: string, candidates: readonly string[]): UserError {
  const close = nearestName(name, candidates);
  return new UserError(
    {
      reason: "unknown_target",
      message: `no ${what} named "${name}"${close === undefined ? "" : `; did you mean "${close}"?`}`,
      hint: candidates.length === 0 ? `there are no ${what}s` : `known ${what}s: ${candidates.join(", ")}`,
    },
    exitCodes.failure,
  );
}

/** Which projects an action is about: named, by glob, by what runs in them, all, or the one the caller stands in. Pure. */
import type { Mode } from "./config.ts";
import { exitCodes, UserError } from "./failure.ts";
import { nearestName } from "./nearest.ts";

export interface ProjectWish {
  /** Names and globs. */
  readonly names: readonly string[];
  /** `backend`, `Main/backend`, `feature-*` + `/backend`. */
  readonly services: readonly string[];
  readonly isAll: boolean;
  readonly mode?: Mode;
}

export interface KnownProject {
  readonly name: string;
  readonly root: string;
  readonly isMain: boolean;
}

export interface ChoiceFacts {
  readonly callerRoot: string;
  /** Project → names of its units in the latest run. */
  readonly units: Readonly<Record<string, readonly string[]>>;
}

/** In the order of `projects`, each once. Throws a UserError with the candidates when a word means none, or cannot be told. */
export function chosenProjects<P extends KnownProject>(projects: readonly P[], wish: ProjectWish, facts: ChoiceFacts): readonly P[] {
  const named = new Set([...wish.names.flatMap((word) => namesOf(word, projects)), ...wish.services.flatMap((word) => namesWith(word, projects, facts))]);
  if (named.size > 0) return projects.filter(({ name }) => named.has(name));
  if (wish.isAll) return projects;
  const here = projects.find(({ root }) => root === facts.callerRoot);
  const chosen = wish.mode === undefined ? (here === undefined ? [] : [here]) : projects.filter(({ isMain }) => isMain === (wish.mode === "main"));
  if (chosen.length > 0) return chosen;
  throw new UserError({
    reason: "unknown_target",
    message: wish.mode === "trees" ? "this repository has no worktrees" : `no project was named, and ${facts.callerRoot} is none`,
    hint: `name one with --project: ${projects.map(({ name }) => name).join(", ")}`,
  });
}

/** Throws a UserError, reason `requested_project_not_running`, when a project is not among the running ones. */
export function requireRunning(projects: readonly KnownProject[], running: readonly string[]): void {
  const missing = projects.map(({ name }) => name).filter((name) => !running.includes(name));
  if (missing.length === 0) return;
  throw new UserError({
    reason: "requested_project_not_running",
    message: `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not running; active projects: ${running.length === 0 ? "none" : running.join(", ")}`,
    hint: `start ${missing.length === 1 ? "it" : "them"} with \`envctl start --project ${missing.join(",")}\``,
  });
}

function namesOf(word: string, projects: readonly KnownProject[]): readonly string[] {
  const found = projects.filter(({ name }) => matches(word, name)).map(({ name }) => name);
  if (found.length === 0) throw unknown("project", word, projects.map(({ name }) => name));
  return found;
}

function namesWith(word: string, projects: readonly KnownProject[], { units, callerRoot }: ChoiceFacts): readonly string[] {
  const [project, service] = word.includes("/") ? [word.slice(0, word.indexOf("/")), word.slice(word.indexOf("/") + 1)] : ["*", word];
  const found = projects.filter(({ name }) => matches(project, name) && (units[name] ?? []).some((unit) => matches(service, unit)));
  if (found.length === 0) throw unknown("service of the latest run", word, projects.flatMap(({ name }) => (units[name] ?? []).map((unit) => `${name}/${unit}`)));
  if (found.length === 1 || isGlob(word)) return found.map(({ name }) => name);
  const here = found.find(({ root }) => root === callerRoot);
  if (here !== undefined) return [here.name];
  throw new UserError({ reason: "unknown_target", message: `"${word}" runs in ${found.length} projects`, hint: `say which: ${found.map(({ name }) => `${name}/${service}`).join(", ")}` }, exitCodes.failure);
}

function isGlob(word: string): boolean {
  return /[*?]/.test(word);
}

/** Case does not count, as nowhere with projects. */
function matches(word: string, name: string): boolean {
  if (!isGlob(word)) return word.toLowerCase() === name.toLowerCase();
  const body = word.replaceAll(/[*?]|[.+^${}()|[\]\\]/g, (sign) => (sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`));
  return new RegExp(`^${body}$`, "i").test(name);
}

function unknown(what: string, word: string, candidates: readonly string[]): UserError {
  const nearest = nearestName(word, candidates);
  return new UserError({
    reason: "unknown_target",
    message: `${isGlob(word) ? `no ${what} matches` : `there is no ${what} called`} "${word}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`,
    hint: candidates.length === 0 ? "nothing has been started yet" : `candidates: ${candidates.join(", ")}`,
  }, exitCodes.failure);
}

/** Which requirement of which project a `db` command means, and how it is reached. */
import { dirname, join } from "node:path";
import type { CommandInput } from "../cli/command.ts";
import type { Config } from "../model/config.ts";
import { UserError } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { RunState } from "../model/run-state.ts";
import { secretReference } from "../model/secrets.ts";
import type { Requirement } from "../requirements/adapter.ts";
import type { EngineRuntime } from "../runtime.ts";
import { listFlag, textFlag } from "./targets.ts";
import { revealedValues } from "./unit-values.ts";

export interface DbTarget {
  readonly project: string;
  readonly root: string;
  readonly requirement: string;
  readonly config: Config;
}

type Runtime = Pick<EngineRuntime, "checkout" | "discoverProjects" | "resolveConfig" | "requirements" | "repository" | "scope" | "knownSecret">;

/** The named project, else the one the caller stands in. Throws a UserError for a name that is not there. */
export async function dbTarget(input: CommandInput, runtime: Runtime, named?: string): Promise<DbTarget> {
  const projects = await runtime.discoverProjects();
  const [word = named, ...more] = named === undefined ? listFlag(input.flags, "project") : [];
  if (more.length > 0) throw new UserError({ reason: "usage_invalid", message: "`db` works on one project at a time", hint: "name one with --project" });
  const found = projects.find(({ name, root }) => (word === undefined ? root === runtime.checkout.projectRoot : name.toLowerCase() === word.toLowerCase()));
  if (found === undefined) throw unknown("project", word ?? "", projects.map(({ name }) => name));
  const { config } = await runtime.resolveConfig({ projectRoot: found.root });
  return { project: found.name, root: found.root, requirement: requirementOf(input, config), config };
}

function requirementOf(input: CommandInput, config: Config): string {
  const names = Object.values(config.requirements).filter(({ enabled }) => enabled).map(({ name }) => name);
  const word = textFlag(input.flags, "requirement") ?? (["postgres", "supabase"].find((name) => names.includes(name)) ?? names[0]);
  if (word === undefined) throw new UserError({ reason: "configuration_missing", message: "no requirement is configured, so there are no data", hint: "add one under `requirements:` in .envctl" });
  if (!names.includes(word)) throw unknown("requirement", word, names);
  return word;
}

function unknown(what: string, word: string, names: readonly string[]): UserError {
  const nearest = nearestName(word, names);
  return new UserError({ reason: "unknown_target", message: `no ${what} named "${word}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`, hint: `known ${what}s: ${names.join(", ")}` });
}

/** Also another scope's: of what is there, little is asked. */
export interface ReachedRuntime extends Pick<EngineRuntime, "requirements" | "knownSecret"> {
  readonly repository: { readonly latest: () => { readonly state: RunState } | undefined };
  readonly scope: Pick<EngineRuntime["scope"], "data">;
}

interface Reached {
  readonly values: Readonly<Record<string, string>>;
  /** The variables that what uses it is given. */
  readonly env: Readonly<Record<string, string>>;
  readonly programs: string;
  readonly adapter: string;
}

/** How the server is reached now, with its password; and the directory of its program. Throws a UserError when it does not run. */
export async function reached(target: DbTarget, runtime: ReachedRuntime): Promise<Reached> {
  const raw = target.config.requirements[target.requirement];
  const adapter = (await runtime.requirements()).find(({ id }) => id === target.requirement);
  const settings = raw === undefined ? undefined : adapter?.settings(raw);
  if (adapter === undefined || settings === undefined || Array.isArray(settings)) throw new UserError(Array.isArray(settings) ? settings : { reason: "unknown_target", message: `nothing is known of ${target.requirement}` });
  const server = serverOf(adapter, settings, target);
  const spec = runtime.repository.latest()?.state.units[`${server}/${target.requirement}`]?.spec;
  if (spec === undefined) throw new UserError({ reason: "not_running", message: `${server}/${target.requirement} has never run`, hint: `start it with \`envctl start --project ${target.project}\`` });
  if (spec.executor === "external") throw new UserError({ reason: "usage_invalid", message: `${spec.id} is an external server`, hint: `see the variables of what uses it: \`envctl env ${target.project}/SERVICE --reveal\`` });
  const input = {
    project: target.project,
    ...(server === target.project ? {} : { server }),
    name: target.requirement,
    settings,
    runtime: undefined,
    ports: Object.fromEntries(spec.ports.map(({ name, port }) => [name, port])),
    dataDirectory: join(runtime.scope.data, server, target.requirement),
    secret: (name: string) => secretReference(`${server}/${target.requirement}`, name),
  };
  const [values, env] = await Promise.all([adapter.values(input), adapter.env(input)].map((one) => revealedValues({ env: one }, runtime)));
  return { values: databaseOf(values ?? {}), env: env ?? {}, programs: dirname(spec.command[0] ?? ""), adapter: adapter.id };
}

/** A server that is more than a database has the values of that one under names of their own. */
function databaseOf(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(values).flatMap(([key, value]) => (key.startsWith("db_") ? [[key.slice("db_".length), value] as const] : []));
  return own.length === 0 ? values : Object.fromEntries(own);
}

function serverOf(adapter: Requirement, settings: unknown, { project }: DbTarget): string {
  return project !== "Main" && (adapter.engines.embedded ?? adapter.engines.docker)?.usesMainServer?.(settings) === true ? "Main" : project;
}

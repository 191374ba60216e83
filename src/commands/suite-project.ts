/** The throw-away project of a suite: how its configuration differs, and what its scripts see of it. */
import { isAbsolute, join } from "node:path";
import { UserError } from "../model/failure.ts";
import { expandTemplate } from "../model/template.ts";
import { mainPort, type UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import { configurationMissing } from "../ui/words.ts";
import type { LoadedSuite } from "../suites/load.ts";
import type { ThrowAway } from "../suites/throw-away.ts";
import { reached, type ReachedRuntime } from "./db-target.ts";
import { inheritedValues, revealedValues } from "./unit-values.ts";

type Values = Readonly<Record<string, string>>;

export interface ProjectSettings {
  /** Configuration key → value. */
  readonly overrides: Values;
  /** Requirements whose data begin as Main's are now: the snapshot that is made for it. */
  readonly snapshots: Values;
  /** Units it starts. */
  readonly units: readonly string[];
}

/** Servers of its own throughout. Throws a UserError for one of somebody else's that nobody said may be used, and for names that are not there. */
export async function projectSettings({ name, databases, ports, services }: LoadedSuite, runtime: EngineRuntime): Promise<ProjectSettings> {
  const { config, isDetected } = await runtime.resolveConfig({ projectRoot: runtime.checkout.projectRoot });
  if (isDetected) throw new UserError(configurationMissing(runtime.checkout.repository));
  const overrides: Record<string, string> = {};
  const snapshots: Record<string, string> = {};
  const known = Object.keys(config.requirements);
  const stray = Object.keys(databases).find((one) => !known.includes(one));
  if (stray !== undefined) throw new UserError({ reason: "configuration_invalid", message: `\`databases.${stray}\` of the suite ${name}: there is no requirement of that name`, hint: known.length === 0 ? "the repository has none" : `there are: ${known.join(", ")}` });
  const lendable = new Set((await runtime.dataOf(["Main"])).filter(({ bytes, directory }) => bytes > 0 && isAbsolute(directory)).map(({ requirement }) => requirement));
  for (const { name: requirement, enabled, engine, settings } of Object.values(config.requirements)) {
    const wish = databases[requirement];
    if (!enabled || (engine === "external" && wish === "external")) continue;
    if (engine === "external") throw new UserError({ reason: "usage_invalid", message: `the suite ${name} would use ${requirement}, a server of somebody else's (requirements.${requirement}.engine is external)`, hint: `write \`databases: { ${requirement}: external }\` into the suite if it may; or leave it out with \`services:\`` });
    if (settings["isolation"] !== undefined && settings["isolation"] !== "isolated") overrides[`requirements.${requirement}.isolation`] = "isolated";
    if (wish === "main" && !lendable.has(requirement)) throw new UserError({ reason: "not_running", message: `the suite ${name} would begin with Main's data of ${requirement}, but Main has none outside of containers`, hint: `start Main once; or write none, or leave out \`databases.${requirement}\`` });
    const seed = wish ?? (settings["seed"] === "main" && !lendable.has(requirement) ? "none" : settings["seed"]);
    if (seed === "main") snapshots[requirement] = `suite-${Math.round(runtime.host.clock.now()).toString(36)}`;
    if (wish !== undefined || settings["seed"] === "main") overrides[`requirements.${requirement}.seed`] = snapshots[requirement] ?? String(seed);
  }
  const all = [...Object.keys(config.services), ...known];
  const astray = Object.keys(ports).find((one) => !all.includes(one));
  if (astray !== undefined) throw new UserError({ reason: "configuration_invalid", message: `\`ports.${astray}\` of the suite ${name}: there is no service or requirement of that name`, hint: `there are: ${all.join(", ")}` });
  for (const [unit, port] of Object.entries(ports)) overrides[`${known.includes(unit) ? "requirements" : "services"}.${unit}.port`] = String(port);
  const own = await runtime.resolveConfig({ projectRoot: runtime.checkout.projectRoot, overrides });
  return { overrides, snapshots, units: await runtime.throwAways.units(own.config, services ?? []) };
}

/** Makes the project, with nothing running yet. */
export async function openProject(suite: LoadedSuite, settings: ProjectSettings, processLogs: string, runtime: EngineRuntime, signal: AbortSignal): Promise<ThrowAway> {
  const made = Object.entries(settings.snapshots);
  return runtime.throwAways.open({
    root: runtime.checkout.projectRoot,
    prefix: `suite-${suite.name}`,
    processLogs,
    snapshots: made.map(([requirement, snapshot]) => join(runtime.scope.data, "Main", ".snapshots", requirement, snapshot)),
    makeSnapshots: async () => {
      if (made.length === 0) return;
      const control = await runtime.control();
      for (const [requirement, name] of made) await control.data({ action: "snapshot", project: "Main", requirement, name, caller: { directory: runtime.checkout.projectRoot, environment: inheritedValues(runtime) } }, signal);
    },
  });
}

/**
 * What scripts see of what runs, weakest first: NAME_URL and NAME_PORT of services, NAME_PORT of servers; what the servers give to whoever uses
 * them; variables on which all services that have them agree.
 */
export async function unitVariables({ project, control, knownSecret, scopeId }: ThrowAway, overrides: Values, runtime: EngineRuntime): Promise<Values> {
  const state = await control.state();
  const units = Object.values(state?.units ?? {}).map(({ spec }) => spec).filter((spec) => spec.project === project);
  const secrets = { knownSecret: async (key: string) => knownSecret(key) };
  const services = await Promise.all(units.filter(({ kind }) => kind === "service").map((spec) => revealedValues(spec, secrets)));
  const root = runtime.checkout.projectRoot;
  const { config } = await runtime.resolveConfig({ projectRoot: root, overrides });
  const servers = units.filter(({ kind, name, executor }) => kind === "requirement" && executor !== "external" && config.requirements[name] !== undefined);
  const scope: ReachedRuntime = { ...secrets, requirements: runtime.requirements, repository: { latest: () => (state === undefined ? undefined : { state }) }, scope: { data: join(runtime.host.paths.stateRoot, scopeId, "data") } };
  const given = await Promise.all(servers.map(({ name: requirement }) => reached({ project, root, requirement, config }, scope).then(({ env }) => env, noneOf)));
  return [...units.map(placesOf), ...given, common(services), { ENVCTL_PROJECT_NAME: project }].reduce<Values>((all, one) => ({ ...all, ...one }), {});
}

/** A kind of server the repository brings along is known to its services alone. */
function noneOf(error: unknown): Values {
  if (error instanceof UserError) return {};
  throw error;
}

function common(environments: readonly Values[]): Values {
  const names = [...new Set(environments.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(names.flatMap((name) => {
    const values = new Set(environments.flatMap((one) => one[name] ?? []));
    const [only] = values;
    return values.size === 1 && only !== undefined ? [[name, only] as const] : [];
  }));
}

function placesOf({ name, kind, url, ...spec }: UnitSpec): Values {
  const prefix = prefixOf(name);
  const port = mainPort(spec);
  return { ...(url === undefined || kind !== "service" ? {} : { [`${prefix}_URL`]: url }), ...(port === undefined ? {} : { [`${prefix}_PORT`]: String(port) }) };
}

function prefixOf(unit: string): string {
  return unit.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

/** The suite's variables with `${services.NAME.url}` and `${services.NAME.port}` put in. Throws a UserError for any other reference. */
export function withReferences(environment: Values, values: Values): Values {
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => {
    const { text: filled, problems } = expandTemplate(text.replaceAll(/\$\{(?![\w-]+(?:\.[\w-]+)+\})/g, "$${"), (reference) => {
      const [, unit, what] = /^services\.([\w-]+)\.(url|port)$/.exec(reference) ?? [];
      return unit === undefined || what === undefined ? undefined : values[`${prefixOf(unit)}_${what.toUpperCase()}`];
    });
    if (problems[0] !== undefined) throw new UserError({ reason: "configuration_invalid", message: `env.${name}: ${problems[0].message}`, hint: "known are ${services.NAME.url} and ${services.NAME.port} of what the suite starts" });
    return [name, filled];
  }));
}

/** The throw-away project of a suite: how its configuration differs, and what its scripts see of it. */
import { join } from "node:path";
import type { Control } from "../model/control.ts";
import { UserError } from "../model/failure.ts";
import { expandTemplate } from "../model/template.ts";
import { mainPort, type UnitSpec } from "../model/unit.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { LoadedSuite } from "../suites/load.ts";
import type { ThrowAway } from "../suites/throw-away.ts";
import { inheritedValues, revealedValues } from "./unit-values.ts";

type Values = Readonly<Record<string, string>>;

export interface ProjectSettings {
  /** Configuration key → value. */
  readonly overrides: Values;
  /** Requirements whose data begin as Main's are now: the snapshot that is made for it. */
  readonly snapshots: Values;
}

/** Servers of its own throughout. Throws a UserError for one of somebody else's that nobody said may be used. */
export async function projectSettings({ name, databases, ports }: LoadedSuite, runtime: EngineRuntime): Promise<ProjectSettings> {
  const { config } = await runtime.resolveConfig({ projectRoot: runtime.checkout.projectRoot });
  const overrides: Record<string, string> = {};
  const snapshots: Record<string, string> = {};
  const known = Object.keys(config.requirements);
  const stray = Object.keys(databases).find((one) => !known.includes(one));
  if (stray !== undefined) throw new UserError({ reason: "configuration_invalid", message: `\`databases.${stray}\` of the suite ${name}: there is no requirement of that name`, hint: known.length === 0 ? "the repository has none" : `there are: ${known.join(", ")}` });
  const withData = new Set((await runtime.dataOf(["Main"])).filter(({ bytes }) => bytes > 0).map(({ requirement }) => requirement));
  for (const { name: requirement, enabled, engine, settings } of Object.values(config.requirements)) {
    const wish = databases[requirement];
    if (!enabled || (engine === "external" && wish === "external")) continue;
    if (engine === "external") throw new UserError({ reason: "usage_invalid", message: `the suite ${name} would use ${requirement}, a server of somebody else's (requirements.${requirement}.engine is external)`, hint: `write \`databases: { ${requirement}: external }\` into the suite if it may; or leave it out with \`services:\`` });
    if (settings["isolation"] !== undefined && settings["isolation"] !== "isolated") overrides[`requirements.${requirement}.isolation`] = "isolated";
    const seed = wish ?? (settings["seed"] === "main" && !withData.has(requirement) ? "none" : settings["seed"]);
    if (seed === "main") snapshots[requirement] = `suite-${Math.round(runtime.host.clock.now()).toString(36)}`;
    if (wish !== undefined || settings["seed"] === "main") overrides[`requirements.${requirement}.seed`] = snapshots[requirement] ?? String(seed);
  }
  for (const [unit, port] of Object.entries(ports)) overrides[`${known.includes(unit) ? "requirements" : "services"}.${unit}.port`] = String(port);
  return { overrides, snapshots };
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

/** What scripts see of what runs: NAME_URL and NAME_PORT of every unit, and variables on which all services that have them agree. */
export async function unitVariables(control: Control, project: string, knownSecret: ThrowAway["knownSecret"]): Promise<Values> {
  const specs = Object.values((await control.state())?.units ?? {}).map(({ spec }) => spec).filter((spec) => spec.project === project);
  const environments = await Promise.all(specs.filter(({ kind }) => kind === "service").map((spec) => revealedValues(spec, { knownSecret: async (key) => knownSecret(key) })));
  const names = [...new Set(environments.flatMap((one) => Object.keys(one)))];
  const common = names.flatMap((name) => {
    const values = new Set(environments.flatMap((one) => one[name] ?? []));
    const [only] = values;
    return values.size === 1 && only !== undefined ? [[name, only] as const] : [];
  });
  return { ...Object.fromEntries(common), ...Object.fromEntries(specs.flatMap(placesOf)), ENVCTL_PROJECT_NAME: project };
}

function placesOf(spec: UnitSpec): readonly (readonly [string, string])[] {
  const name = spec.name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
  const port = mainPort(spec);
  return [...(spec.url === undefined ? [] : [[`${name}_URL`, spec.url] as const]), ...(port === undefined ? [] : [[`${name}_PORT`, String(port)] as const])];
}

/** The suite's variables with `${services.NAME.url}` and `${services.NAME.port}` put in. Throws a UserError for any other reference. */
export function withReferences(environment: Values, values: Values): Values {
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => {
    const { text: filled, problems } = expandTemplate(text.replaceAll(/\$\{(?![\w-]+(?:\.[\w-]+)+\})/g, "$${"), (reference) => {
      const [, unit, what] = /^services\.([\w-]+)\.(url|port)$/.exec(reference) ?? [];
      return unit === undefined || what === undefined ? undefined : values[`${unit.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_${what.toUpperCase()}`];
    });
    if (problems[0] !== undefined) throw new UserError({ reason: "configuration_invalid", message: `env.${name}: ${problems[0].message}`, hint: "known are ${services.NAME.url} and ${services.NAME.port} of what the suite starts" });
    return [name, filled];
  }));
}

/** The services of the Python engine's form: backend, frontend and the additional ones. */
import type { Origin, PrepareConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import { candidatesIn } from "../detect.ts";
import { withProjectPython } from "../detect/python.ts";
import type { Tree } from "../detect/tree.ts";
import { has } from "../detect/tree.ts";
import { invalid, placeOf } from "../entry.ts";
import type { Plain } from "../keys.ts";
import { booleanOf, isName } from "../value.ts";
import type { LegacyValue } from "./lines.ts";
import { suffixOf } from "./sources.ts";

type Values = ReadonlyMap<string, LegacyValue>;

/** A value with the key it comes from. */
export interface Setting {
  readonly key: string;
  readonly value: Plain;
  readonly origin: Origin;
}

export interface LegacyService {
  readonly name: string;
  /** Whether each mode starts it. */
  readonly main: boolean;
  readonly trees: boolean;
  readonly origin: Origin;
  readonly settings: readonly Setting[];
}

interface LegacyServices {
  readonly services: readonly LegacyService[];
  readonly failures: readonly Failure[];
  readonly warnings: readonly Failure[];
}

/** What no line of the file says. */
const byDefault: Origin = { layer: "default" };
const detected: Origin = { layer: "detected" };

/** Names an additional service cannot have. */
const reserved = new Set(["backend", "frontend", "postgres", "redis", "supabase", "n8n", "all", "services", "dependencies"]);

/** Reads all services; one without a command that can be found is left out with a warning. */
export function legacyServices(values: Values, tree: Tree, fileOrigin: Origin): LegacyServices {
  const failures: Failure[] = [];
  const warnings: Failure[] = [];
  const services: LegacyService[] = [];
  for (const name of ["backend", "frontend"] as const) {
    const service = builtIn(name, values, tree, fileOrigin, warnings);
    if (service !== undefined) services.push(service);
  }
  const list = values.get("ENVCTL_ADDITIONAL_SERVICES");
  for (const name of namesOf(list)) {
    if (reserved.has(name) || !isName(name)) failures.push(invalid(`\`${name}\` cannot be the name of an additional service`, "choose another name in ENVCTL_ADDITIONAL_SERVICES", placeOf(list?.origin)));
    else {
      const service = additional(name, values, tree, list?.origin ?? fileOrigin);
      failures.push(...missingKeys(service, values));
      services.push(service);
    }
  }
  return { services, failures, warnings };
}

function builtIn(name: "backend" | "frontend", values: Values, tree: Tree, fileOrigin: Origin, warnings: Failure[]): LegacyService | undefined {
  const upper = name.toUpperCase();
  const [main, trees] = [flag(values, `MAIN_${upper}_ENABLE`, true), flag(values, `TREES_${upper}_ENABLE`, true)];
  const [dirKey, commandKey, portKey] = [`${upper}_DIR`, `ENVCTL_${upper}_START_CMD`, `${upper}_PORT_BASE`];
  const configured = settingText(values, commandKey);
  const dir = settingText(values, dirKey) ?? (has(tree, ".", name) || configured === undefined ? name : ".");
  const seen = candidatesIn(tree, dir).find(({ listens }) => listens);
  const found = configured === undefined ? seen : undefined;
  if (configured === undefined && found === undefined) {
    const isMeant = values.has(dirKey) || values.has(`MAIN_${upper}_ENABLE`) || has(tree, ".", name);
    if (isMeant && (main || trees)) warnings.push(invalid(`no start command is known for the ${name} in ${dir}; it is left out`, `set ${commandKey}`, placeOf(values.get(dirKey)?.origin ?? fileOrigin)));
    return undefined;
  }
  const at = (key: string): Origin => values.get(key)?.origin ?? byDefault;
  const listens = listensIn(values, upper, main, trees);
  const command = configured === undefined ? (found?.command ?? "") : withProjectPython(configured, tree, dir);
  const settings: Setting[] = [
    { key: "dir", value: dir, origin: at(dirKey) },
    { key: "command", value: command, origin: values.get(commandKey)?.origin ?? detected },
    { key: "port", value: listens === "never" ? "none" : (settingText(values, portKey) ?? (name === "backend" ? "8000" : "9000")), origin: at(portKey) },
    { key: "enabled", value: main || trees, origin: at(`MAIN_${upper}_ENABLE`) },
    ...(listens === "sometimes" ? [{ key: "ready.none", value: true, origin: at(`MAIN_${upper}_EXPECT_LISTENER`) }] : []),
    { key: "prepare", value: (seen?.prepare ?? []).map(installIfMissing), origin: seen === undefined ? byDefault : detected },
    ...Object.entries(found?.env ?? {}).map(([variable, value]) => ({ key: `env.${variable}`, value, origin: detected })),
  ];
  return { name, main, trees, origin: values.get(commandKey)?.origin ?? fileOrigin, settings };
}

/** The Python engine installs what is missing, and leaves alone what is there. */
function installIfMissing(step: PrepareConfig): Plain {
  const command = String(step.command);
  const directory = /^python3 -m venv (\S+)/.exec(command)?.[1] ?? (/^(?:npm|pnpm|yarn|bun) install\b/.test(command) ? "node_modules" : undefined);
  return { name: step.name, run: directory === undefined ? command : `[ -d ${directory} ] || { ${command}; }`, inputs: step.inputs };
}

/** Our services listen in every mode or in none; where modes differ the port stays and nothing waits for it. */
function listensIn(values: Values, upper: string, main: boolean, trees: boolean): "always" | "never" | "sometimes" {
  const listens = [
    ...(main ? [flag(values, `MAIN_${upper}_EXPECT_LISTENER`, true)] : []),
    ...(trees ? [flag(values, `TREES_${upper}_EXPECT_LISTENER`, true)] : []),
  ];
  if (listens.every((one) => one)) return "always";
  return listens.some((one) => one) ? "sometimes" : "never";
}

function additional(name: string, values: Values, tree: Tree, listOrigin: Origin): LegacyService {
  const key = (suffix: string): string => `ENVCTL_SERVICE_${suffixOf(name)}_${suffix}`;
  const at = (suffix: string): Origin => values.get(key(suffix))?.origin ?? byDefault;
  const dir = settingText(values, key("DIR")) ?? ".";
  const path = settingText(values, key("ENABLE_IF_PATH"));
  const isThere = path === undefined || tree.read(path) !== undefined || tree.list(path).length > 0;
  const isOn = isThere && flag(values, key("ENABLE"), true);
  const [main, trees] = [isOn && flag(values, key("MAIN_ENABLE"), isOn), isOn && flag(values, key("TREES_ENABLE"), isOn)];
  const listens = flag(values, key("EXPECT_LISTENER"), true);
  const settings: Setting[] = [
    { key: "dir", value: dir, origin: at("DIR") },
    { key: "port", value: listens ? (settingText(values, key("PORT_BASE")) ?? "none") : "none", origin: at("PORT_BASE") },
    { key: "enabled", value: main || trees, origin: at("ENABLE") },
    { key: "critical", value: flag(values, key("CRITICAL"), true), origin: at("CRITICAL") },
  ];
  const command = settingText(values, key("START_CMD")) ?? "exit 1";
  settings.push({ key: "command", value: withoutHoles(withProjectPython(command, tree, dir), name, dir), origin: at("START_CMD") });
  for (const [suffix, target] of [["PUBLIC_URL", "public_url"], ["HEALTH_URL", "health_url"]] as const) {
    const url = settingText(values, key(suffix));
    if (url !== undefined) settings.push({ key: target, value: url, origin: at(suffix) });
  }
  const dependsOn = namesOf(values.get(key("DEPENDS_ON")));
  if (dependsOn.length > 0) settings.push({ key: "depends_on", value: dependsOn, origin: at("DEPENDS_ON") });
  return { name, main, trees, origin: values.get(key("START_CMD"))?.origin ?? listOrigin, settings };
}

/** A service that some mode starts needs a command, and a port unless it is expected not to listen. */
function missingKeys(service: LegacyService, values: Values): readonly Failure[] {
  if (!service.main && !service.trees) return [];
  const key = (suffix: string): string => `ENVCTL_SERVICE_${suffixOf(service.name)}_${suffix}`;
  const lacks = (what: string, hint: string): Failure => invalid(`the service \`${service.name}\` has no ${what}`, hint, placeOf(service.origin));
  const needsPort = flag(values, key("EXPECT_LISTENER"), true) && settingText(values, key("PORT_BASE")) === undefined;
  return [
    ...(settingText(values, key("START_CMD")) === undefined ? [lacks("start command", `set ${key("START_CMD")}`)] : []),
    ...(needsPort ? [lacks("port", `set ${key("PORT_BASE")}, or ${key("EXPECT_LISTENER")}=false`)] : []),
  ];
}

/** The further placeholders of additional services' commands. */
function withoutHoles(command: string, name: string, dir: string): string {
  const root = "${project.root}";
  return command
    .replaceAll("{service_dir}", () => (dir === "." ? root : `${root}/${dir}`))
    .replaceAll(/(?<!\$)\{project_root\}/g, () => root)
    .replaceAll("{service_name}", name);
}

/** A switch; anything that is no known word counts as the fallback. */
export function flag(values: Values, key: string, fallback: boolean): boolean {
  return booleanOf(values.get(key)?.text ?? "") ?? fallback;
}

/** A value that is set and not empty. */
export function settingText(values: Values, key: string): string | undefined {
  const text = values.get(key)?.text.trim();
  return text === "" ? undefined : text;
}

function namesOf(value: LegacyValue | undefined): readonly string[] {
  return (value?.text ?? "").split(",").map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
}

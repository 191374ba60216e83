/** Makes the model's Config from merged, checked and completed entries. */
import { defaultRestarts, restartStrategies, type RestartPolicy } from "../model/restart.ts";
import { groupStrategies, hookNames, limitActions, type Limits, type LivenessConfig } from "../model/supervision.ts";
import { defaultStop, serviceExecutors, requirementEngines, type ExecutorName } from "../model/unit.ts";
import type { Config, ContainerConfig, HookCommands, Mode, ModeConfig, PrepareConfig, ProbeConfig, RequirementConfig, RestartGroupConfig, ServiceConfig, StopConfig, SuiteConfig } from "../model/config.ts";
import type { EngineConfig } from "../model/container.ts";
import { dotted } from "./entry.ts";
import type { Entries } from "./entry.ts";
import { commandOf, listOf, numbersOf, readerOf, textsOf } from "./entry-reader.ts";
import type { Plain } from "./keys.ts";

const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"];
const engines = ["auto", ...requirementEngines] as const;

/** Builds the configuration; every key has a value by now, and names were checked. */
export function buildConfig(entries: Entries): Config {
  const read = readerOf(entries);
  const services = entries.namesBelow(["services"]).map((name) => serviceOf(name, entries));
  const requirements = entries.namesBelow(["requirements"]).map((name) => requirementOf(name, entries));
  const secrets = read.texts("secrets") ?? [];
  const onEngine = read.text("on_engine");
  const plugins = read.texts("plugins") ?? [];
  return {
    version: 1,
    defaultMode: read.text("default_mode") === "trees" ? "trees" : "main",
    publicHost: read.text("public_host") ?? "localhost",
    portSpacing: read.number("port_spacing") ?? 20,
    services: Object.fromEntries(services.map((service) => [service.name, service])),
    requirements: Object.fromEntries(requirements.map((requirement) => [requirement.name, requirement])),
    modes: { main: modeOf("main", entries), trees: modeOf("trees", entries) },
    ...(secrets.length === 0 ? {} : { secrets }),
    ...suitesOf(entries),
    restartGroups: Object.fromEntries(entries.namesBelow(["restart_groups"]).map((name) => [name, restartGroupOf(name, entries)])),
    on: hooksOf(entries, ["on"]),
    worktrees: {
      path: read.text("worktrees", "path") ?? "trees/{feature}/{n}",
      hooks: read.text("worktrees", "hooks") === "inherit" ? "inherit" : "off",
      link: read.texts("worktrees", "link") ?? [],
      copy: read.texts("worktrees", "copy") ?? [],
      plans: read.text("worktrees", "plans") ?? "todo/plans",
    },
    logs: { maxBytes: read.number("logs", "max_size") ?? 20 * 1024 ** 2, keep: read.number("logs", "keep") ?? 5 },
    optionalEnv: optionalEnvOf(entries, ["optional_env"]),
    ...(read.boolean("strict") === true ? { strict: true } : {}),
    ...(entries.namesBelow(["engines"]).length === 0 ? {} : { engines: Object.fromEntries(entries.namesBelow(["engines"]).map((name) => [name, engineOf(name, entries)])) }),
    ...(onEngine === undefined ? {} : { onEngine }),
    ...(read.boolean("docker") === true ? { docker: true } : {}),
    ...(read.boolean("notify") === true ? { notify: true } : {}),
    ...(plugins.length === 0 ? {} : { plugins }),
    ...(entries.namesBelow(["providers"]).length === 0 ? {} : { providers: textsOf(entries, ["providers"]) }),
  };
}

function serviceOf(name: string, entries: Entries): ServiceConfig {
  const read = readerOf(entries, "services", name);
  const port = read.number("port");
  const [ready, live] = [probeOf(entries, name, "ready"), liveOf(entries, name)];
  const [restart, limits] = [restartOf(entries, name), limitsOf(entries, name)];
  const requires = read.texts("requires") ?? [];
  const container = containerOf(entries, name);
  const [publicUrl, healthUrl, module, executor] = [read.text("public_url"), read.text("health_url"), read.text("module"), read.text("executor")];
  return {
    name,
    enabled: read.boolean("enabled") ?? true,
    dir: read.text("dir") ?? ".",
    command: read.command(container === undefined ? "command" : "run") ?? [],
    executor: executorOf(entries, name),
    ...(container === undefined && executor?.includes("/") === true ? { pluginExecutor: executor } : {}),
    ...(module === undefined ? {} : { module }),
    ...(container === undefined ? {} : { container }),
    port: port ?? "none",
    ports: numbersOf(entries, ["services", name, "ports"]),
    ...(ready === undefined ? {} : { ready }),
    readyTimeoutMs: read.number("ready", "timeout") ?? 30_000,
    dependsOn: read.texts("depends_on") ?? [],
    ...(requires.length === 0 ? {} : { requires }),
    env: textsOf(entries, ["services", name, "env"]),
    critical: read.boolean("critical") ?? true,
    prepare: prepareOf(read.value("prepare")),
    stop: stopOf(entries, name),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(healthUrl === undefined ? {} : { healthUrl }),
    ...(restart === undefined ? {} : { restart }),
    ...(live === undefined ? {} : { live }),
    ...(limits === undefined ? {} : { limits }),
    watch: read.texts("watch") ?? [],
    on: hooksOf(entries, ["services", name, "on"]),
  };
}

function engineOf(name: string, entries: Entries): EngineConfig {
  const read = readerOf(entries, "engines", name);
  const [tls, address] = [read.text("tls"), read.text("address")];
  return { name, host: read.text("host") ?? "", ...(tls === undefined ? {} : { tls }), ...(address === undefined ? {} : { address }) };
}

/** Undefined for a service that is no container. */
function containerOf(entries: Entries, name: string): ContainerConfig | undefined {
  const read = readerOf(entries, "services", name);
  const [image, context, dockerfile, port] = [read.text("image"), read.text("build"), read.text("dockerfile"), read.number("container_port")];
  const onEngine = read.text("on_engine");
  if (image === undefined && context === undefined) return undefined;
  return {
    ...(image === undefined ? {} : { image }),
    ...(context === undefined ? {} : { build: { context, args: textsOf(entries, ["services", name, "args"]), ...(dockerfile === undefined ? {} : { dockerfile }) } }),
    volumes: textsOf(entries, ["services", name, "volumes"]),
    ...(port === undefined ? {} : { port }),
    network: read.text("network") === "host" ? "host" : "project",
    ...(onEngine === undefined ? {} : { onEngine }),
  };
}

/** A module alone runs as `node`: `process` is only the default of a command. */
function executorOf(entries: Entries, name: string): ExecutorName {
  if (containerOf(entries, name) !== undefined) return "container";
  const read = readerOf(entries, "services", name);
  const chosen = serviceExecutors.find((one) => one === read.text("executor")) ?? "process";
  return chosen === "process" && read.text("module") !== undefined && read.command("command") === undefined ? "node" : chosen;
}

function liveOf(entries: Entries, name: string): LivenessConfig | undefined {
  const probe = probeOf(entries, name, "live");
  if (probe === undefined) return undefined;
  const read = readerOf(entries, "services", name, "live");
  return {
    probe,
    intervalMs: read.number("interval") ?? 10_000,
    timeoutMs: read.number("timeout") ?? 5000,
    failures: read.number("failures") ?? 3,
    restart: read.boolean("restart") ?? false,
  };
}

/** Undefined when nothing is limited. */
function limitsOf(entries: Entries, name: string): Limits | undefined {
  const read = readerOf(entries, "services", name, "limits");
  const [memoryBytes, cpuShare, fds, connections] = [read.number("memory"), read.number("cpu"), read.number("fds"), read.number("connections")];
  if ([memoryBytes, cpuShare, fds, connections].every((one) => one === undefined)) return undefined;
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpuShare === undefined ? {} : { cpuShare }),
    ...(fds === undefined ? {} : { fds }),
    ...(connections === undefined ? {} : { connections }),
    onLimit: limitActions.find((one) => one === read.text("on_limit")) ?? "warn",
  };
}

function hooksOf(entries: Entries, path: readonly string[]): HookCommands {
  const known = entries.namesBelow(path).filter((name) => hookNames.some((hook) => hook === name));
  return Object.fromEntries(known.map((name) => [name, commandOf(entries.get(dotted([...path, name]))?.value) ?? []]));
}

function restartGroupOf(name: string, entries: Entries): RestartGroupConfig {
  const read = readerOf(entries, "restart_groups", name);
  return { strategy: groupStrategies.find((one) => one === read.text("strategy")) ?? "one_for_one", units: read.texts("units") ?? [] };
}

/** A suite named as a service belongs to it. */
function suitesOf(entries: Entries): Pick<Config, "suites"> {
  const suites = entries.namesBelow(["test"]).map((name): SuiteConfig => {
    const read = readerOf(entries, "test", name);
    const service = read.text("service") ?? (entries.has(`services.${name}.command`) ? name : undefined);
    const [runner, report] = [read.text("runner"), read.text("report")];
    return {
      name,
      command: read.command("command") ?? [],
      dir: read.text("dir") ?? (service === undefined ? undefined : readerOf(entries, "services", service).text("dir")) ?? ".",
      ...(service === undefined ? {} : { service }),
      ...(runner === undefined ? {} : { runner }),
      ...(report === undefined ? {} : { report }),
    };
  });
  return suites.length === 0 ? {} : { suites: Object.fromEntries(suites.map((suite) => [suite.name, suite])) };
}

function probeOf(entries: Entries, name: string, key: "ready" | "live"): ProbeConfig | undefined {
  const read = readerOf(entries, "services", name, key);
  const [http, tcp, exec, log, delay] = [read.text("http"), read.text("tcp"), read.command("exec"), read.text("log"), read.number("delay")];
  const status = read.number("status");
  if (http !== undefined) return { kind: "http", path: http, ...(status === undefined ? {} : { status }) };
  if (tcp !== undefined && tcp !== "false") return { kind: "tcp", ...(tcp === "true" ? {} : { address: tcp }) };
  if (exec !== undefined) return { kind: "exec", command: exec };
  if (log !== undefined) return { kind: "log", pattern: log };
  if (delay !== undefined) return { kind: "delay", forMs: delay };
  if (read.boolean("none") === true) return { kind: "none" };
  return read.boolean("listener") === true ? { kind: "listener" } : undefined;
}

function stopOf(entries: Entries, name: string): StopConfig {
  const read = readerOf(entries, "services", name, "stop");
  return {
    signal: signals.find((signal) => signal === read.text("signal")) ?? "SIGTERM",
    to: read.text("to") === "leader" ? "leader" : "group",
    graceMs: read.number("grace") ?? defaultStop.graceMs,
  };
}

/** Undefined for one that never restarts, whatever else is said. */
function restartOf(entries: Entries, name: string): RestartPolicy | undefined {
  const read = readerOf(entries, "services", name, "restart");
  const strategy = restartStrategies.find((one) => one === read.text("strategy"));
  if (strategy === undefined || strategy === "never") return undefined;
  return {
    strategy,
    baseMs: read.number("base") ?? defaultRestarts.baseMs,
    maxDelayMs: read.number("max_delay") ?? defaultRestarts.maxDelayMs,
    jitter: read.number("jitter") ?? defaultRestarts.jitter,
    stableAfterMs: read.number("stable_after") ?? defaultRestarts.stableAfterMs,
    when: read.text("when") === "always" ? "always" : "on-failure",
    max: read.number("max") ?? defaultRestarts.max,
    withinMs: read.number("within") ?? defaultRestarts.withinMs,
  };
}

/** The same for every kind; the others are for its adapter. */
const ownRequirementKeys = ["enabled", "engine", "url", "required", "image", "on"];

function requirementOf(name: string, entries: Entries): RequirementConfig {
  const read = readerOf(entries, "requirements", name);
  const keys = entries.namesBelow(["requirements", name]).filter((key) => !ownRequirementKeys.includes(key));
  const [url, image, onEngine] = [read.text("url"), read.text("image"), read.text("on")];
  return {
    name,
    enabled: read.boolean("enabled") ?? true,
    engine: engines.find((engine) => engine === read.text("engine")) ?? "auto",
    ...(url === undefined ? {} : { url }),
    ...(image === undefined ? {} : { image }),
    ...(onEngine === undefined ? {} : { onEngine }),
    ...(read.boolean("required") === false ? { required: false } : {}),
    settings: Object.fromEntries(keys.map((key) => [key, read.value(key)])),
  };
}

function modeOf(mode: Mode, entries: Entries): ModeConfig {
  const read = readerOf(entries, "modes", mode);
  const [services, requirements] = [read.texts("services"), read.texts("requirements")];
  const optionalEnv = optionalEnvOf(entries, ["modes", mode, "optional_env"]);
  return {
    enabled: read.boolean("enabled") ?? true,
    ...(services === undefined ? {} : { services }),
    ...(requirements === undefined ? {} : { requirements }),
    ...(Object.keys(optionalEnv).length === 0 ? {} : { optionalEnv }),
  };
}

function prepareOf(value: Plain | undefined): readonly PrepareConfig[] {
  if (!Array.isArray(value)) return [];
  return value.map((step: Plain) => {
    const fields = typeof step === "object" && step !== null && !Array.isArray(step) ? new Map(Object.entries(step)) : new Map<string, Plain>();
    return { name: String(fields.get("name")), command: commandOf(fields.get("run")) ?? [], inputs: listOf(fields.get("inputs")) ?? [] };
  });
}

function optionalEnvOf(entries: Entries, path: readonly string[]): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(entries.namesBelow(path).map((service) => [service, textsOf(entries, [...path, service])]));
}

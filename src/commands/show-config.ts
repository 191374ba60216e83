/** `show-config`: every value in effect, and where it was set. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ShowConfigReport } from "../contracts/reports.ts";
import type { Config, Origin, ResolvedConfig, ServiceConfig, Setting } from "../model/config.ts";
import { placeText, UserError, type Failure } from "../model/failure.ts";
import type { ConfigRequest } from "../runtime.ts";
import { table } from "../ui/table.ts";
import { badSetting } from "../ui/words.ts";
import { listFlag, textFlag } from "./targets.ts";
import { maskedValue, maskedValues, type SecretNames } from "./mask.ts";

export const body: CommandBody<ShowConfigReport> = {
  async run(input, runtime) {
    const { repository, projectRoot } = runtime.checkout;
    const resolved = await runtime.resolveConfig({ ...configRequest(input), projectRoot });
    const isRevealed = input.flags["reveal"] === true;
    const own = join(projectRoot, ".envctl");
    const file = existsSync(own) ? own : join(repository, ".envctl");
    return {
      base_dir: repository,
      execution_root: projectRoot,
      config_file: file,
      config_exists: existsSync(file),
      config_source: resolved.isDetected ? "detected" : "envctl",
      files: [...resolved.files],
      effective: effective(resolved.config, isRevealed),
      settings: Object.fromEntries(Object.entries(resolved.settings).map(([key, setting]) => [key, { value: isRevealed ? setting.text : shownText(key, setting, resolved), state: setting.state, origin: { ...setting.origin } }])),
      origins: Object.fromEntries(Object.entries(resolved.origins).map(([key, origin]) => [key, { ...origin }])),
      warnings: resolved.warnings.map(warningText),
    };
  },
  text: (report) => [
    report.config_source === "detected" ? `no ${report.config_file}: detected (envctl config --detect --write keeps it)` : report.files.join(", "),
    ...table(["KEY", "VALUE", "FROM"], Object.entries(report.settings).filter(([, { state }]) => state !== "unset").map(([key, { value, origin }]) => [key, value, originText(origin)])),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ],
};

/** Layers given by `--profile` and `--set`. Throws a UserError for a setting without `=`. */
export function configRequest(input: Pick<CommandInput, "flags">): ConfigRequest {
  const profile = textFlag(input.flags, "profile");
  const settings = listFlag(input.flags, "set").map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UserError(badSetting(text));
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const onEngine = textFlag(input.flags, "on");
  if (onEngine !== undefined) settings.push(["on_engine", onEngine]);
  return { ...(profile === undefined ? {} : { profile }), ...(settings.length === 0 ? {} : { overrides: Object.fromEntries(settings) }) };
}

/** A setting's text, hidden where its name is or looks secret. */
export function shownText(key: string, setting: Setting, resolved: ResolvedConfig): string {
  const name = key.slice(key.lastIndexOf(".") + 1).replace(/ \[\w+\]$/, "");
  return maskedValue(name, setting.text, new Set(resolved.config.secrets));
}

function warningText({ message, hint, place }: Failure): string {
  return `${place === undefined ? "" : `${placeText(place)}: `}${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** `.envctl:4:3`, `environment ENVCTL_…`, `default`. */
export function originText(origin: Omit<Origin, "layer"> & { readonly layer: string } | undefined): string {
  if (origin === undefined) return "default";
  if (origin.file !== undefined) return [origin.file, origin.line, origin.column].filter((part) => part !== undefined).join(":");
  return origin.name === undefined ? origin.layer : `${origin.layer} ${origin.name}`;
}

function effective(config: Config, isRevealed: boolean): ShowConfigReport["effective"] {
  const names: SecretNames = new Set(config.secrets);
  const values = (env: Readonly<Record<string, string>>): Record<string, string> => ({ ...(isRevealed ? env : maskedValues(env, names)) });
  return {
    version: config.version,
    default_mode: config.defaultMode,
    public_host: config.publicHost,
    port_spacing: config.portSpacing,
    services: mapped(config.services, (service) => effectiveService(service, values)),
    requirements: mapped(config.requirements, ({ enabled, engine, settings }) => ({
      enabled,
      engine,
      settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === "string" && !isRevealed ? maskedValue(name, value, names) : value])),
    })),
    modes: mapped(config.modes, ({ enabled, services, requirements }) => ({ enabled, services: services === undefined ? null : [...services], requirements: requirements === undefined ? null : [...requirements] })),
    optional_env: mapped(config.optionalEnv, values),
  };
}

function effectiveService(service: ServiceConfig, values: (env: Readonly<Record<string, string>>) => Record<string, string>): ShowConfigReport["effective"]["services"][string] {
  const words = (command: ServiceConfig["command"]): string | string[] => (typeof command === "string" ? command : [...command]);
  return {
    enabled: service.enabled,
    dir: service.dir,
    command: words(service.command),
    port: service.port,
    ports: { ...service.ports },
    ready: service.ready === undefined ? null : { ...service.ready },
    ready_timeout_ms: service.readyTimeoutMs,
    depends_on: [...service.dependsOn],
    env: values(service.env),
    critical: service.critical,
    prepare: service.prepare.map(({ name, command, inputs }) => ({ name, command: words(command), inputs: [...inputs] })),
    stop: { signal: service.stop.signal, to: service.stop.to, grace_ms: service.stop.graceMs },
    public_url: service.publicUrl ?? null,
    health_url: service.healthUrl ?? null,
  };
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

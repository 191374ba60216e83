/** `show-config`: every value in effect, and where it was set. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { ShowConfigReport } from "../contracts/reports.ts";
import type { Config, Origin, ServiceConfig } from "../model/config.ts";
import { UserError } from "../model/failure.ts";
import type { ConfigRequest } from "../runtime.ts";
import { table } from "../ui/table.ts";
import { badSetting } from "../ui/words.ts";
import { listFlag, textFlag } from "./targets.ts";
import { maskedValue, maskedValues } from "./unit-values.ts";
import { configRows } from "./config-rows.ts";

export const body: CommandBody<ShowConfigReport> = {
  async run(input, runtime) {
    const { repository, projectRoot } = runtime.checkout;
    const resolved = await runtime.resolveConfig({ ...configRequest(input), projectRoot });
    const own = join(projectRoot, ".envctl");
    const file = existsSync(own) ? own : join(repository, ".envctl");
    return {
      base_dir: repository,
      execution_root: projectRoot,
      config_file: file,
      config_exists: existsSync(file),
      config_source: resolved.isDetected ? "detected" : "envctl",
      files: [...resolved.files],
      effective: effective(resolved.config, input.flags["reveal"] === true),
      origins: Object.fromEntries(Object.entries(resolved.origins).map(([key, origin]) => [key, { ...origin }])),
    };
  },
  text: (report) => [
    report.config_source === "detected" ? `no ${report.config_file}: detected (envctl config --detect --write keeps it)` : report.files.join(", "),
    ...table(["KEY", "VALUE", "FROM"], configRows(report.effective).map(([key, value]) => [key, value, originText(originOf(report.origins, key))])),
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
  return { ...(profile === undefined ? {} : { profile }), ...(settings.length === 0 ? {} : { overrides: Object.fromEntries(settings) }) };
}

/** The origin of a key, or of the nearest group around it. */
export function originOf<O>(origins: Readonly<Record<string, O>>, key: string): O | undefined {
  for (let at = key; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins[at];
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** `.envctl:4:3`, `environment ENVCTL_…`, `default`. */
export function originText(origin: Omit<Origin, "layer"> & { readonly layer: string } | undefined): string {
  if (origin === undefined) return "default";
  if (origin.file !== undefined) return [origin.file, origin.line, origin.column].filter((part) => part !== undefined).join(":");
  return origin.name === undefined ? origin.layer : `${origin.layer} ${origin.name}`;
}

function effective(config: Config, isRevealed: boolean): ShowConfigReport["effective"] {
  const values = (env: Readonly<Record<string, string>>): Record<string, string> => ({ ...(isRevealed ? env : maskedValues(env)) });
  return {
    version: config.version,
    default_mode: config.defaultMode,
    public_host: config.publicHost,
    port_spacing: config.portSpacing,
    services: mapped(config.services, (service) => effectiveService(service, values)),
    requirements: mapped(config.requirements, ({ enabled, engine, settings }) => ({
      enabled,
      engine,
      settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === "string" && !isRevealed ? maskedValue(name, value) : value])),
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

/** Which engine a requirement runs with, and why. Pure. */
import type { RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { RequirementEngine } from "../../model/unit.ts";
import type { Requirement } from "../adapter.ts";

/** An engine that can be used. */
export interface EngineChoice {
  readonly engine: RequirementEngine;
  readonly because: string;
}

/** `auto` is embedded where the adapter has it, else docker; with `docker: true` the other way round. */
export function chooseEngine(adapter: Pick<Requirement, "title" | "engines" | "embeddedSettings">, config: RequirementConfig, prefersDocker = false): EngineChoice | Failure {
  const { engine: wanted, name } = config;
  const engine = wanted === "auto" ? autoEngine(adapter, prefersDocker) : wanted;
  const misplaced = (engine === "external" ? misplacedSetting(adapter, config) : misplacedKey(config)) ?? misplacedImage(config, engine);
  if (misplaced !== undefined) return misplaced;
  const because = wanted === "auto" ? `engine auto: ${adapter.title} ${autoReason(adapter, engine)}` : `requirements.${name}.engine is ${wanted}`;
  return adapter.engines[engine] === undefined ? unsupported(adapter, config, engine) : { engine, because };
}

function autoEngine({ engines }: Pick<Requirement, "engines">, prefersDocker: boolean): "docker" | "embedded" {
  const isContained = engines.embedded === undefined || (prefersDocker && engines.docker !== undefined);
  return isContained ? "docker" : "embedded";
}

function autoReason({ engines }: Pick<Requirement, "engines">, engine: RequirementEngine): string {
  if (engine === "embedded") return "can run as a process of envctl";
  return engines.embedded === undefined ? "runs in a container" : "runs in a container, since `docker` is wanted";
}

function unsupported({ title, engines }: Pick<Requirement, "title" | "engines">, { name, engine: wanted }: RequirementConfig, engine: string): Failure {
  const message = wanted === "auto" ? `${title} runs neither as a process of envctl nor in a container` : `requirements.${name}.engine is ${engine}, which ${title} does not support`;
  return { reason: "configuration_invalid", message, hint: `set requirements.${name}.engine to ${Object.keys(engines).join(" or ")}` };
}

function misplacedKey({ name, url, required, engine }: RequirementConfig): Failure | undefined {
  const key = url !== undefined ? "url" : required !== undefined ? "required" : undefined;
  if (key === undefined) return undefined;
  return { reason: "configuration_invalid", message: `requirements.${name}.${key} is about an external server, but requirements.${name}.engine is ${engine}`, hint: `set requirements.${name}.engine to external, or remove \`${key}\`` };
}

function misplacedImage({ name, image, onEngine }: RequirementConfig, engine: RequirementEngine): Failure | undefined {
  const key = image !== undefined ? "image" : onEngine !== undefined ? "on" : undefined;
  if (key === undefined || engine === "docker") return undefined;
  return { reason: "configuration_invalid", message: `requirements.${name}.${key} is about a container, but requirements.${name} runs ${engine}`, hint: `set requirements.${name}.engine to docker, or remove \`${key}\`` };
}

function misplacedSetting({ embeddedSettings = [] }: Pick<Requirement, "embeddedSettings">, { name, settings }: RequirementConfig): Failure | undefined {
  const key = embeddedSettings.find((one) => settings[one] !== undefined);
  if (key === undefined) return undefined;
  return { reason: "configuration_invalid", message: `requirements.${name}.${key} is about a server of envctl's own, but requirements.${name}.engine is external`, hint: `remove \`${key}\`, or set requirements.${name}.engine to embedded` };
}

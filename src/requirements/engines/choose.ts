/** Which engine a requirement runs with, and why. Pure. */
import type { RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { RequirementEngine } from "../../model/unit.ts";
import type { Requirement } from "../adapter.ts";

/** An engine that can be used. */
export interface EngineChoice {
  readonly engine: Exclude<RequirementEngine, "docker">;
  readonly because: string;
}

/** `auto` is embedded where the adapter has it, else docker. */
export function chooseEngine(adapter: Pick<Requirement, "title" | "engines" | "embeddedSettings">, config: RequirementConfig): EngineChoice | Failure {
  const { engine: wanted, name } = config;
  const engine = wanted === "auto" ? (adapter.engines.embedded === undefined ? "docker" : "embedded") : wanted;
  const misplaced = engine === "external" ? misplacedSetting(adapter, config) : misplacedKey(config);
  if (misplaced !== undefined) return misplaced;
  if (engine === "docker") return dockerFailure(adapter, config);
  const because = wanted === "auto" ? `engine auto: ${adapter.title} can run as a process of envctl` : `requirements.${name}.engine is ${wanted}`;
  return adapter.engines[engine] === undefined ? unsupported(adapter, config, engine) : { engine, because };
}

/** The one place that says containers are not there yet. */
function dockerFailure({ title, engines }: Pick<Requirement, "title" | "engines">, { name, engine }: RequirementConfig): Failure {
  const message = engine === "auto" ? `${title} runs in a container only, which arrives with a later version` : `requirements.${name}.engine is docker, which arrives with a later version`;
  return { reason: "configuration_invalid", message, hint: `set requirements.${name}.engine to ${["auto", ...Object.keys(engines)].filter((one) => one !== engine).join(" or ")}` };
}

function unsupported({ title, engines }: Pick<Requirement, "title" | "engines">, { name }: RequirementConfig, engine: string): Failure {
  return { reason: "configuration_invalid", message: `requirements.${name}.engine is ${engine}, which ${title} does not support`, hint: `it supports: ${Object.keys(engines).join(", ")}` };
}

function misplacedKey({ name, url, required, engine }: RequirementConfig): Failure | undefined {
  const key = url !== undefined ? "url" : required !== undefined ? "required" : undefined;
  if (key === undefined) return undefined;
  return { reason: "configuration_invalid", message: `requirements.${name}.${key} is about an external server, but requirements.${name}.engine is ${engine}`, hint: `set requirements.${name}.engine to external, or remove \`${key}\`` };
}

function misplacedSetting({ embeddedSettings = [] }: Pick<Requirement, "embeddedSettings">, { name, settings }: RequirementConfig): Failure | undefined {
  const key = embeddedSettings.find((one) => settings[one] !== undefined);
  if (key === undefined) return undefined;
  return { reason: "configuration_invalid", message: `requirements.${name}.${key} is about a server of envctl's own, but requirements.${name}.engine is external`, hint: `remove \`${key}\`, or set requirements.${name}.engine to embedded` };
}

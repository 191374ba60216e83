/** What servers in containers have in common: their settings, and the unit that comes of what an adapter says. */
import type { RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { UnitDraft } from "../../model/unit.ts";
import type { DraftInput, Requirement } from "../adapter.ts";

/** A requirement that is to run in a container. */
export interface ContainedRequirement {
  /** Its settings without those about the container, as adapters read them. */
  readonly config: RequirementConfig;
  /** Chosen by the configuration; absent: the adapter's for the version. */
  readonly image?: string;
}

/** Undefined for one that is to run in another way; a list of failures when it cannot run in a container. */
export function containedRequirement(adapter: Requirement, raw: RequirementConfig): ContainedRequirement | undefined | readonly Failure[] {
  if (raw.engine !== "docker") return undefined;
  const key = `requirements.${raw.name}`;
  if (adapter.container === undefined) return [invalid(`${key}.engine is docker, and there is no image of ${adapter.title} that envctl knows`, `set ${key}.engine to auto or embedded`)];
  const { image, ...settings } = raw.settings;
  const failures = [
    ...(image === undefined || (typeof image === "string" && image !== "") ? [] : [invalid(`${key}.image is ${JSON.stringify(image)}`, "it must be the name of an image, such as postgres:16.11")]),
    ...("path" in settings ? [invalid(`${key}.path names a program of this machine, and its engine is docker`, `remove it; ${key}.image chooses another image`)] : []),
  ];
  if (failures.length > 0) return failures;
  return { config: { ...raw, engine: "auto", settings }, ...(typeof image === "string" ? { image } : {}) };
}

/** The failure when the adapter has no image for what is asked for. */
export function imageFailures(adapter: Requirement, { config, image }: ContainedRequirement, settings: unknown): readonly Failure[] {
  if (image !== undefined || adapter.container?.image(settings) !== undefined) return [];
  const key = `requirements.${config.name}`;
  return [invalid(`envctl knows no image of ${adapter.title} ${String(config.settings["version"])}`, `choose one with ${key}.image, or another ${key}.version`)];
}

/** What the server is asked and told is the same wherever it runs. */
export function containedDraft(adapter: Requirement, { image }: ContainedRequirement, input: DraftInput<unknown>): UnitDraft {
  const { container } = adapter;
  if (container === undefined) throw new Error(`${adapter.title} has no container`);
  const { command, env, volume, port } = container.run(input);
  return {
    ...adapter.draft(input),
    command,
    env,
    container: { image: image ?? container.image(input.settings) ?? "", volumes: [{ name: `${input.name}-data`, target: volume }], ports: { main: port } },
  };
}

function invalid(message: string, hint: string): Failure {
  return { reason: "configuration_invalid", message, hint };
}

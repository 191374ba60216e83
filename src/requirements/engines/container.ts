/** What servers in containers have in common: which image, what of their settings cannot be, and the unit that comes of it. */
import type { RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { UnitDraft } from "../../model/unit.ts";
import type { DockerEngine, DraftInput, Requirement } from "../adapter.ts";

/** Chosen by the configuration, else the adapter's for the version; undefined when there is none. */
export function imageOf(engine: DockerEngine, raw: RequirementConfig, settings: unknown): string | undefined {
  return raw.image ?? engine.image(settings);
}

/** `16.11` of `postgres:16.11-alpine`; undefined for a tag that is no version, and for a digest. */
export function imageVersion(image: string): string | undefined {
  return /:(\d+(?:\.\d+)*)(?:-[\w.-]+)?$/.exec(image)?.[1];
}

/** Why it cannot run in a container as it is configured; none when it can. */
export function dockerFailures({ title }: Pick<Requirement, "title">, engine: DockerEngine, raw: RequirementConfig, settings: unknown): readonly Failure[] {
  const key = `requirements.${raw.name}`;
  const misplaced = engine.misplaced?.(settings);
  return [
    ...("path" in raw.settings ? [invalid(`${key}.path names a program of this machine, and its engine is docker`, `remove it; ${key}.image chooses another image`)] : []),
    ...(misplaced === undefined ? [] : [invalid(`${key}.${misplaced.key} ${misplaced.because}, and ${key}.engine is docker`, `remove it, or set ${key}.engine to embedded`)]),
    ...(imageOf(engine, raw, settings) === undefined ? [invalid(`envctl knows no image of ${title} ${String(raw.settings["version"])}`, `choose one with ${key}.image, or another ${key}.version`)] : []),
  ];
}

/** What its volume is called in the project, until other data take their place. */
export function dataVolume({ name }: Pick<DraftInput<unknown>, "name">): string {
  return `${name}-data`;
}

/** What the server is asked and told is the same wherever it runs. `data` is the volume of its data. */
export function dockerDraft(engine: Pick<DockerEngine, "draft">, image: string, input: DraftInput<unknown>, data = dataVolume(input)): UnitDraft {
  const { volume, volumes = {}, port, morePorts, entrypoint, mounts, ...draft } = engine.draft(input);
  const [main = "main"] = Object.keys(input.ports);
  const targets = { ...(volume === undefined ? {} : { data: volume }), ...volumes };
  return {
    ...draft,
    container: {
      image,
      ...(entrypoint === undefined ? {} : { entrypoint }),
      ...(mounts === undefined ? {} : { mounts }),
      volumes: Object.entries(targets).map(([name, target]) => ({ name: name === "data" ? data : `${input.name}-${name}`, target })),
      ports: { ...morePorts, [main]: port },
    },
  };
}

function invalid(message: string, hint: string): Failure {
  return { reason: "configuration_invalid", message, hint };
}

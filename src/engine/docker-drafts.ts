/** A server in a container as a requirement of a project: its data are in a volume, nothing of it is on this machine. */
import type { EngineConfig } from "../model/container.ts";
import type { Failure } from "../model/failure.ts";
import type { DockerEngine, EffectInput } from "../requirements/adapter.ts";
import type { EngineChoice } from "../requirements/engines/choose.ts";
import { dataVolume, dockerDraft, dockerFailures, imageOf, imageVersion } from "../requirements/engines/container.ts";
import { volumeInUse } from "../state/data-directories.ts";
import { inputOf, insideWork, type OwnServerInput } from "./own-server.ts";
import type { BoundRequirement, Effects, Ports } from "./requirement-drafts.ts";
import { dockerPart } from "./requirement-parts.ts";

export interface DockerInput extends OwnServerInput {
  readonly engine: DockerEngine;
  readonly choice: EngineChoice;
  /** The container engine that the configuration names. */
  readonly named: EngineConfig | undefined;
}

/** The server, then those it consists of besides. Images are fetched when they start, by whoever runs containers. */
export function dockerRequirement(order: DockerInput): readonly BoundRequirement[] | readonly Failure[] {
  const { adapter, engine, settings, raw, choice, project, named, host } = order;
  const failures = dockerFailures(adapter, engine, raw, settings);
  if (failures.length > 0) return failures;
  const input = inputOf(order);
  const image = imageOf(engine, raw, settings) ?? "";
  const { server, dataDirectory } = input({});
  const volume = volumeInUse(dataDirectory) ?? dataVolume(raw);
  const seed = engine.seedOf?.(settings);
  const prepared = (ports: Ports, effects: Effects): EffectInput<unknown> => ({ ...input(ports), ...effects, projectRoot: project.fact.root });
  const own: BoundRequirement = {
    name: raw.name,
    adapter: adapter.id,
    engine: choice.engine,
    because: choice.because,
    isOptional: false,
    version: imageVersion(image) ?? String(raw.settings["version"] ?? ""),
    ...(server === undefined ? {} : { server }),
    ports: adapter.basePorts(settings, raw),
    run: (ports) => dockerDraft(engine, image, input(ports), volume),
    inVolume: { directory: dataDirectory, volume, image, copies: engine.copies?.(input({})) ?? "has no way for that in a container", ...(seed === undefined || server !== undefined ? {} : { seed }), ...(named === undefined ? {} : { named }) },
    values: (ports) => adapter.values(input(ports)),
    env: (ports) => adapter.env(input(ports)),
    isPresent: true,
    complaints: engine.complaints ?? [],
    notes: engine.notes?.(settings) ?? [],
    fetch: async () => undefined,
    prepare: async (ports, effects) => engine.prepare?.(prepared(ports, effects), host),
    ...insideWork(order, input, prepared),
  };
  return [own, ...(engine.parts?.(settings) ?? []).map((part) => dockerPart(order, part, own))];
}

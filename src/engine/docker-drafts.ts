/** A server in a container as a requirement of a project: its data are in a volume, nothing of it is on this machine. */
import type { Failure } from "../model/failure.ts";
import type { DockerEngine, DockerPart, DraftInput } from "../requirements/adapter.ts";
import type { EngineChoice } from "../requirements/engines/choose.ts";
import { dockerDraft, dockerFailures, imageOf, imageVersion } from "../requirements/engines/container.ts";
import { inputOf, insideWork, type OwnServerInput } from "./own-server.ts";
import type { BoundRequirement, Ports } from "./requirement-drafts.ts";

export interface DockerInput extends OwnServerInput {
  readonly engine: DockerEngine;
  readonly choice: EngineChoice;
}

/** The server, then those it consists of besides. Images are fetched when they start, by whoever runs containers. */
export function dockerRequirement(order: DockerInput): readonly BoundRequirement[] | readonly Failure[] {
  const { adapter, engine, settings, raw, choice, project } = order;
  const failures = dockerFailures(adapter, engine, raw, settings);
  if (failures.length > 0) return failures;
  const input = inputOf(order);
  const image = imageOf(engine, raw, settings) ?? "";
  const { server } = input({});
  const own: BoundRequirement = {
    name: raw.name,
    adapter: adapter.id,
    engine: choice.engine,
    because: choice.because,
    isOptional: false,
    version: imageVersion(image) ?? String(raw.settings["version"] ?? ""),
    ...(server === undefined ? {} : { server }),
    ports: adapter.basePorts(settings, raw),
    run: (ports) => dockerDraft(engine, image, input(ports)),
    values: (ports) => adapter.values(input(ports)),
    env: (ports) => adapter.env(input(ports)),
    isPresent: true,
    complaints: engine.complaints ?? [],
    notes: engine.notes?.(settings) ?? [],
    fetch: async () => undefined,
    prepare: async () => undefined,
    ...insideWork(order, input, (ports, effects) => ({ ...input(ports), ...effects, projectRoot: project.fact.root })),
  };
  return [own, ...(engine.parts?.(settings) ?? []).map((part) => partRequirement(order, part, own))];
}

/** A part has the settings and the secrets of the requirement, and volumes and ports of its own. */
function partRequirement(order: DockerInput, part: DockerPart, whole: BoundRequirement): BoundRequirement {
  const name = `${whole.name}-${part.name}`;
  const inputFor = inputOf(order);
  const input = (ports: Ports): DraftInput<unknown> => ({ ...inputFor(ports), name });
  return {
    name,
    partOf: whole.name,
    dependsOn: [whole.name, ...part.after.map((other) => `${whole.name}-${other}`)],
    adapter: whole.adapter,
    engine: whole.engine,
    because: `it is a part of ${whole.name}: ${whole.because}`,
    isOptional: false,
    version: imageVersion(part.image) ?? "",
    ports: part.ports,
    run: (ports) => dockerDraft(part, part.image, input(ports)),
    values: (ports) => part.values?.(input(ports)) ?? {},
    env: (ports) => part.env?.(input(ports)) ?? {},
    isPresent: true,
    complaints: part.complaints ?? [],
    notes: [],
    fetch: async () => undefined,
    prepare: async () => undefined,
    ...insideWork({ ...order, engine: part }, input, (ports, effects) => ({ ...input(ports), ...effects, projectRoot: order.project.fact.root })),
  };
}

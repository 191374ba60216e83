/** Servers that a requirement consists of besides the one it is named by, as units of their own. */
import type { DockerPart, DraftInput, EmbeddedPart, Part, Runtime } from "../requirements/adapter.ts";
import { dockerDraft, imageVersion } from "../requirements/engines/container.ts";
import { inputOf, insideWork, type OwnServerInput } from "./own-server.ts";
import type { BoundRequirement, Ports } from "./requirement-drafts.ts";

/** One in a container. */
export function dockerPart(order: OwnServerInput, part: DockerPart, whole: BoundRequirement): BoundRequirement {
  return { ...boundPart(order, part, whole), version: imageVersion(part.image) ?? "", run: (ports) => dockerDraft(part, part.image, inputFor(order, part, whole)(ports)) };
}

/** One that is a process of ours; what it needs of the machine is looked for. */
export async function embeddedPart(order: OwnServerInput, part: EmbeddedPart, whole: BoundRequirement): Promise<BoundRequirement> {
  const { host } = order;
  const runtime = await part.locate(host);
  return {
    ...boundPart(order, part, whole, runtime),
    version: runtime?.version ?? "",
    isPresent: runtime !== undefined,
    run: (ports) => part.draft(inputFor(order, part, whole, runtime)(ports)),
    fetch: async (progress, signal) => {
      await part.fetch(host, progress, signal);
    },
  };
}

/** A part has the settings and the secrets of the requirement, and volumes and ports of its own. */
function boundPart(order: OwnServerInput, part: Part, whole: BoundRequirement, runtime?: Runtime): Omit<BoundRequirement, "version" | "run"> {
  const input = inputFor(order, part, whole, runtime);
  return {
    name: partName(part, whole),
    partOf: whole.name,
    dependsOn: [whole.name, ...part.after.map((other) => `${whole.name}-${other}`)],
    adapter: whole.adapter,
    engine: whole.engine,
    because: `it is a part of ${whole.name}: ${whole.because}`,
    isOptional: false,
    ports: part.ports,
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

function inputFor(order: OwnServerInput, part: Part, whole: BoundRequirement, runtime?: Runtime): (ports: Ports) => DraftInput<unknown> {
  const input = inputOf(order);
  return (ports) => ({ ...input(ports), name: partName(part, whole), runtime });
}

function partName({ name }: Part, whole: BoundRequirement): string {
  return `${whole.name}-${name}`;
}

/** Units in containers: what they run as, and where the other units are for them. */
import type { ServiceConfig } from "../model/config.ts";
import { containerHostName, machineHostName, type ContainerDraft, type ContainerRun, type EngineConfig } from "../model/container.ts";
import type { ProjectFact } from "../model/facts.ts";
import type { UnitPort } from "../model/unit.ts";
import type { ProjectInput } from "./desired.ts";
import { serverProject } from "./servers.ts";

/** Where units of the project are found by one of them. */
export interface Whereabouts {
  /** Ports as they are to be used. */
  of(unitName: string): readonly UnitPort[];
  /** Ports on this machine. */
  published(unitName: string): readonly UnitPort[];
  /** Host name to be used; undefined for whatever the configuration and the adapters say. */
  host(unitName: string): string | undefined;
}

export interface WhereaboutsInput {
  readonly input: Pick<ProjectInput, "fact" | "config" | "requirements">;
  /** The container a requirement runs in, if it does. */
  readonly drafted: (unitName: string) => ContainerDraft | undefined;
  /** Ports on this machine. */
  readonly of: (unitName: string) => readonly UnitPort[];
}

/** For what runs on the machine itself, or in its network. */
export function onMachine({ of }: Pick<WhereaboutsInput, "of">): Whereabouts {
  return { of, published: of, host: () => undefined };
}

/** For what runs in a network of containers: other containers by their names and inner ports, everything else on the machine. */
export function insideNetwork({ input, drafted, of }: WhereaboutsInput): Whereabouts {
  const innerPorts = (name: string): readonly UnitPort[] | undefined => {
    const [service, draft] = [input.config.services[name], drafted(name)];
    if (service !== undefined && isInNetwork(service)) return of(name).map((one) => ({ ...one, port: insidePort(service, one) }));
    return draft === undefined ? undefined : of(name).map((one) => ({ ...one, port: draft.ports[one.name] ?? one.port }));
  };
  return {
    of: (name) => innerPorts(name) ?? of(name),
    published: of,
    host: (name) => (innerPorts(name) === undefined ? machineHostName : containerHostName(serverProject(input, name), name)),
  };
}

/** Whether the service has an address of its own. */
export function isInNetwork({ container }: ServiceConfig): boolean {
  return container?.network === "project";
}

/** The number the program itself listens on. */
export function insidePort(service: ServiceConfig, { name, port }: Pick<UnitPort, "name" | "port">): number {
  return isInNetwork(service) && name === "main" ? (service.container?.port ?? port) : port;
}

/** Undefined for a service that is no container. `contextOf` makes the build's directory absolute, `expand` fills templates. */
export function containerRunOf(service: ServiceConfig, project: string, engine: EngineConfig | undefined, ports: readonly UnitPort[], contextOf: (directory: string) => string, expand: (text: string, key: string) => string): ContainerRun | undefined {
  const { container, limits } = service;
  if (container === undefined) return undefined;
  const args = Object.fromEntries(Object.entries(container.build?.args ?? {}).map(([name, text]) => [name, expand(text, `args.${name}`)]));
  const { build } = container;
  return {
    ...(build === undefined ? { image: expand(container.image ?? "", "image") } : { build: { ...build, context: contextOf(build.context), args } }),
    ports: publishedPorts(isInNetwork(service), ports, (one) => insidePort(service, one)),
    volumes: Object.entries(container.volumes).map(([name, target]) => ({ name, target })),
    network: container.network,
    hostName: containerHostName(project, service.name),
    ...(engine === undefined ? {} : { engine }),
    ...(limits?.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
  };
}

/** A requirement's, from what its adapter says. */
export function containerOfDraft(draft: ContainerDraft, { name: project, root }: Pick<ProjectFact, "name" | "root">, name: string, engine: EngineConfig | undefined, ports: readonly UnitPort[]): ContainerRun {
  const { image, entrypoint, mounts } = draft;
  return {
    image,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(mounts === undefined ? {} : { mounts: mounts.map(({ from, target }) => ({ from: `${root}/${from}`, target })) }),
    ports: publishedPorts(true, ports, (one) => draft.ports[one.name] ?? one.port),
    volumes: draft.volumes,
    network: "project",
    hostName: containerHostName(project, name),
    ...(engine === undefined ? {} : { engine }),
  };
}

function publishedPorts(isPublished: boolean, ports: readonly UnitPort[], inside: (port: UnitPort) => number): ContainerRun["ports"] {
  return isPublished ? ports.map((one) => ({ inside: inside(one), port: one.port })) : [];
}

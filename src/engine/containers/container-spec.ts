/** From a unit to what its engine is told. Pure. */
import { containerLabels, type ContainerOwner, type ContainerSpec, type Labels } from "../../host/container-engine.ts";
import { containerName, ownerLabels } from "../../host/docker-spec.ts";
import { machineHostName, type ContainerRun } from "../../model/container.ts";
import type { UnitSpec } from "../../model/unit.ts";

/** A unit that runs in a container. */
export type ContainedUnit = UnitSpec & { readonly container: ContainerRun };

/** Throws for any other unit: an executor is only handed its own. */
export function contained(spec: UnitSpec): ContainedUnit {
  if (spec.container === undefined) throw new Error(`${spec.id} does not run in a container`);
  return { ...spec, container: spec.container };
}

export function ownerOf(scope: string, { project, name }: Pick<UnitSpec, "project" | "name">): ContainerOwner {
  return { scope, project, unit: name };
}

/** The name of the image, also of one that is yet to be built. */
export function imageOf(scope: string, spec: ContainedUnit): string {
  return spec.container.image ?? `${containerName(ownerOf(scope, spec))}:built`;
}

/** All containers of a repository that publish ports are in one network. */
export function networkName(scope: string): string {
  return `envctl-${scope.replace(/^repo-/, "").replace(".", "-")}`;
}

/** A volume belongs to the project, so that its services can share it. */
export function volumeName(scope: string, project: string, volume: string): string {
  return containerName({ scope, project, unit: volume });
}

export interface ContainerOrder {
  readonly scope: string;
  readonly runId: string;
  readonly spec: ContainedUnit;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Its ports are brought here from another machine, where other numbers may be free. */
  readonly isElsewhere: boolean;
}

/** Only configured variables go in: the caller's are of another machine, and the mark is for processes of this one. */
export function containerSpec({ scope, runId, spec, command, environment, isElsewhere }: ContainerOrder): ContainerSpec {
  const { container, project, env } = spec;
  const isInProject = container.network === "project";
  const address = container.engine?.address;
  return {
    name: containerName(ownerOf(scope, spec)),
    image: imageOf(scope, spec),
    ...(container.entrypoint === undefined ? {} : { entrypoint: container.entrypoint }),
    ...(command.length === 0 ? {} : { command }),
    env: Object.fromEntries(Object.keys(env).map((name) => [name, environment[name] ?? ""])),
    ports: isInProject ? container.ports.map(({ inside, port }) => ({ container: inside, host: isElsewhere ? 0 : port, ...(address === undefined ? {} : { address }) })) : [],
    volumes: [
      ...container.volumes.map(({ name, target }) => ({ volume: volumeName(scope, project, name), target })),
      ...(container.mounts ?? []).map(({ from, target }) => ({ hostPath: from, target, readonly: true })),
    ],
    labels: unitLabels(scope, runId, spec),
    ...(container.memoryBytes === undefined ? {} : { memoryBytes: container.memoryBytes }),
    stopSignal: spec.stop.signal,
    ...(isInProject ? { network: networkName(scope), aliases: [container.hostName], extraHosts: [`${machineHostName}:host-gateway`] } : { network: "host" }),
  };
}

function unitLabels(scope: string, runId: string, spec: UnitSpec): Labels {
  return { ...ownerLabels(ownerOf(scope, spec)), [containerLabels.run]: runId, [containerLabels.spec]: spec.hash };
}

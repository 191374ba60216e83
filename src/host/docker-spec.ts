/** From our words for containers to the engine's and back. Pure. */
import { createHash } from "node:crypto";
import type { ContainerCreateOptions, ContainerInspectInfo, ContainerStats, MountSettings } from "dockerode";
import { containerLabels, type ContainerFacts, type ContainerFigures, type ContainerOwner, type ContainerSpec, type Labels, type Mount, type PublishedPort } from "./container-engine.ts";

/** Longer names are refused as host names by programs in other containers. */
const longestName = 63;

/** `envctl-<scope>-<project>-<unit>` in the letters that engines allow; a short hash keeps apart what had to be changed. */
export function containerName({ scope, project, unit }: ContainerOwner): string {
  // Projects are unique whatever their letter case; units are not.
  const wanted = `envctl-${scope.replace(/^repo-/, "").replace(".", "-")}-${project.toLowerCase()}-${unit}`;
  const allowed = wanted.toLowerCase().replaceAll(/[^a-z0-9_.-]+/g, "-");
  if (allowed === wanted && allowed.length <= longestName) return allowed;
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 6);
  return `${allowed.slice(0, longestName - hash.length - 1)}-${hash}`;
}

/** The labels of everything that belongs to the unit, whatever run or specification. */
export function ownerLabels({ scope, project, unit }: ContainerOwner): Labels {
  return { [containerLabels.scope]: scope, [containerLabels.project]: project, [containerLabels.unit]: unit };
}

/** The engine keeps a log for us to read and no longer: 32 MiB at most. */
const logConfig = { Type: "json-file", Config: { "max-size": "16m", "max-file": "2" } };

/** What the engine is told. Health checks of the image are off: readiness is ours to find out, and they fill the events. */
export function createOptions(spec: ContainerSpec): ContainerCreateOptions {
  const { network, networkOf } = spec;
  return {
    name: spec.name,
    Image: spec.image,
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels },
    ExposedPorts: Object.fromEntries(spec.ports.map(({ container }) => [`${container}/tcp`, {}])),
    Healthcheck: { Test: ["NONE"] },
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workdir === undefined ? {} : { WorkingDir: spec.workdir }),
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    HostConfig: {
      PortBindings: portBindings(spec.ports),
      Mounts: spec.volumes.map((mount) => mountOptions(mount, spec.labels)),
      LogConfig: logConfig,
      // Equal limits: no swap, so the limit is what it says.
      ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
      ...(network === undefined ? {} : { NetworkMode: network }),
      ...(networkOf === undefined ? {} : { NetworkMode: `container:${networkOf}` }),
      ...(spec.extraHosts === undefined ? {} : { ExtraHosts: [...spec.extraHosts] }),
    },
    ...(network === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [...(spec.aliases ?? [])] } } } }),
  };
}

function portBindings(ports: readonly PublishedPort[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { container, host, address = "127.0.0.1" } of ports) (bindings[`${container}/tcp`] ??= []).push({ HostIp: address, HostPort: host === 0 ? "" : String(host) });
  return bindings;
}

/** A volume that is not there is made with the container's owner on it. A missing directory is an error, not made as root. */
function mountOptions(mount: Mount, labels: Labels): MountSettings {
  const common = { Target: mount.target, ReadOnly: mount.readonly === true };
  if ("hostPath" in mount) return { ...common, Type: "bind", Source: mount.hostPath };
  const owner = Object.fromEntries([containerLabels.scope, containerLabels.project, containerLabels.unit].flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
  return { ...common, Type: "volume", Source: mount.volume, VolumeOptions: { NoCopy: false, Labels: owner, DriverConfig: { Name: "local", Options: {} } } };
}

/** An engine's time of "never" is in the year 1. */
function timeOf(text: string): string | undefined {
  return text === "" || text.startsWith("0001-") ? undefined : text;
}

/** The facts in an answer of the engine. */
export function containerFacts(info: ContainerInspectInfo): ContainerFacts {
  const { State: state } = info;
  const [startedAt, finishedAt] = [timeOf(state.StartedAt), timeOf(state.FinishedAt)];
  const hasEnded = !state.Running && startedAt !== undefined && finishedAt !== undefined;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ""),
    labels: info.Config.Labels ?? {},
    imageId: info.Image,
    isRunning: state.Running,
    ports: publishedPorts(info),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(hasEnded ? { end: { exitCode: state.ExitCode, isOutOfMemory: state.OOMKilled, at: finishedAt } } : {}),
  };
}

/** As they are while it runs, else as they were asked for. */
function publishedPorts(info: ContainerInspectInfo): readonly PublishedPort[] {
  const { Ports: now } = info.NetworkSettings;
  const isKnown = info.State.Running && Object.values(now ?? {}).some((hosts) => hosts !== null && hosts.length > 0);
  const bindings = ((isKnown ? now : info.HostConfig.PortBindings) ?? {}) as Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>>;
  return Object.entries(bindings).flatMap(([container, hosts]) => (hosts ?? []).map(({ HostPort }) => ({ container: Number.parseInt(container, 10), host: Number(HostPort) })));
}

/** Undefined for a container that does not run: its figures are empty. */
export function containerFigures(stats: ContainerStats): ContainerFigures | undefined {
  const { memory_stats: memory, cpu_stats: cpu, pids_stats: processes } = stats;
  if (memory.usage === undefined || processes?.current === undefined) return undefined;
  const { inactive_file: version2, total_inactive_file: version1 } = (memory.stats ?? {}) as { readonly inactive_file?: number; readonly total_inactive_file?: number };
  return { cpuMs: Math.round(cpu.cpu_usage.total_usage / 1e6), memoryBytes: Math.max(0, memory.usage - (version1 ?? version2 ?? 0)), processes: processes.current };
}

/** As the engines' filters have them. */
export function labelFilter(labels: Labels): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

/** What a unit in a container is besides its command, environment and ports. Plain data. */
import { hashOf } from "./hash.ts";

export const containerNetworks = ["project", "host"] as const;
/**
 * `project`: the network of the repository's containers, ports published on 127.0.0.1. `host`: the engine's machine's own,
 * nothing is published.
 */
export type ContainerNetwork = (typeof containerNetworks)[number];

/** An image made from a directory. */
export interface ImageBuild {
  /** Absolute. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile?: string;
  readonly args: Readonly<Record<string, string>>;
}

export type ImageSource = { readonly image: string; readonly build?: never } | { readonly build: ImageBuild; readonly image?: never };

/** A named volume and where it is seen. */
export interface ContainerVolume {
  /** Unique in the project. */
  readonly name: string;
  readonly target: string;
}

/** A container engine that the configuration names. */
export interface EngineConfig {
  readonly name: string;
  /** Its address, or the name of a context of the docker CLI. */
  readonly host: string;
  /** Directory with ca.pem, cert.pem and key.pem, absolute or below the home directory. */
  readonly tls?: string;
  /** IP address of its machine at which ports are published and reached; the loopback address there unless given. */
  readonly address?: string;
}

/** A directory of the machine that the container may read. */
export interface ContainerMount {
  /** Absolute in a run; relative to the checkout in a draft. */
  readonly from: string;
  readonly target: string;
}

export type ContainerRun = ImageSource & {
  /** Absent: the engine that whoever starts it means. */
  readonly engine?: EngineConfig;
  /** Absent: what the image says. */
  readonly entrypoint?: readonly string[];
  /** Inside → on this machine. */
  readonly ports: readonly { readonly inside: number; readonly port: number }[];
  readonly volumes: readonly ContainerVolume[];
  readonly mounts?: readonly ContainerMount[];
  readonly network: ContainerNetwork;
  /** What other containers of the repository call it. */
  readonly hostName: string;
  /** The kernel ends it when it wants more. */
  readonly memoryBytes?: number;
};

/** What an adapter says about the container its server runs in. */
export interface ContainerDraft {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly volumes: readonly ContainerVolume[];
  readonly mounts?: readonly ContainerMount[];
  /** Port name → number inside. */
  readonly ports: Readonly<Record<string, number>>;
}

/** What containers call the machine they run on. */
export const machineHostName = "host.docker.internal";

/** `postgres.main.internal`. That ending is reserved for private use. */
export function containerHostName(project: string, unit: string): string {
  // Projects are unique whatever their letter case; units are not.
  return `${hostLabel(unit)}.${hostLabel(project.toLowerCase())}.internal`;
}

const longestLabel = 63;
const hashLength = 6;

/** In letters that host names have; a short hash keeps apart what had to be changed. */
function hostLabel(text: string): string {
  const allowed = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  if (allowed === text && allowed.length <= longestLabel) return allowed;
  return `${allowed.slice(0, longestLabel - hashLength - 1)}-${hashOf(text).slice(0, hashLength)}`;
}

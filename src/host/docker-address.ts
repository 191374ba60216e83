/** Which engines there may be, in the order they are tried. Pure. Source of the order: the docker CLI's own. */
import { join } from "node:path";
import { UserError, type Failure } from "../model/failure.ts";
import type { EngineAddress, EngineCandidate, TlsFiles } from "./container-engine.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A context of the docker CLI as its files have it. */
export interface DockerContext {
  readonly name: string;
  readonly host: string;
  readonly skipVerify: boolean;
  /** Directory with ca.pem, cert.pem, key.pem; those that exist. */
  readonly tls?: Omit<TlsFiles, "skipVerify">;
}

export interface AddressInput {
  /** From the configuration: an address, or the name of a context. */
  readonly explicit?: string;
  readonly environment: Environment;
  readonly contexts: readonly DockerContext[];
  /** `currentContext` of the docker CLI's config.json. */
  readonly currentContext?: string;
  readonly platform: NodeJS.Platform;
  readonly uid: number;
}

/** What was said is the only candidate; where nothing was said, every usual socket is one. Throws a UserError for a wrong address. */
export function engineCandidates(input: AddressInput): readonly EngineCandidate[] {
  const { explicit, environment } = input;
  if (explicit !== undefined) return [isAddress(explicit) ? said(explicit, "the configuration", environment) : context(input, explicit, "the configuration")];
  const host = environment["DOCKER_HOST"];
  if (host !== undefined && host !== "") return [said(host, "DOCKER_HOST", environment)];
  const fromEnvironment = environment["DOCKER_CONTEXT"];
  if (fromEnvironment !== undefined && fromEnvironment !== "" && fromEnvironment !== "default") return [context(input, fromEnvironment, "DOCKER_CONTEXT")];
  const current = fromEnvironment === undefined || fromEnvironment === "" ? input.currentContext : undefined;
  if (current !== undefined && current !== "" && current !== "default") return [context(input, current, "the docker CLI's current context")];
  return usualSockets(input);
}

function isAddress(text: string): boolean {
  return /^[a-z]+:\/\//.test(text) || text.startsWith("/");
}

function said(text: string, source: string, environment: Environment): EngineCandidate {
  const directory = environment["DOCKER_CERT_PATH"] ?? join(environment["HOME"] ?? "/", ".docker");
  const wantsTls = (environment["DOCKER_TLS_VERIFY"] ?? "") !== "" || environment["DOCKER_CERT_PATH"] !== undefined;
  const tls = { ca: join(directory, "ca.pem"), certificate: join(directory, "cert.pem"), key: join(directory, "key.pem"), skipVerify: (environment["DOCKER_TLS_VERIFY"] ?? "") === "" };
  return { address: parseAddress(text, source, wantsTls ? tls : undefined), source };
}

function context({ contexts }: AddressInput, name: string, saidBy: string): EngineCandidate {
  const found = contexts.find((one) => one.name === name);
  if (found === undefined) {
    const known = contexts.map((one) => one.name).join(", ");
    throw new UserError(wrong(`there is no docker context "${name}", which ${saidBy} names`, known === "" ? "`docker context ls` lists them" : `there are: ${known}`));
  }
  const source = `the docker context "${name}"`;
  const tls = found.tls === undefined && !found.skipVerify ? undefined : { ...found.tls, skipVerify: found.skipVerify };
  return { address: parseAddress(found.host, source, tls), source };
}

/** Reads `unix:///path`, `/path`, `tcp://host:port`, `ssh://user@host:port/path`. Throws a UserError that names who said it. */
export function parseAddress(text: string, source: string, tls?: TlsFiles): EngineAddress {
  const socket = /^(?:unix:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { kind: "unix", socket };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(tcp|https?):$/.test(url.protocol) && url.hostname !== "") return tcp(url, tls);
  if (url?.protocol === "ssh:" && url.hostname !== "") return ssh(url);
  throw new UserError(wrong(`${source} says "${text}", which is no address of an engine`, "write unix:///path/of.sock, tcp://host:port or ssh://user@host"));
}

/** 2375 and 2376 are what Docker registered for plain and for TLS connections. */
function tcp(url: URL, tls: TlsFiles | undefined): EngineAddress {
  const used = url.protocol === "https:" ? (tls ?? { skipVerify: false }) : tls;
  const port = url.port === "" ? (used === undefined ? 2375 : 2376) : Number(url.port);
  return { kind: "tcp", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port, ...(used === undefined ? {} : { tls: used }) };
}

/** A host name that starts with a dash would be an option to ssh; URLs do not exclude it. */
function ssh(url: URL): EngineAddress {
  const user = url.username === "" ? "" : `${decodeURIComponent(url.username)}@`;
  const destination = `${user}${url.hostname}`;
  if (destination.startsWith("-")) throw new UserError(wrong(`"${destination}" is no name of a host`, "write ssh://user@host"));
  return { kind: "ssh", destination, ...(url.port === "" ? {} : { port: Number(url.port) }), socket: url.pathname === "" || url.pathname === "/" ? usualSocket : url.pathname };
}

const usualSocket = "/var/run/docker.sock";

/** Docker before Podman: whoever has both and says nothing means Docker. */
function usualSockets({ environment, platform, uid }: AddressInput): readonly EngineCandidate[] {
  const home = environment["HOME"] ?? "/";
  const runtime = environment["XDG_RUNTIME_DIR"] || (platform === "linux" ? `/run/user/${uid}` : undefined);
  const rows: readonly (readonly [socket: string | undefined, source: string])[] = [
    [usualSocket, "the default socket"],
    [runtime && join(runtime, "docker.sock"), "the rootless Docker socket"],
    [join(home, ".docker/run/docker.sock"), "Docker Desktop's socket"],
    [join(home, ".docker/desktop/docker.sock"), "Docker Desktop's socket"],
    [runtime && join(runtime, "podman/podman.sock"), "the rootless Podman socket"],
    ["/run/podman/podman.sock", "the Podman socket"],
  ];
  return rows.flatMap(([socket, source]) => (socket === undefined ? [] : [{ address: { kind: "unix" as const, socket }, source }]));
}

/** The address as a person would write it. */
export function addressText(address: EngineAddress): string {
  switch (address.kind) {
    case "unix": return `unix://${address.socket}`;
    case "tcp": return `tcp://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
    case "ssh": return `ssh://${address.destination}${address.port === undefined ? "" : `:${address.port}`}${address.socket === usualSocket ? "" : address.socket}`;
  }
}

function wrong(message: string, hint: string): Failure {
  return { reason: "configuration_invalid", message, hint };
}

/** A way to an engine: two clients over one address, and for ssh the tunnel below them. */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import Docker from "dockerode";
import { UserError, type Failure } from "../model/failure.ts";
import type { EngineAddress, ForwardTarget, TlsFiles } from "./container-engine.ts";
import { addressText } from "./docker-address.ts";
import { createPortRelay } from "./port-relay.ts";
import { openSshTunnel, type SshTunnel } from "./port-tunnel.ts";

export interface Connection {
  /** For questions that are answered at once: gives up after 30 s of silence. */
  readonly quick: Docker;
  /** For streams and long work: every call needs a signal. */
  readonly patient: Docker;
  /** Gives up after this much silence. */
  within(ms: number): Docker;
  /** Opens again what broke; nothing to do for a local engine. */
  renew(): Promise<void>;
  forward(here: number, there: ForwardTarget): Promise<void>;
  unforward(here: number): Promise<void>;
  close(): Promise<void>;
}

const quickMs = 30_000;

/** Opens no connection yet, except over ssh. Throws a UserError when ssh fails. `silenceMs`: how long a quick question may take. */
export async function connect(address: EngineAddress, environment: Readonly<Record<string, string | undefined>>, silenceMs = quickMs): Promise<Connection> {
  const tunnel = address.kind === "ssh" ? await openSshTunnel(address, environment) : undefined;
  const relay = createPortRelay();
  const client = (timeout?: number): Docker => new Docker({ ...modemOptions(address, tunnel), ...(timeout === undefined ? {} : { timeout }) });
  return {
    quick: client(silenceMs),
    patient: client(),
    within: client,
    renew: async () => tunnel?.renew(),
    forward: async (here, there) => {
      if (tunnel !== undefined) return tunnel.forward(here, there.port);
      if (there.address !== undefined) return relay.open(here, there.address, there.port);
      if (address.kind === "tcp" && !isLoopback(address.host)) throw new UserError(outOfReach(address, there.port));
    },
    unforward: async (here) => {
      await tunnel?.unforward(here);
      await relay.close(here);
    },
    close: async () => {
      await relay.closeAll();
      await tunnel?.close();
    },
  };
}

/** Every field is given: the library takes what is not from DOCKER_HOST. No connection is kept: one that an engine closed on its restart would fail the next call. */
function modemOptions(address: EngineAddress, tunnel: SshTunnel | undefined): Docker.DockerOptions & { readonly agent: http.Agent } {
  if (address.kind === "tcp") {
    const { host, port, tls } = address;
    if (tls === undefined) return { host, port, protocol: "http", agent: new http.Agent({ keepAlive: false }) };
    return { host, port, protocol: "https", agent: new https.Agent({ keepAlive: false, rejectUnauthorized: !tls.skipVerify, ...material(tls) }) };
  }
  const socketPath = address.kind === "unix" ? address.socket : tunnel?.socket;
  return { socketPath, host: undefined, port: undefined, protocol: "http", agent: new http.Agent({ keepAlive: false }) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Ports are published on the loopback address of the engine's machine only. */
function outOfReach(address: EngineAddress, port: number): Failure {
  return { reason: "engine_refused", message: `port ${port} of the engine at ${addressText(address)} cannot be reached from here: it is published on that machine only`, hint: "reach the engine by ssh://user@host, which brings its ports here; or say under `engines:` by which address its ports are reached" };
}

function material({ ca, certificate, key }: TlsFiles): https.AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(certificate === undefined ? {} : { cert: readFileSync(certificate) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  };
}

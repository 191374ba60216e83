/** From a configured probe to what is asked, once ports are known. */
import type { ProbeConfig } from "../model/config.ts";
import { argvOf } from "../model/template.ts";
import type { Probe } from "../model/unit.ts";

/**
 * The probe under `ready` or `live`; `expand` fills in templates. `isPublished`: the port is an engine's, which accepts
 * connections before anything listens.
 */
export function probeOf(ready: ProbeConfig | undefined, key: "ready" | "live", port: number | undefined, expand: (text: string, key: string) => string, isPublished = false): Probe {
  const listening: Probe = port === undefined ? { kind: "none" } : { kind: isPublished ? "published" : "listener", port };
  if (ready === undefined) return listening;
  switch (ready.kind) {
    case "listener":
      return listening;
    case "tcp":
      return isPublished && ready.address === undefined ? listening : tcpProbe(ready.address === undefined ? undefined : expand(ready.address, `${key}.tcp`), port);
    case "http":
      return port === undefined ? { kind: "none" } : { kind: "http", port, path: expand(ready.path, `${key}.http`), ...(ready.status === undefined ? {} : { status: ready.status }) };
    case "exec":
      return { kind: "exec", command: argvOf(ready.command).map((word) => expand(word, `${key}.exec`)) };
    case "log":
    case "delay":
    case "none":
      return ready;
  }
}

function tcpProbe(address: string | undefined, port: number | undefined): Probe {
  const [, host, number] = /^(?:(.*):)?(\d+)$/.exec(address ?? "") ?? [];
  if (number !== undefined) return { kind: "tcp", host: host === undefined || host === "" ? "127.0.0.1" : host, port: Number(number) };
  return port === undefined ? { kind: "none" } : { kind: "tcp", host: "127.0.0.1", port };
}

/** The URL a probe asks, for people. */
export function probeUrl(ready: Probe, host: string): string | undefined {
  return ready.kind === "http" ? `http://${host}:${ready.port}${ready.path}` : undefined;
}

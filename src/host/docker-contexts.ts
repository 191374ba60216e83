/** Reads the docker CLI's own configuration: which context is current, where each leads. Nothing is written. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DockerContext } from "./docker-address.ts";
import { readJson } from "./files.ts";

/** What the CLI's files say. Files that are missing or not JSON say nothing. */
export function dockerConfiguration(environment: Readonly<Record<string, string | undefined>>): { readonly contexts: readonly DockerContext[]; readonly currentContext?: string } {
  const directory = environment["DOCKER_CONFIG"] || join(environment["HOME"] ?? "/", ".docker");
  const current = text(readJson(join(directory, "config.json")), "currentContext");
  return { contexts: contextsIn(join(directory, "contexts")), ...(current === undefined ? {} : { currentContext: current }) };
}

function contextsIn(directory: string): readonly DockerContext[] {
  const meta = join(directory, "meta");
  return (existsSync(meta) ? readdirSync(meta) : []).flatMap((id) => {
    const value = readJson(join(meta, id, "meta.json"));
    const endpoint = part(part(value, "Endpoints"), "docker");
    const [name, host] = [text(value, "Name"), text(endpoint, "Host")];
    if (name === undefined || host === undefined) return [];
    const tls = tlsFiles(join(directory, "tls", createHash("sha256").update(name).digest("hex"), "docker"));
    return [{ name, host, skipVerify: part(endpoint, "SkipTLSVerify") === true, ...(tls === undefined ? {} : { tls }) }];
  });
}

const fileNames = { ca: "ca.pem", certificate: "cert.pem", key: "key.pem" } as const;

function tlsFiles(directory: string): DockerContext["tls"] {
  const pairs = Object.entries(fileNames).map(([key, name]) => [key, join(directory, name)] as const).filter(([, path]) => existsSync(path));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function part(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function text(value: unknown, key: string): string | undefined {
  const found = part(value, key);
  return typeof found === "string" ? found : undefined;
}

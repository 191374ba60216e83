/** An image registry on the loopback address, which engines ask without TLS. It has one image, made up, of two layers. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { freePorts } from "./ports.ts";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";

export interface Registry {
  /** `127.0.0.1:<port>/made-up:1`. */
  readonly image: string;
  /** One that it does not have, and one that it does not give. */
  readonly missing: string;
  readonly secret: string;
  /** Of the layers, as they are sent. */
  readonly bytes: number;
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly content: Buffer;
}

/** A registry that listens until the cleanup. */
export async function registry(cleanup: Cleanup): Promise<Registry> {
  const directory = temporaryDirectory(cleanup, "registry");
  const tars = ["one", "two"].map((name) => layerTar(directory, name));
  const layers = tars.map((tar) => blob("application/vnd.docker.image.rootfs.diff.tar.gzip", gzipSync(tar)));
  const architecture = { x64: "amd64" }[process.arch as string] ?? process.arch;
  const config = blob("application/vnd.docker.container.image.v1+json", Buffer.from(JSON.stringify({ architecture, os: "linux", config: { Cmd: ["/one"] }, rootfs: { type: "layers", diff_ids: tars.map(digestOf) }, history: tars.map(() => ({})) })));
  const listed = [config, ...layers].map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  const manifest = blob(manifestType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: listed[0], layers: listed.slice(1) })));
  const blobs = new Map([config, ...layers, manifest].map((one) => [one.digest, one]));
  const server = createServer(({ url = "", method }, response) => {
    const [, name, , reference = ""] = /^\/v2\/([^/]+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const found = name === undefined ? undefined : name === "made-up" ? (reference === "1" ? manifest : blobs.get(reference)) : undefined;
    const status = url === "/v2/" || found !== undefined ? 200 : name === "secret" ? 403 : 404;
    const error = status === 403 ? { code: "DENIED", message: "requested access to the resource is denied" } : { code: "MANIFEST_UNKNOWN", message: "manifest unknown" };
    const body = found?.content ?? Buffer.from(status === 200 ? "{}" : JSON.stringify({ errors: [error] }));
    response.writeHead(status, { "content-type": found?.mediaType ?? "application/json", "content-length": body.length, ...(found === undefined ? {} : { "docker-content-digest": found.digest }) });
    response.end(method === "HEAD" ? undefined : body);
  });
  const port = await freePorts();
  await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(port, "127.0.0.1", resolve));
  cleanup(() => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  }));
  const at = (name: string): string => `127.0.0.1:${port}/${name}:1`;
  return { image: at("made-up"), missing: at("missing"), secret: at("secret"), bytes: layers.reduce((sum, { size }) => sum + size, 0) };
}

/** A tar of one file that cannot be compressed. */
function layerTar(directory: string, name: string): Buffer {
  writeFileSync(join(directory, name), randomBytes(3_000_000));
  execFileSync("tar", ["-C", directory, "-cf", join(directory, `${name}.tar`), name]);
  return readFileSync(join(directory, `${name}.tar`));
}

function blob(mediaType: string, content: Buffer): Blob {
  return { mediaType, digest: digestOf(content), size: content.length, content };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

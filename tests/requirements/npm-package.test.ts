import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { fetchPackage } from "../../src/requirements/engines/npm-package.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { createBench } from "./bench.ts";

const archivePath = "/@stage/server/-/server-1.2.3.tgz";

describe("a pinned package from the user's registry", () => {
  test("arrives with progress and is unpacked", async () => {
    const { archive, integrity } = madePackage();
    const registry = await served((request, response) => {
      if (request.url !== archivePath) return response.writeHead(404).end();
      return response.writeHead(200, { "content-length": archive.length }).end(archive);
    });
    const { told, directory } = await fetched(registry, integrity);
    expect(readdirSync(directory).sort()).toEqual(["package.json", "server.txt"]);
    expect(readFileSync(join(directory, "server.txt"), "utf8")).toBe("a server");
    expect(told).toContainEqual(["downloading @stage/server 1.2.3", archive.length, archive.length]);
  });

  test("that lets in only npm itself comes through npm", async () => {
    const { archive, integrity } = madePackage();
    const registry = await served((request, response) => {
      if (!request.headers["user-agent"]?.includes("npm/")) return response.writeHead(401).end();
      if (request.url === archivePath) return response.end(archive);
      const dist = { tarball: `http://${request.headers.host}${archivePath}`, integrity };
      return response.end(JSON.stringify({ name: "@stage/server", "dist-tags": { latest: "1.2.3" }, versions: { "1.2.3": { name: "@stage/server", version: "1.2.3", dist } } }));
    });
    const { told, directory } = await fetched(registry, integrity);
    expect(readdirSync(directory).sort()).toEqual(["package.json", "server.txt"]);
    expect(told.map(([text]) => text)).toContain("downloading @stage/server 1.2.3 with npm");
  });

  test("is refused when it is not what was pinned", async () => {
    const { archive } = madePackage();
    const registry = await served((request, response) => (request.url === archivePath ? response.end(archive) : response.writeHead(404).end()));
    const other = `sha512-${createHash("sha512").update("another").digest("base64")}`;
    await expect(fetched(registry, other)).rejects.toThrow("the archive of @stage/server 1.2.3 does not have its pinned checksum; `npm pack` failed");
  });

  test("that does not answer is told with both reasons", async () => {
    const registry = await served((_request, response) => response.writeHead(503).end());
    await expect(fetched(registry, "sha512-")).rejects.toThrow(/the server answered 503.*`npm pack` failed/);
  });
});

async function fetched(registry: string, integrity: string): Promise<{ readonly directory: string; readonly told: readonly (readonly unknown[])[] }> {
  const cache = temporaryDirectory(onTestFinished, "cache");
  const directory = join(cache, "package");
  mkdirSync(directory);
  const { host } = createBench(onTestFinished, {
    ENVCTL_CACHE_DIR: cache,
    npm_config_registry: registry,
    npm_config_cache: join(cache, "npm"),
    npm_config_fetch_retries: "0",
    npm_config_update_notifier: "false",
  });
  const told: (readonly unknown[])[] = [];
  await fetchPackage({ name: "@stage/server", version: "1.2.3", integrity }, directory, { host, progress: (...words) => told.push(words), signal: AbortSignal.timeout(30_000) });
  return { directory, told };
}

function madePackage(): { readonly archive: Buffer; readonly integrity: string } {
  const root = temporaryDirectory(onTestFinished, "package");
  mkdirSync(join(root, "package"));
  writeFileSync(join(root, "package", "package.json"), JSON.stringify({ name: "@stage/server", version: "1.2.3" }));
  writeFileSync(join(root, "package", "server.txt"), "a server");
  execFileSync("tar", ["-czf", join(root, "made.tgz"), "-C", root, "package"]);
  const archive = readFileSync(join(root, "made.tgz"));
  return { archive, integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}` };
}

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return `http://127.0.0.1:${address.port}/`;
}

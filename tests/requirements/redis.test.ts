import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import type { Requirement } from "../../src/requirements/adapter.ts";
import { redis } from "../../src/requirements/redis.ts";
import { canUnpackDebian, packageNames } from "../../src/requirements/redis-debian.ts";
import type { RedisSettings } from "../../src/requirements/redis-runtime.ts";
import { freePorts } from "../rig/ports.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { bind, configOf, createBench, embedded, pathWithout, revealed, startServer, type Bench, type Bound } from "./bench.ts";

const adapter: Requirement<RedisSettings> = redis;
const systemWithoutRedis = { PATH: pathWithout(afterAll, /^(redis|valkey)/) };
const isDebian = canUnpackDebian(createBench(afterAll).host);

describe.runIf(isDebian)("a Redis from the system's packages, without an installed one", () => {
  test("asks for its generated password and is reachable from this machine only", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    expect(bound.runtime.source).toMatch(/^Debian package/);
    const server = await startServer(bench, adapter, bound.input, onTestFinished);
    console.info(`Redis ${bound.runtime.version}: ready ${server.readyMs.toFixed(0)} ms after its spawn`);
    const { url = "", port = "" } = revealed(adapter, bound.input);
    expect(await ask(url, (client) => client.config("GET", "bind"))).toEqual(["bind", "127.0.0.1"]);
    await expect(ask(`redis://127.0.0.1:${port}/0`, (client) => client.get("key"))).rejects.toThrow("NOAUTH");
    await expect(ask(`redis://:wrong@127.0.0.1:${port}/0`, (client) => client.get("key"))).rejects.toThrow(/WRONGPASS|NOAUTH/);
  });

  test("says itself that it is version 7, where the system has that one", { timeout: 60_000 }, async ({ skip }) => {
    const { bench, bound } = await prepared();
    if (!bound.runtime.version.startsWith("7.")) skip(`the system's packages have ${bound.runtime.version}`);
    await startServer(bench, adapter, bound.input, onTestFinished);
    expect(await ask(revealed(adapter, bound.input)["url"] ?? "", (client) => client.info("server"))).toContain(`redis_version:${bound.runtime.version}`);
  });

  test("keeps its configuration from other users", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    const { mode, uid } = statSync(join(bound.input.dataDirectory, "redis.conf"));
    expect(mode & 0o777).toBe(0o600);
    expect(uid).toBe(bench.host.machine.serverAccount?.uid ?? bench.host.machine.uid);
  });

  test.each([
    { persist: false, survives: null },
    { persist: true, survives: "kept" },
  ])("with persist $persist a key is $survives after a restart", { timeout: 60_000 }, async ({ persist, survives }) => {
    const { bench, bound } = await prepared({ persist });
    const { url = "" } = revealed(adapter, bound.input);
    const first = await startServer(bench, adapter, bound.input, onTestFinished);
    await ask(url, (client) => client.set("key", "kept"));
    await first.stop();
    expect(first.child.exitCode).toBe(0);
    await bound.prepare();
    await startServer(bench, adapter, bound.input, onTestFinished);
    expect(await ask(url, (client) => client.get("key"))).toBe(survives);
  });

});

describe.runIf(isDebian)("fetching Redis from the system's packages", () => {
  test("works into an empty cache, and tells when it is not the version asked for", { timeout: 60_000 }, async () => {
    const bench = createBench(onTestFinished, { ...systemWithoutRedis, ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    const told: string[] = [];
    const fetched = embedded(adapter).fetch(settingsOf({ version: "3" }), bench.host, (text) => told.push(text), AbortSignal.timeout(50_000));
    const reason = await fetched.catch((error: unknown) => String(error));
    const runtime = await embedded(adapter).locate(settingsOf({}), bench.host);
    expect(reason).toBe(`UserError: Redis 3 is not on this machine: no fitting redis-server or valkey-server on the PATH, and fetching it failed: the system's packages have ${runtime?.version}`);
    expect(told).toContain("downloading the Debian package redis-tools");
    expect(readdirSync(join(bench.host.paths.cacheRoot, "runtimes"))).toEqual([`redis-debian-${runtime?.version}`]);
  });

  test("ends when it is cancelled, and leaves nothing behind", async () => {
    const bench = createBench(onTestFinished, { ...systemWithoutRedis, ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    await expect(embedded(adapter).fetch(settingsOf({}), bench.host, () => undefined, AbortSignal.abort())).rejects.toThrow("aborted");
    expect(readdirSync(join(bench.host.paths.cacheRoot, "runtimes"))).toEqual([]);
  });
});

describe("finding Redis", () => {
  test.each([
    { manager: "brew", command: "brew install redis" },
    { manager: "dnf", command: "dnf install redis" },
    { manager: "apk", command: "apk add redis" },
    { manager: "pacman", command: "pacman -S valkey" },
  ])("with nothing but $manager, the command to install it is named", async ({ manager, command }) => {
    const tools = temporaryDirectory(onTestFinished, "tools");
    writeFileSync(join(tools, manager), "#!/bin/sh\n", { mode: 0o755 });
    const bench = createBench(onTestFinished, { PATH: tools, ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    expect(await embedded(adapter).locate(settingsOf({}), bench.host)).toBeUndefined();
    await expect(embedded(adapter).fetch(settingsOf({}), bench.host, () => undefined, AbortSignal.timeout(5000))).rejects.toMatchObject({
      failures: [{
        reason: "runtime_missing",
        message: "Redis is not on this machine: no fitting redis-server or valkey-server on the PATH",
        hint: expect.stringMatching(new RegExp(`^install it: (sudo )?${command}; or set \`path\``)),
      }],
    });
  });

  test("a server on the caller's PATH is preferred, and has to have the asked version", async () => {
    const tools = toolsWith("valkey-server", "Valkey server v=8.1.3 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1");
    const bench = createBench(onTestFinished, { PATH: tools, ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    expect(await embedded(adapter).locate(settingsOf({}), bench.host)).toEqual({ program: join(tools, "valkey-server"), version: "8.1.3", source: "PATH", env: {} });
    expect(await embedded(adapter).locate(settingsOf({ version: 8.1 }), bench.host)).toMatchObject({ version: "8.1.3" });
    expect(await embedded(adapter).locate(settingsOf({ version: "8.10" }), bench.host)).toBeUndefined();
    expect(await embedded(adapter).locate(settingsOf({ version: 7 }), bench.host)).toBeUndefined();
  });

  test("a configured path counts alone, and is an error when it is wrong", async () => {
    const tools = toolsWith("redis-server", "Redis server v=7.2.4 sha=00000000:0");
    const bench = createBench(onTestFinished, { PATH: "/nowhere" });
    expect(await embedded(adapter).locate(settingsOf({ path: tools }), bench.host)).toMatchObject({ program: join(tools, "redis-server"), source: "configured path" });
    const missing = join(tools, "missing");
    await expect(embedded(adapter).locate(settingsOf({ path: missing }), bench.host)).rejects.toThrow(`no Redis server is at the configured path ${missing}`);
    await expect(embedded(adapter).locate(settingsOf({ path: tools, version: 6 }), bench.host)).rejects.toThrow("is version 7.2.4, but 6 is configured");
  });

  test.runIf(process.getuid?.() === 0)("a server the unprivileged account cannot reach is passed over", async () => {
    const tools = toolsWith("redis-server", "Redis server v=7.2.4 sha=00000000:0");
    const links = temporaryDirectory(onTestFinished, "links");
    symlinkSync(join(tools, "redis-server"), join(links, "redis-server"));
    chmodSync(tools, 0o700);
    const bench = createBench(onTestFinished, { PATH: links, ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    expect(await embedded(adapter).locate(settingsOf({}), bench.host)).toBeUndefined();
  });
});

test("Debian names a library's package after its soname", () => {
  expect(["libjemalloc.so.2", "libhiredis.so.0.14", "libhiredis.so.1.1.0", "liblua5.1.so.0", "libssl.so.3"].map((name) => packageNames(name)[0])).toEqual([
    "libjemalloc2", "libhiredis0.14", "libhiredis1.1.0", "liblua5.1-0", "libssl3",
  ]);
});

function settingsOf(settings: Readonly<Record<string, unknown>>): RedisSettings {
  return adapter.settings(configOf("redis", settings)) as RedisSettings;
}

function toolsWith(name: string, version: string): string {
  const tools = join(temporaryDirectory(onTestFinished, "tools"), "bin");
  mkdirSync(tools);
  writeFileSync(join(tools, name), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  return tools;
}

async function prepared(settings: Readonly<Record<string, unknown>> = {}): Promise<{ readonly bench: Bench; readonly bound: Bound<RedisSettings> }> {
  const bench = createBench(onTestFinished, systemWithoutRedis);
  const bound = await bind(bench, adapter, configOf("redis", settings), await freePorts());
  await bound.prepare();
  return { bench, bound };
}

async function ask<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on("error", () => undefined);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { blockingDirectory, makeParents, takeOver } from "../../src/requirements/engines/account.ts";
import { buildDirectory } from "../../src/requirements/engines/embedded.ts";
import { postgres } from "../../src/requirements/postgres.ts";
import type { PostgresSettings } from "../../src/requirements/postgres-settings.ts";
import { UserError } from "../../src/model/failure.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { bind, configOf, createBench, embedded } from "./bench.ts";

const isRoot = process.getuid?.() === 0;

describe("a directory that is whole or absent", () => {
  test("appears with everything in it", async () => {
    const { host, stateRoot } = createBench(onTestFinished);
    const target = join(stateRoot, "below", "thing");
    const isOurs = await buildDirectory({
      target,
      host,
      owner: "everyone",
      build: async (temporary) => {
        writeFileSync(join(temporary, "one"), "1");
        expect(existsSync(target)).toBe(false);
      },
    });
    expect(isOurs).toBe(true);
    expect(readdirSync(target)).toEqual([".checksums.json", "one"]);
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(stateRoot, "below"))).toEqual(["thing"]);
  });

  test("of two that build it at once one wins, and the other leaves nothing", async () => {
    const { host, stateRoot } = createBench(onTestFinished);
    const target = join(stateRoot, "thing");
    const by = (name: string): Promise<boolean> =>
      buildDirectory({ target, host, owner: "caller", build: async (temporary) => writeFileSync(join(temporary, name), name) });
    expect((await Promise.all([by("one"), by("two")])).sort()).toEqual([false, true]);
    expect(readdirSync(target)).toHaveLength(1);
    expect(readdirSync(stateRoot)).toEqual(["thing"]);
  });

  test("is absent after a failure", async () => {
    const { host, stateRoot } = createBench(onTestFinished);
    const build = (): Promise<void> => Promise.reject(new Error("no"));
    await expect(buildDirectory({ target: join(stateRoot, "thing"), host, owner: "caller", build })).rejects.toThrow("no");
    expect(readdirSync(stateRoot)).toEqual([]);
  });

  test("what a killed builder left long ago goes; what is fresh or belongs to a living one stays", async () => {
    const { host, stateRoot } = createBench(onTestFinished);
    const deadPid = 4_194_304;
    const [abandoned, fresh, living] = [`thing.${deadPid}.00000001.tmp`, `thing.${deadPid}.00000002.tmp`, `thing.${process.pid}.00000003.tmp`];
    for (const name of [abandoned, fresh, living]) mkdirSync(join(stateRoot, name));
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const name of [abandoned, living]) utimesSync(join(stateRoot, name), longAgo, longAgo);
    await buildDirectory({ target: join(stateRoot, "thing"), host, owner: "caller", build: async () => undefined });
    expect(readdirSync(stateRoot).sort()).toEqual([fresh, living, "thing"].sort());
  });
});

test("a program for the cache says what to do when the disk is full or may not be written, also as npm tells it", async () => {
  const { host, stateRoot } = createBench(onTestFinished);
  const told = async (message: string, owner: "everyone" | "caller" = "everyone"): Promise<unknown> =>
    buildDirectory({ target: join(stateRoot, "thing-1"), host, owner, build: async () => Promise.reject(new Error(message)) }).catch((error: unknown) => (error instanceof UserError ? error.failures : String(error)));
  expect(await told("npm error nospc ENOSPC: no space left on device")).toMatchObject([{ reason: "state_unwritable", message: expect.stringContaining(`thing-1 could not be put into ${host.paths.cacheRoot}`) as string, hint: expect.stringContaining("ENVCTL_CACHE_DIR") as string }]);
  expect([await told("no such package"), await told("ENOSPC", "caller")]).toEqual(["Error: no such package", "Error: ENOSPC"]);
});

describe.runIf(isRoot)("the unprivileged account a server runs as", () => {
  const account = { uid: 65_534, gid: 65_534 };

  test("is stopped by the first directory it may not search", () => {
    const root = temporaryDirectory(onTestFinished);
    mkdirSync(join(root, "open", "closed", "below"), { recursive: true });
    chmodSync(join(root, "open", "closed"), 0o700);
    expect(blockingDirectory(join(root, "open", "closed", "below", "data"), account)).toBe(join(root, "open", "closed"));
    expect(blockingDirectory(join(root, "open", "data"), account)).toBeUndefined();
  });

  test("gets its way opened below our own roots, and elsewhere the closed directory is named", () => {
    const closed = join(temporaryDirectory(onTestFinished), "closed");
    mkdirSync(closed, { mode: 0o700 });
    const { host } = createBench(onTestFinished, { ENVCTL_STATE_DIR: join(closed, "state") });
    const path = join(closed, "state", "scope", "data", "thing");
    expect(() => makeParents(path, host)).toThrow(`which cannot pass through ${closed} to ${path}`);
    expect(statSync(closed).mode & 0o777).toBe(0o700);

    chmodSync(closed, 0o711);
    chmodSync(join(closed, "state", "scope"), 0o700);
    makeParents(path, host);
    expect(statSync(join(closed, "state", "scope")).mode & 0o777).toBe(0o701);
  });

  test("is given a data directory that belonged to another", async () => {
    const { host, stateRoot } = createBench(onTestFinished);
    const directory = join(stateRoot, "data");
    mkdirSync(directory);
    writeFileSync(join(directory, "file"), "");
    await takeOver(directory, host, AbortSignal.timeout(5000));
    expect([directory, join(directory, "file")].map((path) => statSync(path).uid)).toEqual([host.machine.serverAccount?.uid, host.machine.serverAccount?.uid]);
  });
});

describe("finding PostgreSQL", () => {
  test("a server of the asked major on the PATH is preferred to the packaged one", async () => {
    const tools = postgresPrograms("16.9 (Debian 16.9-1)");
    const { host } = createBench(onTestFinished, { PATH: tools });
    expect(await embedded(postgres).locate(settingsOf({ version: 16 }), host)).toEqual({ program: join(tools, "postgres"), version: "16.9", source: "PATH", env: {} });
    expect((await embedded(postgres).locate(settingsOf({ version: 12 }), host))?.source).not.toBe("PATH");
  });

  test("without initdb beside it a server is of no use", async () => {
    const tools = postgresPrograms("16.9", false);
    const { host } = createBench(onTestFinished, { PATH: tools });
    expect((await embedded(postgres).locate(settingsOf({ version: 16 }), host))?.program).not.toBe(join(tools, "postgres"));
    await expect(embedded(postgres).locate(settingsOf({ version: 16, path: tools }), host)).rejects.toThrow(`there is no \`initdb\` beside ${join(tools, "postgres")}`);
  });

  test("a configured path has to hold the configured version", async () => {
    const tools = postgresPrograms("15.3");
    const { host } = createBench(onTestFinished);
    expect(await embedded(postgres).locate(settingsOf({ version: 15, path: tools }), host)).toMatchObject({ version: "15.3", source: "configured path" });
    await expect(embedded(postgres).locate(settingsOf({ version: 16, path: tools }), host)).rejects.toThrow("is PostgreSQL 15.3, but version 16 is configured");
    await expect(embedded(postgres).locate(settingsOf({ path: "/nowhere" }), host)).rejects.toThrow("no PostgreSQL server is at the configured path /nowhere");
  });

  test("where no package exists, the command to install it is named", async () => {
    const tools = temporaryDirectory(onTestFinished, "tools");
    writeFileSync(join(tools, "dnf"), "#!/bin/sh\n", { mode: 0o755 });
    const { host } = createBench(onTestFinished, { PATH: tools });
    const odd = { ...host, machine: { ...host.machine, arch: "riscv64" } };
    await expect(embedded(postgres).fetch(settingsOf({ version: 16 }), odd, () => undefined, AbortSignal.timeout(5000))).rejects.toMatchObject({
      failures: [{
        reason: "runtime_missing",
        message: `PostgreSQL 16 is not on this machine, and there is no packaged PostgreSQL 16 for ${host.machine.platform}-riscv64`,
        hint: expect.stringMatching(/^install it: (sudo )?dnf install postgresql16-server; or set `path`/),
      }],
    });
  });

  test("a failing initdb is told in its own words", async () => {
    const tools = postgresPrograms("16.9");
    const bench = createBench(onTestFinished, { ENVCTL_CACHE_DIR: temporaryDirectory(onTestFinished, "cache") });
    writeFileSync(join(tools, "initdb"), "#!/bin/sh\necho 'initdb: error: no space' >&2\nexit 1\n", { mode: 0o755 });
    const bound = await bind(bench, postgres, configOf("postgres", { path: tools }), 1);
    await expect(bound.prepare()).rejects.toThrow("initdb of PostgreSQL 16.9 failed: initdb: error: no space");
    writeFileSync(join(tools, "initdb"), "#!/bin/sh\necho 'initdb: could not look up effective user ID 4711: user does not exist' >&2\nexit 1\n", { mode: 0o755 });
    await expect(bound.prepare()).rejects.toMatchObject({ failures: [{ hint: expect.stringContaining("/etc/passwd") as string }] });
    expect(existsSync(bound.input.dataDirectory)).toBe(false);
  });
});

function settingsOf(settings: Readonly<Record<string, unknown>>): PostgresSettings {
  return postgres.settings(configOf("postgres", settings)) as PostgresSettings;
}

function postgresPrograms(version: string, hasInitdb = true): string {
  const tools = temporaryDirectory(onTestFinished, "tools");
  writeFileSync(join(tools, "postgres"), `#!/bin/sh\necho 'postgres (PostgreSQL) ${version}'\n`, { mode: 0o755 });
  if (hasInitdb) writeFileSync(join(tools, "initdb"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect(readFileSync(join(tools, "postgres"), "utf8")).toContain(version);
  return tools;
}

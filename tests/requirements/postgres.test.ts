import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Requirement } from "../../src/requirements/adapter.ts";
import { postgres } from "../../src/requirements/postgres.ts";
import { postgresPackages } from "../../src/requirements/postgres-versions.ts";
import type { PostgresSettings } from "../../src/requirements/postgres-settings.ts";
import { freePorts } from "../rig/ports.ts";
import { bind, configOf, createBench, embedded, revealed, revealedRecord, startServer, type Bench, type Bound } from "./bench.ts";

const adapter: Requirement<PostgresSettings> = postgres;

describe("a PostgreSQL of a project", () => {
  test("asks for its generated password and is reachable from this machine only", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    await startServer(bench, adapter, bound.input, onTestFinished);
    const values = revealed(adapter, bound.input);

    expect(await query(values["url"] ?? "", "select current_database() as database, current_user as role, rolsuper from pg_roles where rolname = current_user")).toEqual([
      { database: "app", role: "postgres", rolsuper: true },
    ]);
    expect(await query(values["url"] ?? "", "select name, setting from pg_settings where name in ('listen_addresses', 'fsync', 'unix_socket_directories', 'server_encoding') order by name")).toEqual([
      { name: "fsync", setting: "on" },
      { name: "listen_addresses", setting: "127.0.0.1" },
      { name: "server_encoding", setting: "UTF8" },
      { name: "unix_socket_directories", setting: "" },
    ]);
    const { port = "" } = values;
    await expect(query(`postgresql://postgres:wrong@127.0.0.1:${port}/app`, "select 1")).rejects.toThrow("password authentication failed");
    await expect(query(`postgresql://postgres@127.0.0.1:${port}/app`, "select 1")).rejects.toThrow();
  });

  test("keeps its rows over a stop and over a kill that leaves its lock file behind", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    const { url = "" } = revealed(adapter, bound.input);
    const first = await startServer(bench, adapter, bound.input, onTestFinished);
    await query(url, "create table notes as select 'kept' as text");
    await first.stop();
    expect(first.child.exitCode).toBe(0);

    const second = await startServer(bench, adapter, bound.input, onTestFinished);
    expect(await query(url, "select text from notes")).toEqual([{ text: "kept" }]);
    await second.stop("SIGKILL");
    expect(existsSync(join(bound.input.dataDirectory, "postmaster.pid"))).toBe(true);

    await bound.prepare();
    await startServer(bench, adapter, bound.input, onTestFinished);
    expect(await query(url, "select text from notes")).toEqual([{ text: "kept" }]);
  });
});

describe("the data directory of a PostgreSQL", () => {
  test("of another major version is refused and nothing in it is touched", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    const directory = bound.input.dataDirectory;
    writeFileSync(join(directory, "PG_VERSION"), "15\n");
    const before = listing(directory);
    await expect(bound.prepare()).rejects.toMatchObject({
      failures: [{
        reason: "data_incompatible",
        message: `the data directory of postgres is of PostgreSQL 15, but version 16 is configured: ${directory}`,
        hint: "set requirements.postgres.version to 15, or move the directory away to begin with empty data; nothing in it was touched",
      }],
    });
    expect(listing(directory)).toEqual(before);
    expect(bench.host.paths.stateRoot).toBe(bench.stateRoot);
  });

  test("is refused when it holds something else", async () => {
    const bench = createBench(onTestFinished);
    const bound = await bind(bench, adapter, configOf("postgres"), 1);
    mkdirSync(bound.input.dataDirectory, { recursive: true });
    appendFileSync(join(bound.input.dataDirectory, "letter.txt"), "mine");
    await expect(bound.prepare()).rejects.toMatchObject({ failures: [{ reason: "data_incompatible" }] });
    expect(readdirSync(bound.input.dataDirectory)).toEqual(["letter.txt"]);
  });

  test("is prepared again without any work and without a change", { timeout: 60_000 }, async () => {
    const { bound } = await prepared();
    const before = listing(bound.input.dataDirectory);
    await bound.prepare();
    expect(listing(bound.input.dataDirectory)).toEqual(before);
    expect(readFileSync(join(bound.input.dataDirectory, "envctl-prepared.json"), "utf8")).not.toContain(bound.input.reveal("Main/postgres/password"));
  });

});

describe("a PostgreSQL whose settings changed", () => {
  test("takes a new password, user and database into data that are there, and keeps the old rows", { timeout: 60_000 }, async () => {
    const { bench, bound } = await prepared();
    const { url: oldUrl = "", port = "" } = revealed(adapter, bound.input);
    const first = await startServer(bench, adapter, bound.input, onTestFinished);
    await query(oldUrl, "create table notes as select 'kept' as text");
    await first.stop();

    const changed = await bind(bench, adapter, configOf("postgres", { version: 16, user: "shop", database: "shop-2" }), Number(port));
    const input = { ...changed.input, reveal: () => "another-password" };
    await embedded(adapter).prepare(input, bench.host);
    await startServer(bench, adapter, input, onTestFinished);
    const { url = "" } = revealed(adapter, input);
    expect(await query(url, "select current_database() as name, current_user as role")).toEqual([{ name: "shop-2", role: "shop" }]);
    expect(await query(oldUrl, "select text from notes")).toEqual([{ text: "kept" }]);
  });
});

const majors = Object.keys(postgresPackages[`${process.platform}-${process.arch}`] ?? {}).map(Number);

test.each(majors)("PostgreSQL %i is fetched, prepared and answers", { timeout: 90_000 }, async (version) => {
  const { bench, bound } = await prepared({ version });
  await startServer(bench, adapter, bound.input, onTestFinished);
  const { url = "" } = revealed(adapter, bound.input);
  expect(await query(url, "select current_setting('server_version_num')::int / 10000 as major")).toEqual([{ major: version }]);
});

describe("what services learn about their PostgreSQL", () => {
  test("its address in every usual form, with the password as a reference", async () => {
    const bench = createBench(onTestFinished);
    const { input } = await bind(bench, adapter, configOf("postgres", { user: "shop", database: "shop" }), 5440);
    const password = "{{secret:Main/postgres/password}}";
    expect(adapter.env(input)).toEqual({
      DATABASE_URL: `postgresql://shop:${password}@127.0.0.1:5440/shop`,
      SQLALCHEMY_DATABASE_URL: `postgresql://shop:${password}@127.0.0.1:5440/shop`,
      ASYNC_DATABASE_URL: `postgresql+asyncpg://shop:${password}@127.0.0.1:5440/shop`,
      DB_HOST: "127.0.0.1",
      DB_PORT: "5440",
      DB_USER: "shop",
      DB_PASSWORD: password,
      DB_NAME: "shop",
    });
    expect(revealedRecord(adapter.env(input), input)["DB_PASSWORD"]).toMatch(/^[\w-]{32}$/);
    expect(embedded(adapter).draft({ ...input, runtime: undefined }).command[0]).toBe("postgres");
  });
});

async function prepared(settings: Readonly<Record<string, unknown>> = { version: 16 }): Promise<{ readonly bench: Bench; readonly bound: Bound<PostgresSettings> }> {
  const bench = createBench(onTestFinished);
  const bound = await bind(bench, adapter, configOf("postgres", settings), await freePorts());
  await bound.prepare();
  return { bench, bound };
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Every file with its size and time of change. */
function listing(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).sort().map((name) => {
    const { size, mtimeMs, mode, uid } = statSync(join(directory, name));
    return `${name} ${size} ${mtimeMs} ${mode} ${uid}`;
  });
}

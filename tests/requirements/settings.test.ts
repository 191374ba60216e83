import { describe, expect, test } from "vitest";
import { postgresPackages } from "../../src/requirements/postgres-versions.ts";
import { databaseOf, postgresMajors, type PostgresSettings } from "../../src/requirements/postgres-settings.ts";
import type { Requirement } from "../../src/requirements/adapter.ts";
import { requirementAdapters } from "../../src/requirements/registry.ts";
import { supabase } from "../../src/requirements/supabase.ts";
import { configOf } from "./bench.ts";

describe("settings of requirements", () => {
  test("have defaults", () => {
    expect(check("postgres")).toEqual({ version: 16, database: "app", user: "postgres", port: 5432, path: undefined, isolation: "isolated", extensions: [], seed: "none", migrate: undefined });
    expect(check("redis")).toEqual({ version: undefined, port: 6379, path: undefined, persist: false, isolation: "isolated" });
  });

  test("may be written as text, as the KEY=value form does", () => {
    expect(check("postgres", { version: "15", port: "5500" })).toMatchObject({ version: 15, port: 5500 });
    expect(check("redis", { persist: "true", version: "7.2" })).toMatchObject({ persist: true, version: "7.2" });
  });

  test("move the base port", () => {
    const moved = (adapter: Requirement, settings: Readonly<Record<string, number>>) => adapter.basePorts(adapter.settings(configOf(adapter.id, settings)), configOf(adapter.id, settings));
    expect(requirementAdapters.map((adapter) => moved(adapter, { port: 7000 }))).toEqual([{ main: 7000 }, { main: 7000 }, { main: 54322, api: 7000 }, { main: 7000, runners: 7001 }]);
    expect(moved(supabase, { db_port: 7001 })).toEqual({ main: 7001, api: 54321 });
  });

  test("are all checked at once, with what they should be", () => {
    expect(check("postgres", { version: 9, databse: "x", user: "pg_me", database: "template1", port: 0, path: "relative" })).toEqual([
      { reason: "configuration_invalid", message: "requirements.postgres has no setting `databse`", hint: "did you mean `database`?" },
      { reason: "configuration_invalid", message: "requirements.postgres.version is 9", hint: "it must be a whole number from 10 to 18" },
      { reason: "configuration_invalid", message: "requirements.postgres.database is \"template1\"", hint: expect.stringContaining("not template0 or template1") },
      { reason: "configuration_invalid", message: "requirements.postgres.user is \"pg_me\"", hint: expect.stringContaining("not beginning with pg_") },
      { reason: "configuration_invalid", message: "requirements.postgres.port is 0", hint: "it must be a whole number from 1 to 65535" },
      { reason: "configuration_invalid", message: "requirements.postgres.path is \"relative\"", hint: "it must be an absolute path, or one that begins with ~/" },
    ]);
  });

  test.each(["a'b", "a b", "a\nb", "", "1a", "ä", "x".repeat(64)])("a database cannot be called %j", (database) => {
    expect(check("postgres", { database })).toHaveLength(1);
  });
});

describe("settings of where data live and how they begin", () => {
  test.each([
    ["isolation", "databse", {}, "it must be one of isolated, database, shared; did you mean `database`?"],
    ["extensions", ["drop table"], {}, "it must be a list of extension names such as pgcrypto"],
    ["seed", "db/first", {}, "it must be main, none, the name of a snapshot, or a file whose name ends in .sql"],
    ["seed", "main", { isolation: "shared" }, "it must be none where isolation is shared: the database is Main's"],
    ["seed", "monday", { isolation: "database" }, "it must be main, none or a .sql file where isolation is database: a snapshot is of a whole server"],
    ["migrate", [], {}, "it must be a command: text, or a list of words"],
  ])("of PostgreSQL: %s %j is refused", (key, value, more, hint) => {
    expect(check("postgres", { ...more, [key]: value })).toMatchObject([{ message: `requirements.postgres.${key} is ${JSON.stringify(value)}`, hint }]);
  });

  test("every worktree has a database name of its own on Main's server", () => {
    const settings = check("postgres", { isolation: "database" }) as PostgresSettings;
    const projects = ["a", "A", "a-b", "a_b", "a/b", "ü", "x".repeat(80), "x".repeat(81)];
    const names = projects.map((project) => databaseOf(settings, project, "Main"));
    expect(names[0]).toBe("app_a");
    expect(new Set(names).size).toBe(projects.length);
    for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
    expect(databaseOf(settings, "Main", undefined)).toBe("app");
  });
});

describe("pinned PostgreSQL packages", () => {
  const rows = Object.entries(postgresPackages).flatMap(([platform, majors]) => Object.entries(majors).map(([major, pinned]) => ({ platform, major, ...pinned })));

  test("exist for every supported platform, and for every major where they are published", () => {
    const { lowest, highest } = postgresMajors;
    expect(Object.keys(postgresPackages)).toEqual(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);
    expect(Object.keys(postgresPackages["linux-x64"] ?? {})).toEqual(Array.from({ length: highest - lowest + 1 }, (_, index) => String(lowest + index)));
    for (const majors of Object.values(postgresPackages)) expect(Object.keys(majors)).toEqual(expect.arrayContaining(["15", "16", "17", "18"]));
  });

  test("have a version of their major and a whole sha512, each its own", () => {
    for (const { major, version, integrity } of rows) {
      expect(version).toMatch(new RegExp(`^${major}\\.\\d+\\.\\d+-beta\\.\\d+$`));
      expect(Buffer.from(integrity.replace(/^sha512-/, ""), "base64")).toHaveLength(64);
    }
    expect(new Set(rows.map((row) => row.integrity)).size).toBe(rows.length);
  });
});

function check(id: string, settings: Readonly<Record<string, unknown>> = {}): unknown {
  return requirementAdapters.find((adapter) => adapter.id === id)?.settings(configOf(id, settings));
}

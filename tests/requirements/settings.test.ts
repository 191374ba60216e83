import { describe, expect, test } from "vitest";
import { postgresPackages } from "../../src/requirements/postgres-versions.ts";
import { postgresMajors } from "../../src/requirements/postgres-settings.ts";
import { requirementAdapters } from "../../src/requirements/registry.ts";
import { configOf } from "./bench.ts";

describe("settings of requirements", () => {
  test("have defaults", () => {
    expect(check("postgres")).toEqual({ version: 16, database: "app", user: "postgres", port: 5432, path: undefined, isolation: "isolated" });
    expect(check("redis")).toEqual({ version: undefined, port: 6379, path: undefined, persist: false, isolation: "isolated" });
  });

  test("may be written as text, as the KEY=value form does", () => {
    expect(check("postgres", { version: "15", port: "5500" })).toMatchObject({ version: 15, port: 5500 });
    expect(check("redis", { persist: "true", version: "7.2" })).toMatchObject({ persist: true, version: "7.2" });
  });

  test("move the base port", () => {
    expect(requirementAdapters.map((adapter) => adapter.basePorts(adapter.settings(configOf(adapter.id, { port: 7000 }))))).toEqual([{ main: 7000 }, { main: 7000 }]);
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

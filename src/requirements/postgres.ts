/** PostgreSQL as a process of ours: one server and one data directory per project. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveSecrets } from "../model/secrets.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DraftInput, PrepareInput, Requirement } from "./adapter.ts";
import { preparePostgres, seedPendingFile } from "./postgres-data.ts";
import { fetchPostgres, locatePostgres } from "./postgres-runtime.ts";
import { databaseOf, isSeedFile, postgresPort, postgresSettings, type PostgresSettings } from "./postgres-settings.ts";
import type { PostgresPlace } from "./postgres-sql.ts";

type Input = DraftInput<PostgresSettings>;

export const postgres: Requirement<PostgresSettings> = {
  id: "postgres",
  title: "PostgreSQL",
  provides: ["database", "postgres"],
  ports: { main: postgresPort },
  secrets: ["password"],
  settings: postgresSettings,
  basePorts: ({ port }) => ({ main: port }),
  locate: locatePostgres,
  fetch: fetchPostgres,
  draft,
  values,
  env,
  prepare: (input, host) =>
    preparePostgres({
      name: input.name,
      directory: input.dataDirectory,
      settings: input.settings,
      runtime: input.runtime,
      password: resolveSecrets(input.secret("password"), (key) => input.reveal(key)),
      host,
      progress: input.progress,
      signal: input.signal,
    }),
  usesMainServer: ({ isolation }) => isolation !== "isolated",
  seedOf: ({ isolation, seed }) => (isolation !== "isolated" || seed === "none" || isSeedFile(seed) ? undefined : seed),
  migrationOf: ({ migrate }) => migrate,
  claimOf: (input) => `postgres ${input.dataDirectory} ${databaseIn(input)}`,
  settle: async (input, host) => (needsSettling(input) ? (await import("./postgres-settle.ts")).settlePostgres(connectionOf(input), input, host) : undefined),
  copy: async (input, host) => (await import("./postgres-copy.ts")).copyPostgres(connectionOf(input), input, host),
};

/** Nearly every start needs nothing inside the server, and then loads nothing for it. */
function needsSettling({ settings, server, dataDirectory }: Input): boolean {
  return settings.extensions.length > 0 || (server === undefined ? existsSync(join(dataDirectory, seedPendingFile)) : settings.isolation === "database");
}

/** Where the server of a project answers, and as whom. */
function connectionOf(input: PrepareInput<PostgresSettings>): PostgresPlace {
  return { port: portOf(input), user: input.settings.user, password: resolveSecrets(input.secret("password"), (key) => input.reveal(key)), database: databaseIn(input) };
}

function draft(input: Input): UnitDraft {
  const port = portOf(input);
  return {
    command: [input.runtime?.program ?? "postgres", "-D", input.dataDirectory, "-p", String(port)],
    // macOS refuses to start a server whose locale is not set; what it prints is for logs.
    env: { LC_ALL: "C", ...input.runtime?.env },
    // While it starts up it answers with an error ("E"); "R" asks for the password, so connections are taken.
    ready: { kind: "exchange", port, send: startupMessage(input.settings).toString("base64"), expect: "^R" },
    readyTimeoutMs: 60_000,
    // SIGINT ends connections and stops cleanly; SIGTERM would wait for clients to go.
    stop: { signal: "SIGINT", to: "leader", graceMs: 10_000 },
    url: `postgresql://127.0.0.1:${port}/${databaseIn(input)}`,
  };
}

function values(input: Input): Readonly<Record<string, string>> {
  const { user } = input.settings;
  const database = databaseIn(input);
  return { url: url("postgresql", input), host: "127.0.0.1", port: String(portOf(input)), user, password: input.secret("password"), database };
}

function env(input: Input): Readonly<Record<string, string>> {
  const { host = "", port = "", user = "", password = "", database = "" } = values(input);
  return {
    DATABASE_URL: url("postgresql", input),
    SQLALCHEMY_DATABASE_URL: url("postgresql", input),
    ASYNC_DATABASE_URL: url("postgresql+asyncpg", input),
    DB_HOST: host,
    DB_PORT: port,
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
  };
}

/** Names and passwords consist of characters that need no escaping in a URL. */
function url(scheme: string, input: Input): string {
  return `${scheme}://${input.settings.user}:${input.secret("password")}@127.0.0.1:${portOf(input)}/${databaseIn(input)}`;
}

function databaseIn({ settings, project, server }: Input): string {
  return databaseOf(settings, project, server);
}

function portOf({ ports, settings }: Input): number {
  return ports["main"] ?? settings.port;
}

/** Protocol 3.0: length, version 196608, then names and values ended by zeros. Source: PostgreSQL's "Message Formats". */
function startupMessage({ user, database }: PostgresSettings): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + body.length, 0);
  head.writeUInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

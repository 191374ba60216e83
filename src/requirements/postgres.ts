/** PostgreSQL as a process of ours: one server and one data directory per project. */
import { resolveSecrets } from "../model/secrets.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DraftInput, Requirement } from "./adapter.ts";
import { postgresContainer } from "./postgres-container.ts";
import { preparePostgres } from "./postgres-data.ts";
import { fetchPostgres, locatePostgres } from "./postgres-runtime.ts";
import { postgresPort, postgresSettings, type PostgresSettings } from "./postgres-settings.ts";

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
  container: postgresContainer,
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
};

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
    url: `postgresql://127.0.0.1:${port}/${input.settings.database}`,
  };
}

function values(input: Input): Readonly<Record<string, string>> {
  const { user, database } = input.settings;
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
  const { user, database } = input.settings;
  return `${scheme}://${user}:${input.secret("password")}@127.0.0.1:${portOf(input)}/${database}`;
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

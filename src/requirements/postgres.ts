/** PostgreSQL as a process of ours: one server and one data directory per project. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveSecrets } from "../model/secrets.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DockerEngine, DraftInput, EffectInput, EmbeddedEngine, OwnServer, Requirement } from "./adapter.ts";
import { postgresCopies, postgresImage, postgresInContainer } from "./postgres-container.ts";
import { preparePostgres, seedPendingFile } from "./postgres-data.ts";
import { externalPostgres, postgresEnv, startupMessage } from "./postgres-external.ts";
import { provenLogin } from "./postgres-old-data.ts";
import { fetchPostgres, locatePostgres } from "./postgres-runtime.ts";
import { databaseOf, isSeedFile, postgresPort, postgresSettings, type PostgresSettings } from "./postgres-settings.ts";
import type { PostgresPlace } from "./postgres-sql.ts";

type Input = DraftInput<PostgresSettings>;

const ownServer: OwnServer<PostgresSettings> = {
  usesMainServer: ({ isolation }) => isolation !== "isolated",
  seedOf: ({ isolation, seed }) => (isolation !== "isolated" || seed === "none" || isSeedFile(seed) ? undefined : seed),
  migrationOf: ({ settings: { migrate } }) => (migrate === undefined ? undefined : { command: migrate }),
  claimOf: (input) => `postgres ${input.dataDirectory} ${databaseIn(input)}`,
  settle: async (input, host) => (needsSettling(input) ? (await import("./postgres-settle.ts")).settlePostgres(connectionOf(input), input, host) : undefined),
  dropDatabase: async (input, host) => (await import("./postgres-drop.ts")).dropPostgresDatabase(connectionOf(input), input, host),
};

/** As a process of ours. */
export const embeddedPostgres: EmbeddedEngine<PostgresSettings> = {
  ...ownServer,
  locate: locatePostgres,
  fetch: fetchPostgres,
  draft,
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
  copy: async (input, host) => (await import("./postgres-copy.ts")).copyPostgres(connectionOf(input), input, host),
};

/** In a container. */
export const dockerPostgres: DockerEngine<PostgresSettings> = {
  ...ownServer,
  settle: async (input, host) => {
    if (input.server === undefined) await provenLogin(connectionOf(input), input);
    if (input.server === undefined && isSeedFile(input.settings.seed)) await (await import("./postgres-settle.ts")).seedUnused(connectionOf(input), input, host);
    await ownServer.settle?.(input, host);
  },
  image: postgresImage,
  draft: (input) => ({ ...draft(input), ...postgresInContainer(input) }),
  copies: postgresCopies,
};

export const postgres: Requirement<PostgresSettings> = {
  id: "postgres",
  title: "PostgreSQL",
  provides: ["database", "postgres"],
  ports: { main: postgresPort },
  secrets: ["password"],
  embeddedSettings: ["isolation", "extensions", "seed", "migrate"],
  settings: postgresSettings,
  basePorts: ({ port }) => ({ main: port }),
  engines: { embedded: embeddedPostgres, docker: dockerPostgres, external: externalPostgres },
  values,
  env: (input) => postgresEnv(values(input)),
};

/** Nearly every start needs nothing inside the server, and then loads nothing for it. */
function needsSettling({ settings, server, dataDirectory }: Input): boolean {
  return settings.extensions.length > 0 || (server === undefined ? existsSync(join(dataDirectory, seedPendingFile)) : settings.isolation === "database");
}

/** Where the server of a project answers, and as whom. */
function connectionOf(input: EffectInput<PostgresSettings>): PostgresPlace {
  return { port: portOf(input), user: input.settings.user, password: resolveSecrets(input.secret("password"), (key) => input.reveal(key)), database: databaseIn(input) };
}

function draft(input: Input): UnitDraft {
  const port = portOf(input);
  return {
    command: [input.runtime?.program ?? "postgres", "-D", input.dataDirectory, "-p", String(port)],
    // macOS refuses to start a server whose locale is not set; what it prints is for logs.
    env: { LC_ALL: "C", ...input.runtime?.env },
    // While it starts up it answers with an error ("E"); "R" asks for the password, so connections are taken.
    ready: { kind: "exchange", port, send: startupMessage(input.settings.user, input.settings.database).toString("base64"), expect: "^R" },
    readyTimeoutMs: 60_000,
    // SIGINT ends connections and stops cleanly; SIGTERM would wait for clients to go.
    stop: { signal: "SIGINT", to: "leader", graceMs: 10_000 },
    url: `postgresql://127.0.0.1:${port}/${databaseIn(input)}`,
  };
}

function values(input: Input): Readonly<Record<string, string>> {
  const { user } = input.settings;
  const database = databaseIn(input);
  return { url: url(input), host: "127.0.0.1", port: String(portOf(input)), user, password: input.secret("password"), database };
}

/** Names and passwords consist of characters that need no escaping in a URL. */
function url(input: Input): string {
  return `postgresql://${input.settings.user}:${input.secret("password")}@127.0.0.1:${portOf(input)}/${databaseIn(input)}`;
}

function databaseIn({ settings, project, server }: Input): string {
  return databaseOf(settings, project, server);
}

function portOf({ ports, settings }: Input): number {
  return ports["main"] ?? settings.port;
}

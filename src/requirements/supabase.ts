/** Supabase: as a process of ours it is its PostgreSQL, with roles, schemas and helpers as an application finds them. */
import { resolveSecrets } from "../model/secrets.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DraftInput, EffectInput, EmbeddedEngine, Requirement } from "./adapter.ts";
import { embeddedPostgres } from "./postgres.ts";
import { postgresEnv } from "./postgres-external.ts";
import { fetchPostgres, locatePostgres } from "./postgres-runtime.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import type { PostgresPlace } from "./postgres-sql.ts";
import { dockerSupabase } from "./supabase-docker.ts";
import { externalSupabase, gatewayEnv, gatewayValues } from "./supabase-external.ts";
import { embeddedMeta } from "./supabase-meta.ts";
import { supabaseMigration } from "./supabase-migrate.ts";
import { postgresOf, supabaseAdmin, supabaseDatabase, supabaseParts, supabasePorts, supabaseSettings, supabaseUser, type SupabaseSettings } from "./supabase-settings.ts";

type Input = DraftInput<SupabaseSettings>;

/** As a process of ours. */
export const embeddedSupabase: EmbeddedEngine<SupabaseSettings> = {
  ...supabaseMigration,
  locate: (settings, host) => locatePostgres(postgresOf(settings), host),
  fetch: (settings, host, progress, signal) => fetchPostgres(postgresOf(settings), host, progress, signal),
  draft,
  prepare: (input, host) => embeddedPostgres.prepare(asPostgres(input), host),
  seedOf: ({ seed }) => (seed === "none" ? undefined : seed),
  settle: async (input, host) => {
    const [{ ensureBootstrap }, { supabaseBootstrap }] = await Promise.all([import("./supabase-settle.ts"), import("./supabase-sql.ts")]);
    await ensureBootstrap(portOf(input), supabaseBootstrap, input);
    await supabaseMigration.settle(input, host);
  },
  copy: async (input, host) => (await import("./postgres-copy.ts")).copyPostgres(adminPlace(input), asPostgres(input), host),
  parts: (settings) => (settings.services.meta ? [embeddedMeta(settings)] : []),
  notes: ({ services }) => {
    const missing = supabaseParts.filter((part) => !services[part]);
    return [`it is the database of Supabase${services.meta ? " with meta" : " alone"}: nothing answers at SUPABASE_URL, and there is no ${missing.join(", ")} (engine docker has them)`];
  },
};

export const supabase: Requirement<SupabaseSettings> = {
  id: "supabase",
  title: "Supabase",
  provides: ["database", "postgres", "supabase"],
  ports: supabasePorts,
  secrets: ["password", "jwt_secret"],
  embeddedSettings: ["db_port", "version", "isolation", "seed", "migrations", "services", "images"],
  settings: supabaseSettings,
  // In containers the gateway is a unit of its own, with a port of its own.
  basePorts: ({ port, db_port }, { engine }) => (engine === "docker" ? { main: db_port } : { main: db_port, api: port }),
  engines: { embedded: embeddedSupabase, docker: dockerSupabase, external: externalSupabase },
  values,
  env,
};

/** As its server sees it. */
function asPostgres<T extends Input>(input: T): Omit<T, "settings"> & { readonly settings: PostgresSettings } {
  return { ...input, settings: postgresOf(input.settings) };
}

/** The platform's changes feed reads the log of a server that keeps it for that. */
function draft(input: Input): UnitDraft {
  const server = embeddedPostgres.draft(asPostgres(input));
  return { ...server, command: [...server.command, "-c", "wal_level=logical"] };
}

function adminPlace(input: EffectInput<SupabaseSettings>): PostgresPlace {
  return { port: portOf(input), user: supabaseAdmin, password: resolveSecrets(input.secret("password"), (key) => input.reveal(key)), database: supabaseDatabase };
}

function values(input: Input): Readonly<Record<string, string>> {
  const database = Object.entries(databaseValues(input)).map(([key, value]) => [`db_${key}`, value] as const);
  return {
    ...gatewayOf(input),
    ...Object.fromEntries(database),
    anon_key: input.secret("anon_key"),
    service_role_key: input.secret("service_role_key"),
    jwt_secret: input.secret("jwt_secret"),
  };
}

/** As those of a PostgreSQL. */
function databaseValues(input: Input): Readonly<Record<string, string>> {
  const password = input.secret("password");
  const port = String(portOf(input));
  return { url: `postgresql://${supabaseUser}:${password}@127.0.0.1:${port}/${supabaseDatabase}`, host: "127.0.0.1", port, user: supabaseUser, password, database: supabaseDatabase };
}

/** The names of the Python engine, and those of the official program. */
function env(input: Input): Readonly<Record<string, string>> {
  const known = values(input);
  const { db_url = "", db_port = "", anon_key = "", service_role_key = "", jwt_secret = "" } = known;
  return {
    ...postgresEnv(databaseValues(input)),
    SUPABASE_DB_URL: db_url,
    SUPABASE_DB_PORT: db_port,
    ...("url" in known ? gatewayEnv(known) : {}),
    SUPABASE_ANON_KEY: anon_key,
    SUPABASE_SERVICE_ROLE_KEY: service_role_key,
    SUPABASE_JWT_SECRET: jwt_secret,
  };
}

function portOf({ ports, settings }: Input): number {
  return ports["main"] ?? settings.db_port;
}

/** Of the gateway where this unit has its port. */
function gatewayOf({ ports }: Input): Readonly<Record<string, string>> {
  const port = ports["api"];
  return port === undefined ? {} : gatewayValues(`http://127.0.0.1:${port}`, port);
}

/** Supabase in containers: the image of its database, and every other part as a unit of its own. */
import { resolveSecrets } from "../model/secrets.ts";
import type { DockerEngine, DockerPart } from "./adapter.ts";
import { embeddedPostgres } from "./postgres.ts";
import { provenLogin } from "./postgres-old-data.ts";
import { gatewayEnv, gatewayValues } from "./supabase-external.ts";
import { supabaseMigration } from "./supabase-migrate.ts";
import { databaseImages, partsOf } from "./supabase-parts.ts";
import { postgresOf, supabaseAdmin, supabaseDatabase, type SupabaseSettings } from "./supabase-settings.ts";

export const dockerSupabase: DockerEngine<SupabaseSettings> = {
  image: ({ version }) => databaseImages[version],
  draft: (input) => ({
    ...embeddedPostgres.draft({ ...input, settings: postgresOf(input.settings) }),
    command: [],
    env: { POSTGRES_USER: supabaseAdmin, POSTGRES_PASSWORD: input.secret("password"), POSTGRES_DB: supabaseDatabase, JWT_SECRET: input.secret("jwt_secret"), JWT_EXP: "3600" },
    // Files of one major version are nothing to another: each has a volume of its own.
    volumes: { [`data-${input.settings.version}`]: "/var/lib/postgresql/data", config: "/etc/postgresql-custom" },
    port: 5432,
    readyTimeoutMs: 120_000,
  }),
  settle: async (input, host) => {
    const port = input.ports["main"] ?? input.settings.db_port;
    const password = resolveSecrets(input.secret("password"), (key) => input.reveal(key));
    await provenLogin({ port, user: supabaseAdmin, password, database: supabaseDatabase }, input);
    const [{ ensureBootstrap }, { imageBootstrap }] = await Promise.all([import("./supabase-settle.ts"), import("./supabase-sql.ts")]);
    await ensureBootstrap(port, imageBootstrap, input);
    if (!input.settings.services.gateway) await supabaseMigration.settle(input, host);
  },
  migrationOf: (input, host) => (input.settings.services.gateway ? undefined : supabaseMigration.migrationOf(input, host)),
  claimOf: supabaseMigration.claimOf,
  misplaced: ({ seed }) => (seed === "none" ? undefined : { key: "seed", because: "fills a data directory of this machine" }),
  parts: (settings) => partsOf(settings).map((part) => (part.name === "gateway" ? gateway(part) : part)),
};

/** Tables of auth and storage, which migrations refer to, are made by those parts: so they come last. */
function gateway(part: DockerPart<SupabaseSettings>): DockerPart<SupabaseSettings> {
  const values: DockerPart<SupabaseSettings>["values"] = ({ ports, settings }) => {
    const port = ports["api"] ?? settings.port;
    return gatewayValues(`http://127.0.0.1:${port}`, port);
  };
  return { ...part, ...supabaseMigration, values, env: (input) => gatewayEnv(values(input)) };
}

/** Settings of a Supabase requirement. */
import type { RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { absolutePath, oneOf, readSettings, textLike, truth, wholeNumber } from "./engines/settings.ts";
import type { PostgresSettings } from "./postgres-settings.ts";

export interface SupabaseSettings {
  /** Major version of its PostgreSQL. */
  readonly version: number;
  /** Of the gateway, in the main checkout. */
  readonly port: number;
  /** Of the database, in the main checkout. */
  readonly db_port: number;
  /** Directory with `postgres` and `initdb`, or the server program itself. */
  readonly path: string | undefined;
  readonly isolation: "isolated";
  /** How a project's data begin: `none`, `main`, or the name of a snapshot. */
  readonly seed: string;
  /** Whether the checkout's `supabase/migrations` and seeds are applied at every start. */
  readonly migrations: boolean;
}

/** The database is the main one: its server is the unit itself. */
export const supabasePorts = { main: 54322, api: 54321 } as const;

/** The database every Supabase has. */
export const supabaseDatabase = "postgres";
/** Whom services connect as; not a superuser, as on the hosted platform. */
export const supabaseUser = "postgres";
/** The superuser, who owns what the platform brings along. */
export const supabaseAdmin = "supabase_admin";

export function supabaseSettings(config: RequirementConfig): SupabaseSettings | readonly Failure[] {
  return readSettings<SupabaseSettings>(config, {
    version: wholeNumber(15, 18, 17),
    port: wholeNumber(1, 65535, supabasePorts.api),
    db_port: wholeNumber(1, 65535, supabasePorts.main),
    path: absolutePath,
    isolation: oneOf(["isolated"]),
    seed: textLike(/^(?!\.)(?!.*\.sql$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}$/, "main, none, or the name of a snapshot; a file of rows is supabase/seed.sql of the checkout", "none"),
    migrations: truth(true),
  });
}

/** Its server is a PostgreSQL like any other, but for the names inside. */
export function postgresOf({ version, db_port: port, path, isolation, seed }: SupabaseSettings): PostgresSettings {
  return { version, port, path, isolation, seed, database: supabaseDatabase, user: supabaseAdmin, extensions: [], migrate: undefined };
}

/** Settings of a Supabase requirement. */
import type { RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { absolutePath, oneOf, readSettings, textLike, truth, wholeNumber, type Reader } from "./engines/settings.ts";
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
  /** Which parts run, in containers. */
  readonly services: Readonly<Record<SupabasePart, boolean>>;
  /** Images of parts, where not the pinned ones. */
  readonly images: Readonly<Partial<Record<SupabasePart, string>>>;
}

/** What a Supabase has besides its database. */
export const supabaseParts = ["auth", "rest", "realtime", "storage", "meta", "studio", "functions", "gateway"] as const;
export type SupabasePart = (typeof supabaseParts)[number];

/** Parts there can be, and those of them that run only where they are asked for. */
interface PartChoice {
  readonly known: readonly SupabasePart[];
  readonly offUnlessAsked: readonly SupabasePart[];
}

/** Without a directory `supabase/functions` in the checkout there is nothing to serve. */
const inContainers: PartChoice = { known: supabaseParts, offUnlessAsked: ["functions"] };
/** Its 210 MB are fetched for those who want it. */
const asProcesses: PartChoice = { known: ["meta"], offUnlessAsked: ["meta"] };

/** The database is the main one: its server is the unit itself. */
export const supabasePorts = { main: 54322, api: 54321 } as const;

/** Where the port of meta is, from the gateway's: the same in a container and without one. */
export const metaOffset = 8;

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
    services: switches(config.engine === "docker" ? inContainers : asProcesses),
    images: imageNames,
  });
}

function switches({ known, offUnlessAsked }: PartChoice): Reader<SupabaseSettings["services"]> {
  return (raw) => {
    const asked = partsIn(raw, known, (value) => typeof value === "boolean");
    if (asked === undefined) return { expected: `a map of parts to true or false; parts are ${known.join(", ")}${known.length < supabaseParts.length ? ", and more where engine is docker" : ""}` };
    return { value: Object.fromEntries(supabaseParts.map((part) => [part, asked[part] ?? (known.includes(part) && !offUnlessAsked.includes(part))])) as SupabaseSettings["services"] };
  };
}

const imageNames: Reader<SupabaseSettings["images"]> = (raw) => {
  const known = partsIn(raw, supabaseParts, (value) => typeof value === "string" && value !== "");
  return known === undefined ? { expected: `a map of parts to images; parts are ${supabaseParts.join(", ")}` } : { value: known as SupabaseSettings["images"] };
};

/** Undefined for anything but a map of known parts to values of a kind. */
function partsIn(raw: unknown, known: readonly SupabasePart[], isValid: (value: unknown) => boolean): Readonly<Partial<Record<SupabasePart, unknown>>> | undefined {
  if (raw === undefined) return {};
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const entries = Object.entries(raw);
  return entries.every(([name, value]) => known.some((part) => part === name) && isValid(value)) ? Object.fromEntries(entries) : undefined;
}

/** Its server is a PostgreSQL like any other, but for the names inside. */
export function postgresOf({ version, db_port: port, path, isolation, seed }: SupabaseSettings): PostgresSettings {
  return { version, port, path, isolation, seed, database: supabaseDatabase, user: supabaseAdmin, extensions: [], migrate: undefined };
}

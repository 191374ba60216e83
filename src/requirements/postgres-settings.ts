/** Settings of a PostgreSQL requirement. */
import type { CommandText, RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import { absolutePath, command, namesLike, oneOf, readSettings, textLike, wholeNumber, type Reader } from "./engines/settings.ts";

export interface PostgresSettings {
  /** Major version. */
  readonly version: number;
  readonly database: string;
  /** Superuser the services connect as. */
  readonly user: string;
  /** Port of the main checkout. */
  readonly port: number;
  /** Directory with `postgres` and `initdb`, or the server program itself. */
  readonly path: string | undefined;
  /** A server per project; a database per project on Main's server; or Main's very database. */
  readonly isolation: "isolated" | "database" | "shared";
  readonly extensions: readonly string[];
  /** How a project's database begins: `none`, `main`, the name of a snapshot, or a file that ends in `.sql`. */
  readonly seed: string;
  readonly migrate: CommandText | undefined;
}

export const postgresMajors = { lowest: 10, highest: 18, default: 16 } as const;
export const postgresPort = 5432;

/** Anything PostgreSQL takes could be quoted; what also fits into a URL, a file and a shell without quotes is asked for. */
const name = "[A-Za-z_][A-Za-z0-9_.-]{0,62}";
const databaseName = new RegExp(`^(?!template[01]$)${name}$`);
const userName = new RegExp(`^(?!pg_)${name}$`);
const nameWords = "a letter or underscore, then letters, digits, `_`, `-` or `.`, 63 in all";

export function postgresSettings(config: RequirementConfig): PostgresSettings | readonly Failure[] {
  return readSettings<PostgresSettings>(config, {
    version: wholeNumber(postgresMajors.lowest, postgresMajors.highest, postgresMajors.default),
    database: textLike(databaseName, `${nameWords}, and not template0 or template1`, "app"),
    user: textLike(userName, `${nameWords}, not beginning with pg_`, "postgres"),
    port: wholeNumber(1, 65535, postgresPort),
    path: absolutePath,
    isolation: oneOf(["isolated", "database", "shared"]),
    extensions: namesLike(/^[a-z][a-z0-9_-]{0,62}$/, "a list of extension names such as pgcrypto"),
    seed: seedOf(config),
    migrate: command,
  });
}

const seedText = textLike(/^(?!\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}$/, "main, none, the name of a snapshot, or a .sql file relative to the repository", "none");

/** Only a server of its own can begin with the files of another; Main's own server has nothing shared to begin with. */
function seedOf({ settings }: RequirementConfig): Reader<string> {
  return (raw) => {
    const reading = seedText(raw);
    if (!("value" in reading)) return reading;
    const { value } = reading;
    const { isolation } = settings;
    if (isolation === "shared" && value !== "none") return { expected: "none where isolation is shared: the database is Main's" };
    if (isSeedFile(value) || value === "none" || value === "main") return reading;
    if (isolation === "database") return { expected: "main, none or a .sql file where isolation is database: a snapshot is of a whole server" };
    return value.includes("/") ? { expected: "main, none, the name of a snapshot, or a file whose name ends in .sql" } : reading;
  };
}

/** True for a seed that is a file of the repository. */
export function isSeedFile(seed: string): boolean {
  return seed.endsWith(".sql");
}

/** The project's database: Main's, or one of its own beside it. Safe in a URL and unique for every project name. */
export function databaseOf(settings: PostgresSettings, project: string, server: string | undefined): string {
  if (server === undefined || settings.isolation !== "database") return settings.database;
  const plain = project.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  const full = `${settings.database}_${plain}`;
  if (plain === project && full.length <= longestName) return full;
  return `${full.slice(0, longestName - 7)}_${hashOf(project).slice(0, 6)}`;
}

const longestName = 63;

/** An identifier in SQL. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

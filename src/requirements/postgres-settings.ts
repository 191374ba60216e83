/** Settings of a PostgreSQL requirement. */
import type { RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { absolutePath, isolation, readSettings, textLike, wholeNumber } from "./engines/settings.ts";

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
  readonly isolation: "isolated";
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
    isolation,
  });
}

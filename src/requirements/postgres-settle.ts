/** What a project needs inside a PostgreSQL that answers: its database, its first data, its extensions. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError, type Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import type { EffectInput } from "./adapter.ts";
import { findPrograms, pathDirectories } from "./engines/embedded.ts";
import { seedPendingFile } from "./postgres-data.ts";
import { isSeedFile, quotedName, type PostgresSettings } from "./postgres-settings.ts";
import { sqlState, withSql, type PostgresPlace, type Sql } from "./postgres-sql.ts";

type Input = EffectInput<PostgresSettings>;

/** Throws a UserError that says what the server cannot do. */
export async function settlePostgres(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  if (input.server !== undefined && input.settings.isolation === "database") await ensureDatabase(place, input, host);
  if (input.server === undefined) await pendingSeed(place, input, host);
  if (input.settings.extensions.length > 0) await withSql(place, input.signal, (sql) => ensureExtensions(sql, input));
}

/** Made under another name first: a database that has its name has its first data, too. */
async function ensureDatabase(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const { settings, signal } = input;
  const { database } = place;
  const maintenance = { ...place, database: "postgres" };
  await withSql(maintenance, signal, async (sql) => {
    if ((await sql.rows("select 1 from pg_database where datname = $1", [database])).length > 0) return;
    const draft = `${database.slice(0, 55)}__begun`;
    await sql.rows(`drop database if exists ${quotedName(draft)}`);
    input.progress(`creating the database ${database}`);
    if (settings.seed === "main") await copyDatabase(sql, { place, draft, from: settings.database }, input, host);
    else await sql.rows(`create database ${quotedName(draft)}`);
    if (isSeedFile(settings.seed)) await seedFromFile({ ...place, database: draft }, input, host);
    await sql.rows(`alter database ${quotedName(draft)} rename to ${quotedName(database)}`);
  });
}

interface DatabaseCopy {
  readonly place: PostgresPlace;
  readonly draft: string;
  readonly from: string;
}

const inUse = "55006";

/** The server copies a database nobody uses by itself; one in use is dumped and restored. */
async function copyDatabase(sql: Sql, copy: DatabaseCopy, input: Input, host: Host): Promise<void> {
  try {
    await sql.rows(`create database ${quotedName(copy.draft)} template ${quotedName(copy.from)}`);
  } catch (error) {
    if (sqlState(error) !== inUse) throw error;
    const dump = findTool("pg_dump", input, host);
    const psql = findTool("psql", input, host);
    if (dump === undefined || psql === undefined) throw new UserError(noTools(copy.from, input));
    await sql.rows(`create database ${quotedName(copy.draft)}`);
    // One pipe, so that nothing of the size of the database is kept here or on the disk.
    const script = 'set -o pipefail 2>/dev/null; "$1" --dbname "$3" | "$2" -X -q -v ON_ERROR_STOP=1 --single-transaction --dbname "$4" >/dev/null';
    await runTool(["bash", "-c", script, "copy", dump, psql, copy.from, copy.draft], copy.place, input, host);
  }
}

function noTools(from: string, input: Input): Failure {
  return {
    reason: "prepare_failed",
    message: `the database ${from} of ${input.server ?? input.project} is in use, and copying one in use needs pg_dump and psql, which are not on this machine`,
    hint: `stop what uses it for a moment, install the PostgreSQL client programs, or set requirements.${input.name}.isolation to isolated`,
  };
}

/** The file of a server that began empty; once, whatever happens in between. */
async function pendingSeed(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const pending = join(input.dataDirectory, seedPendingFile);
  if (!existsSync(pending)) return;
  if (isSeedFile(input.settings.seed)) await seedFromFile(place, input, host);
  rmSync(pending, { force: true });
}

const isMade = (catalog: string, namespace: string): string => `exists (select from ${catalog} join pg_namespace n on n.oid = ${namespace} where nspname !~ '^pg_' and nspname <> 'information_schema')`;

/** The file, in a database in which nothing has been made: data in a container have no place beside them for a mark. */
export async function seedUnused(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const [found] = await withSql(place, input.signal, (sql) => sql.rows(`select ${isMade("pg_class", "relnamespace")} or ${isMade("pg_proc", "pronamespace")} as used`));
  if (found?.["used"] === false) await seedFromFile(place, input, host);
}

/** All of it or nothing. `psql` also reads what pg_dump writes; without it the server itself is given the text. */
async function seedFromFile(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const { seed } = input.settings;
  const file = isAbsolute(seed) ? seed : join(input.projectRoot, seed);
  if (!existsSync(file)) throw new UserError({ reason: "prepare_failed", message: `the seed of ${input.name} is not there: ${file}`, hint: `correct requirements.${input.name}.seed, a path relative to the checkout` });
  input.progress(`reading ${seed} into ${place.database}`);
  const psql = findTool("psql", input, host);
  if (psql !== undefined) return runTool([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", file, "--dbname", place.database], place, input, host);
  try {
    await withSql(place, input.signal, (sql) => sql.rows(readFileSync(file, "utf8")));
  } catch (error) {
    throw seedError(seed, errorText(error), "correct it; without `psql` on this machine it may hold neither backslash commands nor COPY FROM stdin");
  }
}

function seedError(seed: string, trouble: string, hint: string): UserError {
  return new UserError({ reason: "prepare_failed", message: `${seed} could not be read into the database: ${trouble}`, hint: `${hint}; nothing of it was kept` });
}

/** Beside the server, else on the PATH. */
function findTool(name: string, { runtime }: Input, host: Host): string | undefined {
  return findPrograms([name], [...(runtime === undefined ? [] : [dirname(runtime.program)]), ...pathDirectories(host.environment)])[0];
}

const toolMs = 15 * 60_000;

async function runTool(argv: readonly string[], place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const result = await host.runProgram(argv, {
    directory: input.projectRoot,
    timeoutMs: toolMs,
    signal: input.signal,
    environment: { PATH: host.environment["PATH"] ?? "/usr/bin:/bin", HOME: "/nonexistent", LC_ALL: "C.UTF-8", PGHOST: "127.0.0.1", PGPORT: String(place.port), PGUSER: place.user, PGPASSWORD: place.password },
  });
  input.signal.throwIfAborted();
  if (result.code !== 0) throw seedError(input.settings.seed, result.trouble ?? result.stderr, "correct it and start again");
}

async function ensureExtensions(sql: Sql, input: Input): Promise<void> {
  for (const extension of input.settings.extensions) {
    try {
      await sql.rows(`create extension if not exists ${quotedName(extension)} cascade`);
    } catch (error) {
      throw new UserError(await extensionFailure(sql, extension, error, input));
    }
  }
}

async function extensionFailure(sql: Sql, extension: string, error: unknown, input: Input): Promise<Failure> {
  const available = (await sql.rows("select name from pg_available_extensions order by name")).map(({ name }) => String(name));
  const isThere = available.includes(extension);
  const nearest = nearestName(extension, available);
  return {
    reason: "prepare_failed",
    message: isThere ? `the extension ${extension} could not be created: ${errorText(error)}` : `this PostgreSQL ${input.runtime?.version ?? input.settings.version} has no extension "${extension}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`,
    hint: isThere ? `see requirements.${input.name}.extensions` : `available: ${available.join(", ")}; for others set requirements.${input.name}.${input.runtime === undefined ? "image to one" : "path to a server"} that has them`,
  };
}

/** Deletes the database a worktree had on Main's PostgreSQL. */
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { DropInput } from "./adapter.ts";
import { namesIn } from "./engines/embedded.ts";
import { runStill } from "./postgres-data.ts";
import { quotedName, type PostgresSettings } from "./postgres-settings.ts";
import { withSql, type PostgresPlace } from "./postgres-sql.ts";

type Input = DropInput<PostgresSettings>;

/** Whoever is still connected to it is disconnected. A server that is down is not started for it: its files are changed by its own program. */
export async function dropPostgresDatabase(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const { database, isLive, signal } = input;
  const statement = `drop database if exists ${quotedName(database)}`;
  if (!isLive) return dropStill(input, `${statement};`, host);
  await withSql({ ...place, database: "postgres" }, signal, async (sql) => {
    // `with (force)` is known from version 13 on only.
    await sql.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [database]);
    await sql.rows(statement);
  });
}

async function dropStill(input: Input, statement: string, host: Host): Promise<void> {
  const { runtime, dataDirectory, database, project, name, settings, progress, signal } = input;
  if (runtime === undefined) throw new UserError({ reason: "not_running", message: `${project}/${name} does not run, so its database ${database} stays`, hint: `start it, then: envctl db shell --project ${project} -- -c 'drop database ${quotedName(database)}'` });
  if (namesIn(dataDirectory).length === 0) return;
  await runStill({ name, directory: dataDirectory, settings, runtime, password: "", host, progress, signal }, [statement]);
}

/**
 * A copy of a data directory that a server can begin with. A running server is told that a backup is made: from then on its
 * log holds whole pages, so files that change while they are read are repaired from the log when the copy starts.
 * Source: PostgreSQL's "Making a Base Backup Using the Low Level API".
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, chownSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyTree, type TreeCopy } from "../host/copy-tree.ts";
import type { Host } from "../host/host.ts";
import { processTableOf } from "../host/process-table.ts";
import { UserError } from "../model/failure.ts";
import type { CopyInput } from "./adapter.ts";
import { copyTold } from "./copy-words.ts";
import { writeOwnFile } from "./engines/account.ts";
import { namesIn } from "./engines/embedded.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import { withSql, type PostgresPlace, type Sql } from "./postgres-sql.ts";

type Input = CopyInput<PostgresSettings>;

/** Of the server process, not of the data. */
const ofProcess = ["postmaster.pid", "postmaster.opts"];
const log = "pg_wal";

/** Throws a UserError when the data cannot be copied, a system's error on a full disk. */
export async function copyPostgres(place: PostgresPlace, input: Input, host: Host): Promise<void> {
  const { dataDirectory } = input;
  if (namesIn(join(dataDirectory, "pg_tblspc")).length > 0) throw copyError(input, "it has tablespaces outside of its data directory", "dump it with pg_dump instead");
  if (input.isLive) return withSql({ ...place, database: "postgres" }, input.signal, (sql) => copyLive(sql, input, host));
  const file = join(dataDirectory, "postmaster.pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : Number.NaN;
  if (Number.isInteger(pid) && processTableOf(host.machine).row(pid) !== undefined) throw copyError(input, `a server that this run does not know uses it (pid ${pid})`, "stop that one first");
  await copied(input, host, input.to, dataDirectory, { omit: ofProcess, told: copyTold(input) });
}

async function copyLive(sql: Sql, input: Input, host: Host): Promise<void> {
  const [found] = await sql.rows("select current_setting('server_version_num')::int as number");
  const isModern = Number(found?.["number"]) >= 150_000;
  const mark = `envctl_${randomBytes(6).toString("hex")}`;
  // Keeps the log from here on, however much is written; it goes with this connection.
  await sql.rows("select pg_create_physical_replication_slot($1, true, true)", [mark]);
  const [begun] = await sql.rows(isModern ? "select pg_walfile_name(pg_backup_start($1, true)) as file" : "select pg_walfile_name(pg_start_backup($1, true, false)) as file", [mark]);
  await copied(input, host, input.to, input.dataDirectory, { omit: [...ofProcess, log], mayVanish: true, told: copyTold(input) });
  const [ended] = await sql.rows(isModern ? "select pg_walfile_name(lsn) as file, labelfile from pg_backup_stop(false)" : "select pg_walfile_name(lsn) as file, labelfile from pg_stop_backup(false, false)");
  await copyLog(input, host, String(begun?.["file"]), String(ended?.["file"]));
  const { serverAccount } = host.machine;
  writeOwnFile(join(input.to, "backup_label"), String(ended?.["labelfile"]), serverAccount);
  // Slots of the original would keep its log for ever.
  for (const slot of namesIn(join(input.to, "pg_replslot"))) rmSync(join(input.to, "pg_replslot", slot), { recursive: true, force: true });
}

/** The segments between the begin and the end of the copy; their names sort by their place in the log. */
async function copyLog(input: Input, host: Host, first: string, last: string): Promise<void> {
  const names = namesIn(join(input.dataDirectory, log));
  const wanted = names.filter((name) => (/^[0-9A-F]{24}$/.test(name) && name.slice(8) >= first.slice(8) && name.slice(8) <= last.slice(8)) || name.endsWith(".history"));
  const to = join(input.to, log);
  for (const directory of [to, join(to, "archive_status")]) makeOwn(directory, host);
  await copied(input, host, to, join(input.dataDirectory, log), { omit: names.filter((name) => !wanted.includes(name)), mayVanish: true });
  // Segments being made come and go under passing names; those that are needed must be there.
  const lost = wanted.find((name) => !namesIn(to).includes(name));
  if (lost !== undefined) throw copyError(input, `${log}/${lost} went away meanwhile`, "try again");
}

function makeOwn(directory: string, { machine: { serverAccount } }: Host): void {
  mkdirSync(directory, { mode: 0o700 });
  if (serverAccount !== undefined) chownSync(directory, serverAccount.uid, serverAccount.gid);
}

async function copied(input: Input, { machine }: Host, to: string, from: string, more: Pick<TreeCopy, "omit" | "mayVanish" | "told">): Promise<void> {
  const trouble = await copyTree({ from, to, platform: machine.platform, account: machine.serverAccount, signal: input.signal, ...more });
  input.signal.throwIfAborted();
  if (trouble !== undefined) throw copyError(input, trouble, "free some space, and try again");
}

function copyError({ dataDirectory }: Input, trouble: string, hint: string): UserError {
  return new UserError({ reason: "prepare_failed", message: `the data in ${dataDirectory} could not be copied: ${trouble}`, hint });
}

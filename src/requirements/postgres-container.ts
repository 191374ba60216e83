/** Images of PostgreSQL, and how they are told what to be. */
import type { DraftInput, VolumeCopies } from "./adapter.ts";
import { postgresPort, quotedName, type PostgresSettings } from "./postgres-settings.ts";

/** Tags that do not move, by major version. */
const images: Readonly<Record<number, string>> = {
  18: "postgres:18.1", 17: "postgres:17.7", 16: "postgres:16.11", 15: "postgres:15.15", 14: "postgres:14.20",
  13: "postgres:13.23", 12: "postgres:12.22", 11: "postgres:11.22", 10: "postgres:10.23",
};

/** From 18 on the image keeps data in a directory of the version, below the volume. */
const firstWithVersionDirectory = 18;

/** Undefined for a version there is no image of. */
export function postgresImage({ version }: PostgresSettings): string | undefined {
  return images[version];
}

/** For the official image, or one like it. */
export function postgresInContainer({ settings: { user, database, version }, secret }: DraftInput<PostgresSettings>): { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly volume: string; readonly port: number } {
  return {
    command: [],
    env: { POSTGRES_USER: user, POSTGRES_PASSWORD: secret("password"), POSTGRES_DB: database },
    volume: volumeOf(version),
    port: postgresPort,
  };
}

function volumeOf(version: number): string {
  return version >= firstWithVersionDirectory ? "/var/lib/postgresql" : "/var/lib/postgresql/data";
}

/** Room is looked for first, where the image has a program for that. */
const roomCheck = (target: string): string => `if command -v df >/dev/null; then
  needed=$(psql -w -h 127.0.0.1 -p ${postgresPort} -d postgres -Atqc "select (sum(pg_database_size(oid)) / 1048576)::int + 32 from pg_database")
  set -- $(df -Pk ${target} | tail -n 1) && free=$(($4 / 1024))
  if [ "$free" -lt "$needed" ]; then echo "error: a copy needs $needed MB, and $free MB are free"; exit 1; fi
fi`;

/**
 * A running server makes a base backup of itself. The password is among the data: for another project the copy gets that one's, by
 * the server's program without a server, where nobody can connect.
 */
export function postgresCopies({ settings: { user, version }, secret }: DraftInput<PostgresSettings>): VolumeCopies {
  const place = { user: "postgres", target: volumeOf(version) };
  return {
    whileRunning: { ...place, env: { PGUSER: user, PGPASSWORD: secret("password") }, script: `${roomCheck(place.target)}\npg_basebackup -P -N -w -h 127.0.0.1 -p ${postgresPort} -D "$PGDATA" -X stream -c fast && chmod 700 "$PGDATA" && { sync 2>/dev/null || true; }` },
    makeOwn: { ...place, env: { NEW_PASSWORD: secret("password") }, script: `exec postgres --single -c exit_on_error=on -D "$PGDATA" postgres >/dev/null <<END\nalter role ${quotedName(user)} password '$NEW_PASSWORD'\nEND` },
  };
}

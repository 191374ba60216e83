/** Data directories of PostgreSQL: a template made once, clones of it, and what is set inside by single-user mode. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyTree } from "../host/copy-tree.ts";
import type { Host } from "../host/host.ts";
import { processTableOf } from "../host/process-table.ts";
import { UserError } from "../model/failure.ts";
import { hashOf } from "../model/hash.ts";
import type { Runtime } from "./adapter.ts";
import { canExecute, makeParents, takeOver, writeOwnFile } from "./engines/account.ts";
import { buildDirectory, namesIn, type DirectoryRequest } from "./engines/embedded.ts";
import { isSeedFile, quotedName, type PostgresSettings } from "./postgres-settings.ts";

export interface PostgresData {
  readonly name: string;
  readonly directory: string;
  readonly settings: PostgresSettings;
  readonly runtime: Runtime;
  readonly password: string;
  readonly host: Host;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Added to what initdb writes. Durability keeps its defaults: data of a project has to survive a power cut. */
const configuration = `
# envctl: reachable from this machine only; the port is given on the command line.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 16MB
log_destination = 'stderr'
logging_collector = off
`;
/** Before it recovers, a server forces a thousand files to the disk, one by one; Linux can do that at once. From version 14. */
const syncAtOnce = "recovery_init_sync_method = syncfs\n";

function configurationOf({ settings, host }: PostgresData): string {
  return host.machine.platform === "linux" && settings.version >= 14 ? configuration + syncAtOnce : configuration;
}

const accessRules = "# envctl: a password, and this machine only\nhost all all 127.0.0.1/32 scram-sha-256\n";

/** Makes the directory ready for the server, or checks the one that is there. Throws a UserError when its data do not fit. */
export async function preparePostgres(data: PostgresData): Promise<void> {
  const { directory, host } = data;
  makeParents(directory, host);
  requireExecutable(data);
  if (namesIn(directory).length === 0) {
    const template = await ensureTemplate(data);
    await buildDirectory({
      target: directory,
      host,
      owner: owner(host),
      build: async (temporary) => {
        await cloned(data, template, temporary);
        if (isSeedFile(data.settings.seed)) writeOwnFile(join(temporary, seedPendingFile), "", host.machine.serverAccount);
      },
    });
  }
  // Also after building: when another process was faster, its directory counts.
  checkMajor(data);
  await takeOver(directory, host, data.signal);
  clearDeadLock(directory, host);
  if (!isMarked(data)) await setInside(data, directory);
}

/**
 * A killed server leaves its lock. PostgreSQL clears it unless the pid still exists, and a zombie, which stays for ever
 * where process 1 does not collect the dead (many containers), counts as existing for it.
 */
function clearDeadLock(directory: string, host: Host): void {
  const file = join(directory, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (Number.isInteger(pid) && processTableOf(host.machine).row(pid) === undefined) rmSync(file, { force: true });
}

/** Runs statements where no server runs. Throws a UserError with PostgreSQL's words when one fails. */
export async function runStill(data: PostgresData, statements: readonly string[]): Promise<void> {
  requireExecutable(data);
  clearDeadLock(data.directory, data.host);
  await singleUser(data, data.directory, statements);
}

function requireExecutable({ runtime, host }: PostgresData): void {
  if (canExecute(runtime.program, host.machine.serverAccount)) return;
  throw new UserError({
    reason: "prepare_failed",
    message: `${runtime.program} cannot be run by the user the server runs as (uid ${host.machine.serverAccount?.uid})`,
    hint: "install PostgreSQL where every user can run it, or allow passing through the directories above it: chmod o+x",
  });
}

function checkMajor({ name, directory, settings }: PostgresData): void {
  const file = join(directory, "PG_VERSION");
  const found = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (found === String(settings.version)) return;
  const hint = found === undefined
    ? "move its files away; nothing in it was touched"
    : `set requirements.${name}.version to ${found}, or move the directory away to begin with empty data; nothing in it was touched`;
  const holds = found === undefined ? "not a PostgreSQL data directory" : `of PostgreSQL ${found}`;
  throw new UserError({ reason: "data_incompatible", message: `the data directory of ${name} is ${holds}, but version ${settings.version} is configured: ${directory}`, hint });
}

/** The template of this exact server, user and database. */
async function ensureTemplate(data: PostgresData): Promise<string> {
  const { settings, runtime, host } = data;
  const identity = { program: runtime.program, user: settings.user, database: settings.database, account: host.machine.serverAccount, configuration: configurationOf(data), accessRules };
  const target = join(host.paths.cacheRoot, "templates", `postgres-${runtime.version}-${hashOf(identity)}`);
  if (!existsSync(join(target, "PG_VERSION"))) {
    data.progress(`preparing PostgreSQL ${runtime.version}`);
    await buildDirectory({ target, host, owner: owner(host), build: (temporary) => initialised(data, temporary) });
  }
  return target;
}

/** C.UTF-8 sorts by code point and knows upper and lower case; not every system has it. */
const locales = ["C.UTF-8", "C"] as const;

async function initialised(data: PostgresData, directory: string): Promise<void> {
  let trouble = "";
  for (const locale of locales) {
    const initdb = join(dirname(data.runtime.program), "initdb");
    const result = await run(data, directory, [initdb, "-D", directory, "-U", data.settings.user, "-E", "UTF8", `--locale=${locale}`, "--no-sync", "--auth=reject"]);
    if (result.code === 0) {
      appendFileSync(join(directory, "postgresql.conf"), configurationOf(data));
      writeFileSync(join(directory, "pg_hba.conf"), accessRules);
      return singleUser(data, directory, [`CREATE DATABASE ${quotedName(data.settings.database)};`]);
    }
    trouble = result.trouble ?? result.stderr;
  }
  // Words of initdb in a container that runs as a bare number.
  const hint = trouble.includes("could not look up effective user ID") ? { hint: "PostgreSQL wants an account: add a line for this user to /etc/passwd, or use another engine (`engine: docker`, `engine: external`)" } : {};
  throw new UserError({ reason: "prepare_failed", message: `initdb of PostgreSQL ${data.runtime.version} failed: ${trouble}`, ...hint });
}

async function cloned(data: PostgresData, template: string, directory: string): Promise<void> {
  const { host, signal } = data;
  const trouble = await copyTree({ from: template, to: directory, platform: host.machine.platform, account: host.machine.serverAccount, signal });
  signal.throwIfAborted();
  if (trouble !== undefined) throw new UserError({ reason: "prepare_failed", message: `the template ${template} could not be copied: ${trouble}`, hint: "free some space, or delete the template: it is made again" });
  await setInside(data, directory);
}

/** User, password and database, then the mark that says so. Does no harm when repeated. */
async function setInside(data: PostgresData, directory: string): Promise<void> {
  const { user, database } = data.settings;
  await singleUser(data, directory, [
    `CREATE ROLE ${quotedName(user)} SUPERUSER LOGIN;`,
    `ALTER ROLE ${quotedName(user)} PASSWORD '${data.password.replaceAll("'", "''")}';`,
    `CREATE DATABASE ${quotedName(database)} OWNER ${quotedName(user)};`,
  ]);
  writeOwnFile(join(directory, markFile), markText(data), data.host.machine.serverAccount);
}

/** Codes of "exists already" for a role and a database. */
const harmless: readonly string[] = ["42710", "42P04"];

/**
 * Runs statements, one per line, without a network: a server that is not up yet can be told its password. The password
 * goes in by the standard input and is kept out of error messages.
 */
async function singleUser(data: PostgresData, directory: string, statements: readonly string[]): Promise<void> {
  const options = ["password_encryption=scram-sha-256", "log_error_verbosity=verbose", "log_min_error_statement=panic", "lc_messages=C", "logging_collector=off", "log_destination=stderr", "log_statement=none"];
  const argv = [data.runtime.program, "--single", "-D", directory, ...options.flatMap((option) => ["-c", option]), "postgres"];
  const result = await run(data, directory, argv, `${statements.join("\n")}\n`);
  const errors = [...result.stderr.matchAll(/\b(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}): (.*)/g)].filter(([, code]) => !harmless.includes(code ?? ""));
  if (result.code === 0 && errors.length === 0) return;
  throw new UserError({
    reason: "prepare_failed",
    message: `${data.name} could not be set up in ${data.directory}: ${errors[0]?.[2] ?? result.trouble ?? result.stderr}`,
    hint: `its directory is kept as it is; PostgreSQL's own words are above`,
  });
}

const timeoutMs = 120_000;

/** The least of an environment: variables of the caller such as PGOPTIONS or TZ must not end up in a shared template. */
async function run({ runtime, host, signal }: PostgresData, directory: string, argv: readonly string[], input?: string): Promise<Awaited<ReturnType<Host["runProgram"]>>> {
  const { serverAccount } = host.machine;
  const result = await host.runProgram(argv, {
    directory,
    timeoutMs,
    signal,
    environment: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", ...runtime.env },
    ...(input === undefined ? {} : { input }),
    ...(serverAccount === undefined ? {} : { account: serverAccount }),
  });
  signal.throwIfAborted();
  return result;
}

const markFile = "envctl-prepared.json";
/** In a directory that began empty and waits for the file it is to be filled from. */
export const seedPendingFile = "envctl-seed-pending";

/** What was set inside, without the password itself. */
function markText({ settings, password }: PostgresData): string {
  const passwordHash = createHash("sha256").update(password).digest("hex");
  return `${JSON.stringify({ schemaVersion: 1, user: settings.user, database: settings.database, passwordHash })}\n`;
}

function isMarked(data: PostgresData): boolean {
  const file = join(data.directory, markFile);
  return existsSync(file) && readFileSync(file, "utf8") === markText(data);
}

function owner({ machine }: Host): DirectoryRequest["owner"] {
  return machine.serverAccount ?? "caller";
}

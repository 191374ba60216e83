/** Where Redis comes from: a configured path, the PATH, or a Debian package unpacked into the cache. */
import { realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { PrepareInput, Runtime } from "./adapter.ts";
import { canExecute } from "./engines/account.ts";
import { expandHome, findPrograms, isExecutable, namesIn, pathDirectories, runtimesDirectory } from "./engines/embedded.ts";
import { installCommand } from "./engines/install-command.ts";
import { canUnpackDebian, fetchDebianRedis } from "./redis-debian.ts";

export interface RedisSettings {
  /** `7` or `7.2.4`: what the server's version has to begin with; undefined takes any. */
  readonly version: string | undefined;
  /** Port of the main checkout. */
  readonly port: number;
  /** The server program, or the directory it is in. */
  readonly path: string | undefined;
  /** Whether data outlive the server. */
  readonly persist: boolean;
  readonly isolation: "isolated";
}

const programNames = ["redis-server", "valkey-server"] as const;

export async function locateRedis(settings: RedisSettings, host: Host): Promise<Runtime | undefined> {
  if (settings.path !== undefined) return configuredRedis(settings, settings.path, host);
  for (const program of findPrograms(programNames, pathDirectories(host.environment))) {
    if (!canExecute(realpathSync(program), host.machine.serverAccount)) continue;
    const version = await redisVersion(program, {}, host);
    if (version !== undefined && fits(version, settings)) return { program, version, source: "PATH", env: {} };
  }
  return cachedRedis(settings, host);
}

/** On Debian and its relatives without root and without installing; elsewhere a person has to install it. */
export async function fetchRedis(settings: RedisSettings, host: Host, progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<Runtime> {
  if (!canUnpackDebian(host)) throw missing(settings, host);
  try {
    const version = await fetchDebianRedis({ host, progress, signal }, (program, env) => redisVersion(program, env, host));
    const runtime = cachedRedis(settings, host);
    if (runtime === undefined) throw new Error(`the system's packages have ${version}`);
    return runtime;
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw missing(settings, host, errorText(error));
  }
}

async function configuredRedis(settings: RedisSettings, path: string, host: Host): Promise<Runtime> {
  const full = expandHome(path, host.environment);
  const program = [full, ...programNames.map((name) => join(full, name))].find(isExecutable);
  const version = program === undefined ? undefined : await redisVersion(program, {}, host);
  const trouble = (message: string, hint: string): UserError => new UserError({ reason: "configuration_invalid", message, hint });
  if (program === undefined || version === undefined) throw trouble(`no Redis server is at the configured path ${full}`, "set `path` to `redis-server` or `valkey-server`, or to the directory it is in");
  if (!fits(version, settings)) throw trouble(`${program} is version ${version}, but ${settings.version} is configured`, "change `version` or `path` of the requirement");
  return { program, version, source: "configured path", env: {} };
}

/** The newest unpacked Debian package that fits. */
function cachedRedis(settings: RedisSettings, host: Host): Runtime | undefined {
  const prefix = "redis-debian-";
  const versions = namesIn(runtimesDirectory(host))
    .filter((name) => name.startsWith(prefix) && /^[\d.]+$/.test(name.slice(prefix.length)))
    .map((name) => name.slice(prefix.length))
    .sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
  for (const version of versions.filter((one) => fits(one, settings))) {
    const directory = join(runtimesDirectory(host), `${prefix}${version}`);
    const program = join(directory, "redis-server");
    if (isExecutable(program)) return { program, version, source: `Debian package, unpacked in ${basename(directory)}`, env: { LD_LIBRARY_PATH: join(directory, "lib") } };
  }
  return undefined;
}

function fits(version: string, settings: RedisSettings): boolean {
  return settings.version === undefined || `${version}.`.startsWith(`${settings.version}.`);
}

async function redisVersion(program: string, env: Readonly<Record<string, string>>, host: Host): Promise<string | undefined> {
  const { stdout } = await host.runProgram([program, "--version"], { timeoutMs: 10_000, environment: { ...host.environment, ...env } });
  return /^(?:Redis|Valkey) server v=(\d+(?:\.\d+)*)/i.exec(stdout)?.[1];
}

function missing({ version }: RedisSettings, host: Host, because?: string): UserError {
  const command = installCommand({ brew: "redis", "apt-get": "redis-server", dnf: "redis", apk: "redis", pacman: "valkey" }, host);
  const install = command === undefined ? "install redis-server or valkey-server" : `install it: ${command}`;
  const wanted = version === undefined ? "Redis" : `Redis ${version}`;
  return new UserError({
    reason: "runtime_missing",
    message: `${wanted} is not on this machine: no fitting redis-server or valkey-server on the PATH${because === undefined ? "" : `, and fetching it failed: ${because}`}`,
    hint: `${install}; or set \`path\` of the requirement to the server program`,
  });
}

/** postgres-meta without containers: the database's schema over HTTP, from npm, which installs it into the cache on first use. */
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import type { UnitDraft } from "../model/unit.ts";
import type { DraftInput, EmbeddedPart, PrepareInput, Runtime } from "./adapter.ts";
import { canExecute } from "./engines/account.ts";
import { buildDirectory, runtimesDirectory } from "./engines/embedded.ts";
import { metaOffset, supabaseAdmin, supabaseDatabase, type SupabaseSettings } from "./supabase-settings.ts";

const version = "0.99.0";
const packageName = "@supabase/postgres-meta";

/** It listens on the number after its port, too: for figures of its own. */
export function embeddedMeta({ port: gatewayPort, db_port }: SupabaseSettings): EmbeddedPart<SupabaseSettings> {
  const base = gatewayPort + metaOffset;
  const portOf = ({ ports }: DraftInput<SupabaseSettings>): number => ports["meta"] ?? base;
  return {
    name: "meta",
    after: [],
    ports: { meta: base, meta_admin: base + 1 },
    locate: async (host) => installed(host),
    fetch,
    draft: (input) => draft(input, portOf(input), input.ports["main"] ?? db_port),
    values: (input) => ({ meta_url: `http://127.0.0.1:${portOf(input)}` }),
  };
}

function draft({ secret, runtime }: DraftInput<SupabaseSettings>, port: number, databasePort: number): UnitDraft {
  return {
    command: [process.execPath, runtime?.program ?? "postgres-meta"],
    env: {
      PG_META_HOST: "127.0.0.1",
      PG_META_PORT: String(port),
      PG_META_DB_HOST: "127.0.0.1",
      PG_META_DB_PORT: String(databasePort),
      PG_META_DB_NAME: supabaseDatabase,
      PG_META_DB_USER: supabaseAdmin,
      PG_META_DB_PASSWORD: secret("password"),
      CRYPTO_KEY: secret("meta_key"),
    },
    ready: { kind: "http", port, path: "/health" },
    readyTimeoutMs: 60_000,
    stop: { signal: "SIGTERM", to: "leader", graceMs: 5000 },
    url: `http://127.0.0.1:${port}`,
  };
}

function installed(host: Host): Runtime | undefined {
  const program = join(directoryOf(host), "node_modules", packageName, "dist", "server", "server.js");
  return existsSync(program) ? { program, version, source: `npm package ${packageName}@${version}`, env: {} } : undefined;
}

async function fetch(host: Host, progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<Runtime> {
  if (!canExecute(realpathSync(process.execPath), host.machine.serverAccount)) throw missing(`${process.execPath} cannot be run by the user servers run as (uid ${host.machine.serverAccount?.uid})`);
  try {
    await buildDirectory({ target: directoryOf(host), host, owner: "everyone", build: (directory) => install(directory, host, progress, signal) });
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw missing(`installing it with npm failed: ${errorText(error)}`);
  }
  const runtime = installed(host);
  if (runtime === undefined) throw missing("npm installed no server program");
  return runtime;
}

const installMs = 15 * 60_000;

/** Nothing of the packages is executed. */
async function install(directory: string, host: Host, progress: PrepareInput<unknown>["progress"], signal: AbortSignal): Promise<void> {
  progress(`installing postgres-meta ${version} with npm, once for all projects: 210 MB`);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "postgres-meta-of-envctl", private: true, dependencies: { [packageName]: version } }));
  const steps = [["npm", "install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"], ["chmod", "-R", "u+rwX,go+rX", directory]];
  for (const argv of steps) {
    const result = await host.runProgram(argv, { directory, timeoutMs: installMs, signal, environment: host.environment });
    signal.throwIfAborted();
    if (result.code !== 0) throw new Error(result.trouble ?? result.stderr.split("\n").filter((line) => line.startsWith("npm error")).slice(0, 3).join(" "));
  }
}

function directoryOf(host: Host): string {
  return join(runtimesDirectory(host), `postgres-meta-${version}`);
}

function missing(because: string): UserError {
  return new UserError({ reason: "runtime_missing", message: `postgres-meta ${version} is not on this machine, and ${because}`, hint: `see that \`npm view ${packageName} version\` works in your terminal; or leave \`meta\` out of the requirement's services` });
}

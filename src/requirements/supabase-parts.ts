/**
 * The servers of Supabase in containers, one row each: image, port, environment, and what tells that it is ready. What they are
 * told is what the platform's own set-up for self-hosting tells them. Every image is pinned.
 */
import { containerHostName } from "../model/container.ts";
import type { Probe } from "../model/unit.ts";
import type { DockerDraft, DockerPart, DraftInput } from "./adapter.ts";
import { gatewayHealthPath, gatewayProgram, type GatewayRoute } from "./supabase-gateway.ts";
import { functionsMain } from "./supabase-functions.ts";
import { metaOffset, supabaseDatabase, supabaseParts, type SupabasePart, type SupabaseSettings } from "./supabase-settings.ts";

type Input = DraftInput<SupabaseSettings>;
type Environment = Readonly<Record<string, string>>;

/** By major version of PostgreSQL. */
export const databaseImages: Readonly<Record<number, string>> = { 15: "supabase/postgres:15.8.1.085", 17: "supabase/postgres:17.4.1.067" };

interface PartRow {
  readonly image: string;
  /** The number it listens on inside. */
  readonly port: number;
  /** Where its port on this machine is, from the gateway's. */
  readonly offset: number;
  readonly after?: readonly SupabasePart[];
  readonly ready: (port: number) => Probe;
  readonly env: (input: Input) => Environment;
  readonly more?: (input: Input) => Pick<DockerDraft, "volume" | "entrypoint" | "mounts"> & Partial<Pick<DockerDraft, "command">>;
}

/** Any answer but a failure of its own: what is asked there may need more than a probe has. */
function answering(path: string, host: string): PartRow["ready"] {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return (port) => ({ kind: "exchange", port, send: Buffer.from(request).toString("base64"), expect: "^HTTP/1\\.[01] [1-4]" });
}

function healthy(path: string): PartRow["ready"] {
  return (port) => ({ kind: "http", port, path });
}

/** The part of the changes feed's host name that says which of its tenants is meant; its own set-up makes this one. */
const realtimeHost = "realtime-dev.supabase-realtime";
/** The length is fixed: it is a key of AES-128. It protects settings of the tenant in a table of the project's own database. */
const realtimeEncryptionKey = "supabaserealtime";
const tokenSeconds = "3600";
const exposedSchemas = "public,storage,graphql_public";

const rows: Readonly<Record<SupabasePart, PartRow>> = {
  auth: {
    image: "supabase/gotrue:v2.186.0", port: 9999, offset: 4, ready: healthy("/health"),
    env: (input) => ({
      GOTRUE_API_HOST: "0.0.0.0",
      GOTRUE_API_PORT: "9999",
      API_EXTERNAL_URL: publicUrl(input, "auth", "/auth/v1"),
      GOTRUE_DB_DRIVER: "postgres",
      GOTRUE_DB_DATABASE_URL: databaseUrl(input, "supabase_auth_admin", "postgres"),
      GOTRUE_SITE_URL: "http://localhost:3000",
      GOTRUE_URI_ALLOW_LIST: "http://localhost:*,http://127.0.0.1:*",
      GOTRUE_DISABLE_SIGNUP: "false",
      GOTRUE_JWT_ADMIN_ROLES: "service_role",
      GOTRUE_JWT_AUD: "authenticated",
      GOTRUE_JWT_DEFAULT_GROUP_NAME: "authenticated",
      GOTRUE_JWT_EXP: tokenSeconds,
      GOTRUE_JWT_SECRET: input.secret("jwt_secret"),
      GOTRUE_EXTERNAL_EMAIL_ENABLED: "true",
      GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: "true",
      // Nobody reads mail here.
      GOTRUE_MAILER_AUTOCONFIRM: "true",
      GOTRUE_EXTERNAL_PHONE_ENABLED: "true",
      GOTRUE_SMS_AUTOCONFIRM: "true",
    }),
  },
  rest: {
    image: "postgrest/postgrest:v14.5", port: 3000, offset: 5, ready: answering("/", "rest"),
    env: (input) => ({
      PGRST_DB_URI: databaseUrl(input, "authenticator", "postgres"),
      PGRST_DB_SCHEMAS: exposedSchemas,
      PGRST_DB_MAX_ROWS: "1000",
      PGRST_DB_EXTRA_SEARCH_PATH: "public,extensions",
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_USE_LEGACY_GUCS: "false",
      PGRST_JWT_SECRET: input.secret("jwt_secret"),
      PGRST_APP_SETTINGS_JWT_SECRET: input.secret("jwt_secret"),
      PGRST_APP_SETTINGS_JWT_EXP: tokenSeconds,
    }),
  },
  realtime: {
    image: "supabase/realtime:v2.78.15", port: 4000, offset: 6, ready: answering("/api/ping", realtimeHost),
    env: (input) => ({
      PORT: "4000",
      DB_HOST: hostOf(input),
      DB_PORT: "5432",
      DB_USER: "supabase_admin",
      DB_PASSWORD: input.secret("password"),
      DB_NAME: supabaseDatabase,
      DB_AFTER_CONNECT_QUERY: "SET search_path TO _realtime",
      DB_ENC_KEY: realtimeEncryptionKey,
      API_JWT_SECRET: input.secret("jwt_secret"),
      METRICS_JWT_SECRET: input.secret("jwt_secret"),
      // 64 characters at least.
      SECRET_KEY_BASE: `${input.secret("realtime_key")}${input.secret("realtime_salt")}`,
      ERL_AFLAGS: "-proto_dist inet_tcp",
      DNS_NODES: "''",
      RLIMIT_NOFILE: "10000",
      APP_NAME: "realtime",
      SEED_SELF_HOST: "true",
      RUN_JANITOR: "true",
      DISABLE_HEALTHCHECK_LOGGING: "true",
    }),
  },
  storage: {
    image: "supabase/storage-api:v1.44.2", port: 5000, offset: 7, after: ["rest"], ready: healthy("/status"),
    env: (input) => ({
      ...keys(input, "SERVICE_KEY"),
      POSTGREST_URL: urlOf(input, "rest"),
      PGRST_JWT_SECRET: input.secret("jwt_secret"),
      DATABASE_URL: databaseUrl(input, "supabase_storage_admin", "postgres"),
      REQUEST_ALLOW_X_FORWARDED_PATH: "true",
      FILE_SIZE_LIMIT: "52428800",
      STORAGE_BACKEND: "file",
      FILE_STORAGE_BACKEND_PATH: "/var/lib/storage",
      GLOBAL_S3_BUCKET: "stub",
      TENANT_ID: "stub",
      REGION: "local",
      ENABLE_IMAGE_TRANSFORMATION: "false",
    }),
    more: () => ({ volume: "/var/lib/storage" }),
  },
  meta: {
    image: "supabase/postgres-meta:v0.95.2", port: 8080, offset: metaOffset, ready: healthy("/health"),
    env: (input) => ({
      PG_META_PORT: "8080",
      PG_META_DB_HOST: hostOf(input),
      PG_META_DB_PORT: "5432",
      PG_META_DB_NAME: supabaseDatabase,
      PG_META_DB_USER: "supabase_admin",
      PG_META_DB_PASSWORD: input.secret("password"),
      CRYPTO_KEY: input.secret("meta_key"),
    }),
  },
  studio: {
    image: "supabase/studio:2026.02.16-sha-26c615c", port: 3000, offset: 2, after: ["meta"], ready: healthy("/api/platform/profile"),
    env: (input) => ({
      HOSTNAME: "0.0.0.0",
      STUDIO_PG_META_URL: urlOf(input, "meta"),
      POSTGRES_HOST: hostOf(input),
      POSTGRES_PORT: "5432",
      POSTGRES_DB: supabaseDatabase,
      POSTGRES_PASSWORD: input.secret("password"),
      PG_META_CRYPTO_KEY: input.secret("meta_key"),
      PGRST_DB_SCHEMAS: exposedSchemas,
      DEFAULT_ORGANIZATION_NAME: "envctl",
      DEFAULT_PROJECT_NAME: input.project,
      SUPABASE_URL: urlOf(input, "gateway"),
      SUPABASE_PUBLIC_URL: publicUrl(input, "studio", ""),
      ...keys(input, "SUPABASE_SERVICE_KEY", "SUPABASE_ANON_KEY"),
      AUTH_JWT_SECRET: input.secret("jwt_secret"),
      NEXT_PUBLIC_ENABLE_LOGS: "false",
    }),
  },
  functions: {
    image: "supabase/edge-runtime:v1.70.3", port: 9000, offset: 9, ready: healthy("/_internal/health"),
    env: (input) => ({
      JWT_SECRET: input.secret("jwt_secret"),
      SUPABASE_URL: urlOf(input, "gateway"),
      ...keys(input, "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ANON_KEY"),
      SUPABASE_DB_URL: databaseUrl(input, "postgres", "postgresql"),
      ENVCTL_MAIN: functionsMain,
    }),
    more: () => ({
      mounts: [{ from: "supabase/functions", target: "/home/deno/functions" }],
      entrypoint: ["sh", "-c", 'mkdir -p /home/deno/main && printf %s "$ENVCTL_MAIN" > /home/deno/main/index.ts && exec edge-runtime start --main-service /home/deno/main --port 9000'],
    }),
  },
  gateway: {
    image: "node:22.21-alpine", port: 8000, offset: 0, ready: healthy(gatewayHealthPath),
    env: (input) => ({ GATEWAY_PORT: "8000", GATEWAY_ROUTES: JSON.stringify(gatewayRoutes(input)), ...keys(input, "SERVICE_KEY") }),
    more: () => ({ command: ["node", "--eval", gatewayProgram] }),
  },
};

/** Path → part, most special first. Parts look at tokens themselves; the gateway asks who may come at all. */
function gatewayRoutes(input: Input): readonly GatewayRoute[] {
  const to = (part: SupabasePart, path = ""): Pick<GatewayRoute, "to" | "missing"> =>
    input.settings.services[part] ? { to: `${urlOf(input, part)}${path}` } : { missing: `${part} is switched off: requirements.supabase.services.${part}` };
  return [
    ...["verify", "callback", "authorize", ".well-known/jwks.json"].map((path): GatewayRoute => ({ path: `/auth/v1/${path}`, ...to("auth", `/${path}`), access: "any" })),
    { path: "/auth/v1", ...to("auth"), access: "key" },
    { path: "/rest/v1", ...to("rest"), access: "key" },
    { path: "/graphql/v1", ...to("rest", "/rpc/graphql"), access: "key" },
    { path: "/realtime/v1/api", ...to("realtime", "/api"), access: "key", host: realtimeHost },
    { path: "/realtime/v1", ...to("realtime", "/socket"), access: "key", host: realtimeHost },
    { path: "/storage/v1", ...to("storage"), access: "any" },
    { path: "/functions/v1", ...to("functions"), access: "any" },
    { path: "/pg", ...to("meta"), access: "service" },
    { path: "/", ...to("studio"), access: "any" },
  ];
}

/** The parts that are switched on; the gateway, which everybody goes through, is the last. */
export function partsOf(settings: SupabaseSettings): readonly DockerPart<SupabaseSettings>[] {
  const on = supabaseParts.filter((part) => settings.services[part]);
  return on.map((name) => {
    const row = rows[name];
    const wanted = name === "gateway" ? on.filter((other) => other !== name) : (row.after ?? []).filter((other) => settings.services[other]);
    return {
      name,
      image: settings.images[name] ?? row.image,
      after: wanted,
      ports: { [portName(name)]: settings.port + row.offset },
      draft: (input) => draft(name, input),
    };
  });
}

/** The gateway's is the one of the API. */
function portName(part: SupabasePart): string {
  return part === "gateway" ? "api" : part;
}

function draft(part: SupabasePart, input: Input): DockerDraft {
  const row = rows[part];
  const port = portOf(part, input);
  return {
    command: [],
    env: row.env(input),
    port: row.port,
    ready: row.ready(port),
    readyTimeoutMs: 120_000,
    stop: { signal: "SIGTERM", to: "leader", graceMs: 5000 },
    url: `http://127.0.0.1:${port}`,
    ...row.more?.(input),
  };
}

/** As containers of the repository call it. */
function hostOf({ project }: Input, part?: SupabasePart): string {
  return containerHostName(project, part === undefined ? "supabase" : `supabase-${part}`);
}

function urlOf(input: Input, part: SupabasePart): string {
  return `http://${hostOf(input, part)}:${rows[part].port}`;
}

/** Where a browser reaches a part: through the gateway, else directly. */
function publicUrl(input: Input, part: SupabasePart, path: string): string {
  return input.settings.services.gateway ? `http://127.0.0.1:${portOf("gateway", input)}${path}` : `http://127.0.0.1:${portOf(part, input)}`;
}

function portOf(part: SupabasePart, { ports, settings }: Input): number {
  return ports[portName(part)] ?? settings.port + rows[part].offset;
}

function databaseUrl(input: Input, user: string, scheme: string): string {
  return `${scheme}://${user}:${input.secret("password")}@${hostOf(input)}:5432/${supabaseDatabase}`;
}

/** Parts call the keys differently. */
function keys({ secret }: Input, service: string, anon = "ANON_KEY"): Environment {
  return { [anon]: secret("anon_key"), [service]: secret("service_role_key") };
}

/** Translates `${ENVCTL_SOURCE_…}` inputs of launch-env sections into our templates. */

/** The services and requirements a template may speak of. */
export interface SourceNames {
  readonly services: readonly string[];
  /** URLs as configured for a service, `<service>.public_url`, as written. */
  readonly urls: ReadonlyMap<string, string>;
  /** Which requirement database inputs mean. */
  readonly database: "postgres" | "supabase";
}

interface Translated {
  readonly template: string;
  /** Requirements the inputs come from. */
  readonly uses: readonly string[];
  /** Names that are neither inputs nor set earlier. */
  readonly unknown: readonly string[];
}

const prefix = "ENVCTL_SOURCE_";
const login = "${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}";

const databaseSources: Readonly<Record<string, string>> = {
  DATABASE_URL: "${postgres.url}",
  SQLALCHEMY_DATABASE_URL: `postgresql+psycopg://${login}`,
  ASYNC_DATABASE_URL: `postgresql+asyncpg://${login}`,
  DB_HOST: "${postgres.host}",
  DB_PORT: "${postgres.port}",
  DB_USER: "${postgres.user}",
  DB_PASSWORD: "${postgres.password}",
  DB_NAME: "${postgres.database}",
};

const otherSources: Readonly<Record<string, string>> = {
  REDIS_URL: "${redis.url}",
  REDIS_HOST: "${redis.host}",
  REDIS_PORT: "${redis.port}",
  N8N_URL: "${n8n.url}",
  N8N_PORT: "${n8n.port}",
  SUPABASE_URL: "${supabase.url}",
  SUPABASE_PUBLIC_URL: "${supabase.url}",
  SUPABASE_PUBLIC_PORT: "${supabase.port}",
  SUPABASE_API_PORT: "${supabase.port}",
  FRONTEND_BASE_URL: "${services.frontend.url}",
  CORS_ORIGINS_RAW: "${services.frontend.url}",
  VITE_BACKEND_URL: "${services.backend.url}",
  VITE_API_URL: "${services.backend.url}/api/v1",
};

/** Translates a template; `earlier` are the variables its section has set above, already translated. */
export function translateTemplate(template: string, names: SourceNames, earlier: ReadonlyMap<string, string>): Translated {
  const uses = new Set<string>();
  const unknown: string[] = [];
  const text = template.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
    const value = earlier.get(name) ?? (name.startsWith(prefix) ? sourceTemplate(name.slice(prefix.length), names) : undefined);
    if (value === undefined) unknown.push(name);
    for (const [, requirement] of (value ?? "").matchAll(/\$\{(postgres|redis|supabase|n8n)\./g)) if (requirement !== undefined) uses.add(requirement);
    return value ?? whole;
  });
  return { template: text, uses: [...uses], unknown };
}

/** An input this version does not know becomes a name without a value: its line is dropped, as for any unavailable input. */
function sourceTemplate(name: string, names: SourceNames): string {
  const database = databaseSources[name];
  if (database !== undefined) return names.database === "postgres" ? database : database.replaceAll("${postgres.", "${supabase.db_");
  const other = otherSources[name];
  if (other !== undefined) return other;
  const supabase = /^SUPABASE_(.+)$/.exec(name)?.[1];
  if (supabase !== undefined) return `\${supabase.${supabase.toLowerCase()}}`;
  return serviceTemplate(name, names) ?? `\${source.${name.toLowerCase()}}`;
}

/** Configured URLs are put in as templates; without one the public URL is the derived one and a health URL is unavailable. */
function serviceTemplate(name: string, names: SourceNames): string | undefined {
  const match = /^(?:SERVICE_)?(.+?)_(HOST|PORT|URL|PUBLIC_URL|HEALTH_URL)$/.exec(name);
  const service = names.services.find((one) => suffixOf(one) === match?.[1]);
  const key = match?.[2]?.toLowerCase();
  if (service === undefined || key === undefined) return undefined;
  const url = names.urls.get(`${service}.${key}`);
  if (url !== undefined) return translateTemplate(url, { ...names, urls: new Map() }, new Map()).template;
  return key === "health_url" ? undefined : `\${services.${service}.${key === "public_url" ? "url" : key}}`;
}

/** `voice-runtime` → `VOICE_RUNTIME`, as in the names of its keys. */
export function suffixOf(service: string): string {
  return service.toUpperCase().replaceAll("-", "_");
}

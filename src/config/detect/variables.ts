/** Variables that a service is given elsewhere (`.env.example`, a Compose file): which of them envctl gives, as templates. */
import type { Proposal } from "./proposal.ts";

export interface Surroundings {
  readonly self: Proposal;
  readonly services: readonly Proposal[];
  /** Host name in values → a requirement or service of ours. */
  readonly hosts: Readonly<Record<string, string>>;
}

export interface Meanings {
  readonly env: Readonly<Record<string, string>>;
  readonly uses: readonly string[];
  /** Secrets nobody gives. */
  readonly expects: readonly string[];
  readonly port?: number;
  readonly guess?: string;
}

const login = "${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}";

/** What a service that depends on the server gets by itself. */
const given: Readonly<Record<string, string>> = {
  DATABASE_URL: "${postgres.url}", SQLALCHEMY_DATABASE_URL: "${postgres.url}", ASYNC_DATABASE_URL: `postgresql+asyncpg://${login}`, REDIS_URL: "${redis.url}",
};

/** Names in which programs expect the parts of a server's address, beside those given anyway. */
const parts: readonly (readonly [pattern: RegExp, template: string])[] = [
  [/^(?:PGHOST|(?:POSTGRES|PG|DATABASE)_HOST|POSTGRES_SERVER)$/, "${postgres.host}"],
  [/^(?:PGPORT|(?:POSTGRES|PG|DATABASE)_PORT)$/, "${postgres.port}"],
  [/^(?:PGUSER|(?:POSTGRES|PG|DATABASE)_USER(?:NAME)?|DB_USERNAME)$/, "${postgres.user}"],
  [/^(?:PGPASSWORD|(?:POSTGRES|PG|DATABASE)_PASS(?:WORD)?|DB_PASS)$/, "${postgres.password}"],
  [/^(?:PGDATABASE|(?:POSTGRES|PG|DATABASE)_(?:DB|DATABASE|NAME)|DB_DATABASE)$/, "${postgres.database}"],
];
const schemes: readonly (readonly [pattern: RegExp, server: string, template: (scheme: string) => string])[] = [
  [/^(postgres(?:ql)?)(?=:)/, "postgres", () => "${postgres.url}"],
  [/^(postgresql\+\w+|postgres\+\w+|ecto)(?=:)/, "postgres", (scheme) => `${scheme}://${login}`],
  [/^(jdbc:postgresql)(?=:)/, "postgres", (scheme) => `${scheme}://\${postgres.host}:\${postgres.port}/\${postgres.database}`],
  [/^(redis)(?=:)/, "redis", () => "${redis.url}"],
];
const supabaseParts: readonly (readonly [pattern: RegExp, template: string])[] = [
  [/^(?:NEXT_PUBLIC_|VITE_|PUBLIC_|NUXT_PUBLIC_|EXPO_PUBLIC_|REACT_APP_)SUPABASE_URL$/, "${supabase.url}"],
  [/^(?:NEXT_PUBLIC_|VITE_|PUBLIC_|NUXT_PUBLIC_|EXPO_PUBLIC_|REACT_APP_)SUPABASE_(?:ANON|PUBLISHABLE)_KEY$/, "${supabase.anon_key}"],
];
/** Given by the requirement itself. */
const ofSupabase = /^SUPABASE_(?:URL|ANON_KEY|SERVICE_ROLE_KEY|JWT_SECRET|DB_URL)$/;
const secret = /(?:KEY|SECRET|TOKEN|PASSWORD|DSN)$/;

/** The lines of a `.env` file, commented ones left out. */
export function pairsOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").map((line) => /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line.trim()));
  return Object.fromEntries(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", (match[2] ?? "").replace(/\s+#.*$/, "").replace(/^(["'])(.*)\1$/, "$2").trim()] as const])));
}

/** What the variables mean for the service. */
export function meaningsOf(pairs: Readonly<Record<string, string>>, around: Surroundings): Meanings {
  const connection = pairs["DB_CONNECTION"] ?? pairs["DATABASE_DRIVER"] ?? pairs["DB_DRIVER"];
  const isOther = connection !== undefined && !/^p(?:ost)?g/.test(connection);
  const found = Object.entries(pairs).map(([name, value]) => meaningOf(name, value, around, isOther));
  const uses = new Set([...found.flatMap(({ uses: one }) => one ?? []), ...(connection !== undefined && !isOther ? ["postgres"] : [])]);
  const usesPostgres = uses.has("postgres") || (around.self.uses.includes("postgres") && !isOther);
  const env = found.flatMap(({ name, template, needsPostgres }) => (template === undefined || given[name] === template || (needsPostgres === true && !usesPostgres) ? [] : [[name, template] as const]));
  const guesses = found.flatMap(({ guess }) => guess ?? []);
  const port = Number(pairs["PORT"]);
  return {
    env: Object.fromEntries(env),
    uses: [...uses],
    expects: found.flatMap(({ name, template, isSecret }) => (isSecret === true && template === undefined ? [name] : [])),
    ...(around.self.env["PORT"] !== undefined && port > 1023 && port <= 65_535 ? { port } : {}),
    ...(guesses.length === 0 ? {} : { guess: guesses.join("; ") }),
  };
}

interface Meaning {
  readonly name: string;
  readonly template?: string;
  readonly uses?: string;
  readonly needsPostgres?: boolean;
  readonly isSecret?: boolean;
  readonly guess?: string;
}

function meaningOf(name: string, value: string, around: Surroundings, isOther: boolean): Meaning {
  if (/(?:^|_)TEST(?:_|$)/.test(name)) return { name };
  if (around.self.uses.includes("supabase")) {
    const template = supabaseParts.find(([pattern]) => pattern.test(name))?.[1];
    if (template !== undefined) return { name, template };
    if (ofSupabase.test(name)) return { name };
  }
  const scheme = schemes.map(([pattern, server, template]) => ({ match: pattern.exec(value), server, template })).find(({ match }) => match !== null);
  if (scheme !== undefined) return { name, uses: scheme.server, template: scheme.template(scheme.match?.[1] ?? "") };
  const part = parts.find(([pattern]) => pattern.test(name));
  if (part !== undefined && !isOther) return { name, template: part[1], needsPostgres: true };
  const address = /^https?:\/\/([\w.-]+)(?::(\d+))?(\/[^\s,]*)?$/.exec(value);
  if (address !== null) return { name, ...neighbour(name, address[1] ?? "", Number(address[2]), address[3] ?? "", around) };
  return { name, ...(secret.test(name) && /^(?:|x+|changeme|your[-_ ].*|<.*>|\.\.\.)$/i.test(value) ? { isSecret: true } : {}) };
}

/** The service an address on this machine means: by its name in a Compose file, by its port, or by the name of the variable. */
function neighbour(name: string, host: string, port: number, path: string, { self, services, hosts }: Surroundings): Partial<Meaning> {
  const others = services.filter((one) => one.listens && one.name !== self.name);
  const templateOf = (one: Proposal): string => `\${services.${one.name}.url}${path === "/" ? "" : path}`;
  const byHost = others.find((one) => one.name === hosts[host] || one.name === host);
  if (byHost !== undefined) return { template: templateOf(byHost) };
  if (!/^(?:localhost|127\.0\.0\.1|0\.0\.0\.0)$/.test(host)) return {};
  const byPort = others.filter((one) => one.port === port);
  if (byPort.length === 1 && byPort[0] !== undefined) return { template: templateOf(byPort[0]) };
  if (port === self.port) return {};
  const role = /API|BACKEND|SERVER/.test(name) ? "backend" : /FRONTEND|CLIENT|WEB|CORS|ORIGIN/.test(name) ? "frontend" : undefined;
  const byRole = others.filter((one) => one.role === role);
  if (byRole.length !== 1 || byRole[0] === undefined) return {};
  return { template: templateOf(byRole[0]), guess: `${name} is taken for the address of ${byRole[0].name}` };
}

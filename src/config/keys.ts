/**
 * The one table of configuration keys. Validation, nearest keys, `.envctl.example`, docs/configuration.md and the JSON
 * Schema are all made from it. A `*` stands for a name the user chooses.
 */

/**
 * - `group`: fixed keys below it · `map`: names of the user's choice below it · `groups`: a list of groups
 * - `text`, `boolean`, `count` (a whole number from 1), `choice`, `duration`, `command`, `texts` (a list)
 * - `port`: 1 to 65535 · `port_or_none`: that, or the word none
 * - `value`: text as written, also for numbers and booleans
 * - `version`: a whole number stays one, anything else is text as written
 * - `share`: from 0 to 1
 * - `path`: a directory inside the project · `address`: a path of a URL · `pattern`: a regular expression · `names`: of units
 */
export type KeyType =
  | "group" | "map" | "groups" | "text" | "boolean" | "count" | "choice" | "duration" | "command" | "texts"
  | "port" | "port_or_none" | "share" | "value" | "version" | "path" | "address" | "pattern" | "names";

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export interface KeyRow {
  readonly path: string;
  readonly type: KeyType;
  /** One sentence; shown in the example file, the documentation and editors. */
  readonly about: string;
  /** As it would be written in the file. Absent: no value. */
  readonly default?: Plain;
  /** What holds without a value, where that is not a constant. */
  readonly otherwise?: string;
  readonly choices?: readonly string[];
  readonly example?: Plain;
  /** Names of the Python engine's `KEY=value` form that set this key, with the concrete path. */
  readonly legacy?: Readonly<Record<string, string>>;
  readonly isRequired?: boolean;
  /** Belongs to the whole repository: the main checkout decides for every project. */
  readonly isRepositoryWide?: boolean;
  /** Only one key of the same `oneOf` may be set in a group; a stronger layer's choice replaces a weaker one's. */
  readonly oneOf?: string;
  /** Words that may be written instead of the group; each sets the boolean key of that name. */
  readonly words?: readonly string[];
  /** Keys that are not in the table are accepted below this group, and handed on as written. */
  readonly isOpen?: boolean;
}

const durationNote = "A number of seconds, or text such as 500ms, 30s, 2m.";

const rootRows: readonly KeyRow[] = [
  { path: "version", type: "choice", choices: ["1"], default: 1, about: "Version of this file's form." },
  {
    path: "default_mode", type: "choice", choices: ["main", "trees"], default: "main",
    about: "What `start` means without --main or --trees: the main checkout, or every worktree.",
    legacy: { ENVCTL_DEFAULT_MODE: "default_mode" },
  },
  {
    path: "public_host", type: "text", default: "localhost", about: "Host name in the URLs shown to people and handed to services.",
    legacy: { ENVCTL_PUBLIC_HOST: "public_host" },
  },
  {
    path: "port_spacing", type: "count", default: 20, isRepositoryWide: true,
    about: "Distance between the ports of neighbouring projects: port = base + slot × spacing.",
    legacy: { PORT_SPACING: "port_spacing" },
  },
  { path: "secrets", type: "texts", default: [], example: ["STRIPE_SECRET_KEY"], about: "Names of environment variables whose values are masked wherever they are shown." },
  { path: "services", type: "map", about: "The programs of the repository, by name." },
  { path: "requirements", type: "map", about: "Databases and other servers that services need, by name; every project gets its own." },
  { path: "modes", type: "group", about: "What each mode starts." },
];

const serviceRows: readonly KeyRow[] = [
  { path: "services.*", type: "group", about: "A service.", example: "backend" },
  { path: "services.*.enabled", type: "boolean", default: true, about: "A disabled service is never started and has no port." },
  {
    path: "services.*.dir", type: "path", default: ".", example: "backend", about: "Directory it runs in, relative to the project's root.",
    legacy: { BACKEND_DIR: "services.backend.dir", FRONTEND_DIR: "services.frontend.dir" },
  },
  {
    path: "services.*.command", type: "command", isRequired: true, example: "npm run dev -- --port {port}",
    about: "What to run; `{port}` is the assigned port. Text goes to a shell only if it has shell syntax; a list runs directly.",
    legacy: { ENVCTL_BACKEND_START_CMD: "services.backend.command", ENVCTL_FRONTEND_START_CMD: "services.frontend.command" },
  },
  {
    path: "services.*.port", type: "port_or_none", default: "none", example: 8000, isRepositoryWide: true,
    about: "Port in the main checkout; every other project gets its own, `port_spacing` apart. `none` for a program that does not listen.",
    legacy: { BACKEND_PORT_BASE: "services.backend.port", FRONTEND_PORT_BASE: "services.frontend.port" },
  },
  { path: "services.*.ports", type: "map", about: "Further ports by name; `${services.backend.ports.metrics}` is the assigned one." },
  { path: "services.*.ports.*", type: "port", example: { metrics: 9100 }, isRepositoryWide: true, about: "Port in the main checkout." },
  { path: "services.*.depends_on", type: "names", default: [], example: ["postgres"], about: "Services and requirements of the same project that must be ready first." },
  { path: "services.*.env", type: "map", about: "Environment variables, with templates such as `${postgres.url}`, `${services.frontend.url}`, `${env.HOME}`; `$${` is a literal `${`." },
  { path: "services.*.env.*", type: "value", example: { LOG_LEVEL: "debug" }, about: "Value of the variable." },
  { path: "services.*.critical", type: "boolean", default: true, about: "Whether its failure fails the start; the others go on without a service that is not critical." },
  { path: "services.*.public_url", type: "text", example: "http://localhost:{port}", otherwise: "http://<public_host>:<port>", about: "URL shown to people instead of the derived one; a template." },
  { path: "services.*.health_url", type: "text", example: "http://localhost:{port}/healthz", otherwise: "none", about: "URL that tells its health, for tools; a template." },
];

const readyRows: readonly KeyRow[] = [
  { path: "services.*.ready", type: "group", words: ["none", "listener", "tcp"], otherwise: "listener for a service with a port, else none", about: "How it is known to be ready: one of the following." },
  { path: "services.*.ready.http", type: "address", oneOf: "probe", example: "/healthz", about: "A GET of this path on the port answers `status`." },
  { path: "services.*.ready.status", type: "count", otherwise: "any 2xx", example: 200, about: "The one status that counts as ready, with `http`." },
  { path: "services.*.ready.listener", type: "boolean", oneOf: "probe", example: true, about: "The service itself listens on its port." },
  { path: "services.*.ready.tcp", type: "value", oneOf: "probe", example: true, about: "A connection to the port (`true`) or to this `host:port` succeeds." },
  { path: "services.*.ready.exec", type: "command", oneOf: "probe", example: "test -f ready", about: "The command, run in the service's directory, exits 0." },
  { path: "services.*.ready.log", type: "pattern", oneOf: "probe", example: "listening on", about: "A line of its log matches this regular expression." },
  { path: "services.*.ready.delay", type: "duration", oneOf: "probe", example: "2s", about: "It has lived this long." },
  { path: "services.*.ready.none", type: "boolean", oneOf: "probe", example: true, about: "Started is ready." },
  { path: "services.*.ready.timeout", type: "duration", default: "30s", about: `How long it may take to get ready. ${durationNote}` },
];

const lifeRows: readonly KeyRow[] = [
  { path: "services.*.prepare", type: "groups", default: [], about: "Steps done before the start, once per change of their inputs." },
  { path: "services.*.prepare.*.name", type: "text", isRequired: true, example: "install", about: "Name of the step." },
  { path: "services.*.prepare.*.run", type: "command", isRequired: true, example: "npm ci", about: "What to run in the service's directory." },
  { path: "services.*.prepare.*.inputs", type: "texts", default: [], example: ["package-lock.json"], about: "Files and globs, relative to the service's directory, whose change runs the step again." },
  { path: "services.*.stop", type: "group", about: "How it is asked to end, before it is killed." },
  { path: "services.*.stop.signal", type: "choice", choices: ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"], default: "SIGTERM", about: "The signal." },
  { path: "services.*.stop.to", type: "choice", choices: ["group", "leader"], default: "group", about: "Every process of it, or its first one only." },
  { path: "services.*.stop.grace", type: "duration", default: "5s", about: `How long it may take before it is killed. ${durationNote}` },
  { path: "services.*.restart", type: "group", about: "Whether and when it is started again after it ended by itself." },
  { path: "services.*.restart.strategy", type: "choice", choices: ["never", "immediate", "fixed", "linear", "exponential"], default: "never", example: "exponential", about: "How the delay before a restart develops." },
  { path: "services.*.restart.base", type: "duration", default: "200ms", about: "The first delay: the only one of `fixed`, the step of `linear`, doubled each time by `exponential`." },
  { path: "services.*.restart.max_delay", type: "duration", default: "10s", about: "The longest delay." },
  { path: "services.*.restart.jitter", type: "share", default: 0.1, about: "Share of the delay, 0 to 1, that chance may add." },
  { path: "services.*.restart.stable_after", type: "duration", default: "10s", about: "Ready for this long, it begins with the first delay again." },
  { path: "services.*.restart.when", type: "choice", choices: ["on-failure", "always"], default: "on-failure", about: "`on-failure`: not after exit code 0." },
  { path: "services.*.restart.max", type: "count", default: 5, about: "Restarts allowed inside `within`; after that it stays down." },
  { path: "services.*.restart.within", type: "duration", default: "60s", about: "The time `max` is counted in." },
];

const requirementRows: readonly KeyRow[] = [
  { path: "requirements.*", type: "group", isOpen: true, example: "postgres", about: "A requirement; further settings depend on its kind." },
  { path: "requirements.*.enabled", type: "boolean", default: true, about: "A disabled requirement is never started and has no port." },
  {
    path: "requirements.*.engine", type: "choice", choices: ["auto", "embedded", "docker", "external"], default: "auto", isRepositoryWide: true,
    about: "How it runs: as a process of ours, as a container, or outside of envctl; `auto` takes the first that is possible.",
  },
  { path: "requirements.*.version", type: "version", example: 16, otherwise: "the adapter's", about: "Version of the server." },
  {
    path: "requirements.*.port", type: "port", example: 5432, otherwise: "the adapter's", isRepositoryWide: true, about: "Port in the main checkout.",
    legacy: { DB_PORT: "requirements.postgres.port", REDIS_PORT: "requirements.redis.port", N8N_PORT_BASE: "requirements.n8n.port" },
  },
];

const modeRows: readonly KeyRow[] = ["main", "trees"].flatMap((mode): readonly KeyRow[] => [
  { path: `modes.${mode}`, type: "group", about: mode === "main" ? "The main checkout." : "The worktrees." },
  {
    path: `modes.${mode}.enabled`, type: "boolean", default: true, about: "Whether this mode may be started at all.",
    legacy: { [`${mode.toUpperCase()}_STARTUP_ENABLE`]: `modes.${mode}.enabled` },
  },
  { path: `modes.${mode}.services`, type: "names", otherwise: "every enabled service", example: ["backend"], about: "Services this mode starts." },
  { path: `modes.${mode}.requirements`, type: "names", otherwise: "every enabled requirement", example: ["postgres"], about: "Requirements this mode starts." },
]);

export const configKeys: readonly KeyRow[] = [...rootRows, ...serviceRows, ...readyRows, ...lifeRows, ...requirementRows, ...modeRows];

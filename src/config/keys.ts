/**
 * The one table of configuration keys. Validation, nearest keys, `.envctl.example`, docs/reference/configuration.md and the JSON
 * Schema are all made from it. A `*` stands for a name the user chooses.
 */
import { suiteRunners } from "../model/suite-results.ts";
import { serviceRows } from "./service-keys.ts";

/**
 * - `group`: fixed keys below it · `map`: names of the user's choice below it · `groups`: a list of groups
 * - `text`, `boolean`, `count` (a whole number from 1), `choice`, `duration`, `command`, `texts` (a list)
 * - `port`: 1 to 65535 · `port_or_none`: that, or the word none
 * - `value`: text as written, also for numbers and booleans
 * - `version`: a whole number stays one, anything else is text as written
 * - `share`: from 0 to 1
 * - `size`: bytes, as a number or as 512M, 2G · `percent`: of one processor core
 * - `path`: a directory inside the project · `file`: a file in the unit's directory · `address`: a path of a URL · `pattern`: a regular expression · `names`: of units
 */
export type KeyType =
  | "group" | "map" | "groups" | "text" | "boolean" | "count" | "choice" | "duration" | "command" | "texts"
  | "port" | "port_or_none" | "share" | "size" | "percent" | "value" | "version" | "path" | "file" | "address" | "pattern" | "names";

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
  /** What may be written besides the choices: words for it, and a regular expression. */
  readonly orElse?: { readonly words: string; readonly pattern: string };
  readonly example?: Plain;
  /** Names of the Python engine's `KEY=value` form that set this key, with the concrete path. */
  readonly legacy?: Readonly<Record<string, string>>;
  readonly isRequired?: boolean;
  /** Belongs to the whole repository: the main checkout decides for every project. */
  readonly isRepositoryWide?: boolean;
  /** Only one key of the same `oneOf` may be set in a group; a stronger layer's choice replaces a weaker one's. */
  readonly oneOf?: string;
  /** The choice this key is a detail of: it goes when the choice is replaced. */
  readonly goesWith?: string;
  /** Commented out in the example file, with everything below it. */
  readonly isOff?: boolean;
  /** Words that may be written instead of the group; each sets the boolean key of that name. */
  readonly words?: readonly string[];
  /** The key whose value the word is, where it is no boolean key's name. */
  readonly wordKey?: string;
  /** Keys that are not in the table are accepted below this group, and handed on as written. */
  readonly isOpen?: boolean;
}

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
  {
    path: "strict", type: "boolean", default: false,
    about: "Whether a start fails where it would else try a requirement again, or go on without a part of it.",
  },
  { path: "providers", type: "map", isOff: true, about: "Which requirement meets a capability that services require, where several provide it." },
  { path: "providers.*", type: "text", example: { database: "postgres" }, about: "Name of the requirement." },
  { path: "docker", type: "boolean", default: false, about: "Whether requirements whose engine is auto run in containers, where they can." },
  { path: "engines", type: "map", isOff: true, about: "Container engines besides the one of this machine, by name." },
  { path: "engines.*", type: "group", example: "box", about: "An engine that services and requirements may run on." },
  { path: "engines.*.host", type: "text", isRequired: true, example: "ssh://dev@box", about: "Its address (ssh://, tcp://, unix://), or the name of a context of the docker CLI." },
  { path: "engines.*.tls", type: "text", example: "~/.docker/box", about: "Directory with ca.pem, cert.pem and key.pem, for an engine by TCP." },
  { path: "engines.*.address", type: "text", example: "10.0.0.5", about: "IP address of its machine at which ports are published and reached from here; for ssh it is not needed." },
  { path: "on_engine", type: "text", otherwise: "the engine of this machine", example: "box", about: "The engine on which containers run that name none." },
  { path: "services", type: "map", about: "The programs of the repository, by name." },
  { path: "requirements", type: "map", about: "Databases and other servers that services need, by name; every project gets its own." },
  { path: "modes", type: "group", about: "What each mode starts." },
  { path: "restart_groups", type: "map", isOff: true, about: "Units that are restarted together, by name of the group; every project has its own." },
  { path: "restart_groups.*", type: "group", example: "stack", about: "A restart group." },
  {
    path: "restart_groups.*.strategy", type: "choice", choices: ["one_for_one", "one_for_all", "rest_for_one"], default: "one_for_one",
    about: "Who restarts with a member: nobody, all others, or those after it in `units`.",
  },
  { path: "restart_groups.*.units", type: "names", isRequired: true, example: ["backend"], about: "Services and requirements, in the order `rest_for_one` means." },
  {
    path: "on", type: "map",
    about: "Commands told of transitions: starting, started, ready, unhealthy, recovered, crashed, restarting, stopping, stopped, failed, adopted, limit; and worktree_created. What happened is on stdin, as JSON. They run only in a repository that was trusted once (`envctl trust`).",
  },
  { path: "on.*", type: "command", example: { crashed: "notify-send crashed" }, about: "What to run in the project's root." },
  { path: "worktrees", type: "group", about: "How worktrees are made." },
  {
    path: "worktrees.path", type: "text", default: "trees/{feature}/{n}", isRepositoryWide: true, example: "../{repository}-{feature}-{n}",
    about: "Where a new worktree is made, relative to the repository; `{feature}`, `{n}` and `{repository}` are put in.",
  },
  {
    path: "worktrees.hooks", type: "choice", choices: ["off", "inherit"], default: "off", isRepositoryWide: true,
    about: "Whether git's own hooks run while a worktree is made.",
    legacy: { ENVCTL_WORKTREE_GIT_HOOKS: "worktrees.hooks" },
  },
  { path: "worktrees.link", type: "texts", default: [], example: [".env"], isRepositoryWide: true, about: "Paths that become links to Main's in a new worktree, for what nothing ever changes." },
  { path: "worktrees.copy", type: "texts", default: [], example: ["node_modules"], isRepositoryWide: true, about: "Paths that a new worktree gets a copy of, which shares its blocks with Main's where the file system can." },
  {
    path: "worktrees.plans", type: "path", default: "todo/plans", isRepositoryWide: true, about: "Where `envctl plan` finds plan files, as `<category>/<name>.md`.",
    legacy: { ENVCTL_PLANNING_DIR: "worktrees.plans" },
  },
  {
    path: "plugins", type: "texts", default: [], example: ["tools/kafka.mjs"], isRepositoryWide: true,
    about: "Plug-ins besides those of `.envctl.d/plugins` and packages `envctl-plugin-*`: modules or directories, relative to the repository. They run only in a repository that was trusted once (`envctl trust`).",
  },
  { path: "notify", type: "boolean", default: false, about: "Whether a unit that crashes or fails is told of on the desktop, with notify-send or macOS' own." },
  { path: "logs", type: "group", about: "How large log files may become." },
  { path: "logs.max_size", type: "size", default: "20M", about: "A larger log is rotated: its oldest part moves to a file of its own." },
  { path: "logs.keep", type: "count", default: 5, about: "Rotated parts that are kept of each log." },
];

const suiteRows: readonly KeyRow[] = [
  { path: "test", type: "map", isOff: true, otherwise: "what is detected", about: "Test suites that `envctl test` runs, by name." },
  { path: "test.*", type: "group", example: "backend", about: "A suite; one named as a service runs in its directory, with its environment." },
  {
    path: "test.*.command", type: "command", isRequired: true, example: "npm test", about: "What to run.",
    legacy: { ENVCTL_BACKEND_TEST_CMD: "test.backend.command", ENVCTL_FRONTEND_TEST_CMD: "test.frontend.command", ENVCTL_ACTION_TEST_CMD: "test.all.command" },
  },
  { path: "test.*.dir", type: "path", otherwise: "that of its service, else .", example: "backend", about: "Directory it runs in, relative to the project's root." },
  { path: "test.*.service", type: "text", otherwise: "the one of its name", example: "backend", about: "The service whose environment it sees." },
  { path: "test.*.runner", type: "choice", choices: suiteRunners, otherwise: "found out from the command and its output", example: "pytest", about: "Who writes its output." },
  { path: "test.*.report", type: "file", example: "reports/junit.xml", about: "JUnit XML that the command writes, relative to `dir`; it says more than output." },
];

const requirementRows: readonly KeyRow[] = [
  { path: "requirements.*", type: "group", isOpen: true, example: "postgres", about: "A requirement; further settings depend on its kind." },
  { path: "requirements.*.enabled", type: "boolean", default: true, about: "A disabled requirement is never started and has no port." },
  {
    path: "requirements.*.engine", type: "choice", choices: ["auto", "embedded", "docker", "external"], default: "auto", isRepositoryWide: true,
    about: "How it runs: as a process of ours, as a container, or outside of envctl (at `url`); `auto` takes the first of the first two that is possible.",
  },
  {
    path: "requirements.*.url", type: "text", otherwise: "the variable the kind of server is known by, such as DATABASE_URL", example: "${env.DATABASE_URL}",
    about: "Where an external server is, with `engine: external`; a template.",
  },
  { path: "requirements.*.required", type: "boolean", default: true, about: "Whether what depends on an external server waits for it; without, it starts with a warning." },
  { path: "requirements.*.image", type: "text", otherwise: "the adapter's for the version", example: "postgres:16.11", about: "Image of its container, with `engine: docker`." },
  { path: "requirements.*.on", type: "text", otherwise: "what `on_engine` says", example: "box", about: "The engine its container runs on, one of `engines`." },
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

export const configKeys: readonly KeyRow[] = [...rootRows, ...suiteRows, ...serviceRows, ...requirementRows, ...modeRows];

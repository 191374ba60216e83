/** Rows of the table of keys about services. */
import { restartStrategies } from "../model/restart.ts";
import type { KeyRow } from "./keys.ts";

const durationNote = "A number of seconds, or text such as 500ms, 30s, 2m.";

const containerRows: readonly KeyRow[] = [
  { path: "services.*.image", type: "text", oneOf: "program", example: "nginx:1.27", about: "Image to run in a container instead of a command; pulled when the engine does not have it." },
  { path: "services.*.build", type: "path", oneOf: "program", example: ".", about: "Directory, relative to `dir`, whose Dockerfile the image is built from at every start." },
  { path: "services.*.dockerfile", type: "file", example: "Dockerfile.dev", otherwise: "Dockerfile", about: "Its Dockerfile, relative to the built directory." },
  { path: "services.*.args", type: "map", about: "Build arguments." },
  { path: "services.*.args.*", type: "value", example: { NODE_VERSION: "22" }, about: "Value of the argument." },
  { path: "services.*.run", type: "command", otherwise: "what the image says", example: "npm start", about: "What to run in the container; `{port}` is the number inside." },
  { path: "services.*.container_port", type: "port", otherwise: "the assigned port, which `PORT` says", example: 80, about: "The port the program in the container listens on; it is published on 127.0.0.1 at the assigned one." },
  { path: "services.*.volumes", type: "map", about: "Named volumes of the project, kept when the container goes." },
  { path: "services.*.volumes.*", type: "text", example: { data: "/var/lib/data" }, about: "Where the volume is seen inside." },
  { path: "services.*.network", type: "choice", choices: ["project", "host"], default: "project", about: "The repository's own network of containers, or the machine's: then nothing is published, and the program listens where it likes." },
  { path: "services.*.on_engine", type: "text", otherwise: "what `on_engine` says for all", example: "box", about: "The engine its container runs on, one of `engines`." },
];

const runRows: readonly KeyRow[] = [
  { path: "services.*", type: "group", about: "A service.", example: "backend" },
  { path: "services.*.enabled", type: "boolean", default: true, about: "A disabled service is never started and has no port." },
  {
    path: "services.*.dir", type: "path", default: ".", example: "backend", about: "Directory it runs in, relative to the project's root.",
    legacy: { BACKEND_DIR: "services.backend.dir", FRONTEND_DIR: "services.frontend.dir" },
  },
  {
    path: "services.*.command", type: "command", oneOf: "program", isRequired: true, example: "npm run dev -- --port {port}",
    about: "What to run, unless there is a `module`; `{port}` is the assigned port. Text goes to a shell only if it has shell syntax; a list runs directly.",
    legacy: { ENVCTL_BACKEND_START_CMD: "services.backend.command", ENVCTL_FRONTEND_START_CMD: "services.frontend.command" },
  },
  {
    path: "services.*.executor", type: "choice", choices: ["process", "node", "thread", "async"], default: "process",
    orElse: { words: "<plug-in>/<executor> of a plug-in", pattern: "^[A-Za-z0-9][\\w-]*/[A-Za-z0-9][\\w-]*$" },
    about: "How it runs: a program; a JavaScript module in a Node process of its own, in a worker thread, or in the daemon's own loop; or as an executor of a plug-in would have it.",
  },
  { path: "services.*.module", type: "file", oneOf: "program", example: "mocks/mailbox.mjs", about: "JavaScript module to run instead of a command, relative to `dir`; it exports `run`. Without `executor` it runs as `node`." },
  ...containerRows,
  {
    path: "services.*.port", type: "port_or_none", default: "none", example: 8000, isRepositoryWide: true,
    about: "Port in the main checkout; every other project gets its own, `port_spacing` apart. `none` for a program that does not listen.",
    legacy: { BACKEND_PORT_BASE: "services.backend.port", FRONTEND_PORT_BASE: "services.frontend.port" },
  },
  { path: "services.*.ports", type: "map", about: "Further ports by name; `${services.backend.ports.metrics}` is the assigned one." },
  { path: "services.*.ports.*", type: "port", example: { metrics: 9100 }, isRepositoryWide: true, about: "Port in the main checkout." },
  { path: "services.*.depends_on", type: "names", default: [], example: ["postgres"], about: "Services and requirements of the same project that must be ready first." },
  { path: "services.*.requires", type: "names", default: [], example: ["database"], about: "Capabilities it needs; each is met by a requirement that provides it, on which it then depends." },
  { path: "services.*.env", type: "map", about: "Environment variables, with templates such as `${postgres.url}`, `${services.frontend.url}`, `${env.HOME}`; `$${` is a literal `${`." },
  { path: "services.*.env.*", type: "value", example: { LOG_LEVEL: "debug" }, about: "Value of the variable." },
  { path: "services.*.critical", type: "boolean", default: true, about: "Whether its failure fails the start; the others go on without a service that is not critical." },
  { path: "services.*.public_url", type: "text", example: "http://localhost:{port}", otherwise: "http://<public_host>:<port>", about: "URL shown to people instead of the derived one; a template." },
  { path: "services.*.health_url", type: "text", example: "http://localhost:{port}/healthz", otherwise: "none", about: "URL that tells its health, for tools; a template." },
];

/** The kinds of a probe, below `ready` and below `live`. */
function probeRows(base: string): readonly KeyRow[] {
  return [
    { path: `${base}.http`, type: "address", oneOf: "probe", example: "/healthz", about: "A GET of this path on the port answers `status`." },
    { path: `${base}.status`, type: "count", goesWith: "probe", otherwise: "any 2xx", example: 200, about: "The one status that counts, with `http`." },
    { path: `${base}.listener`, type: "boolean", oneOf: "probe", example: true, about: "The service itself listens on its port." },
    { path: `${base}.tcp`, type: "value", oneOf: "probe", example: true, about: "A connection to the port (`true`) or to this `host:port` succeeds." },
    { path: `${base}.exec`, type: "command", oneOf: "probe", example: "test -f ready", about: "The command, run in the service's directory, exits 0." },
  ];
}

const readyRows: readonly KeyRow[] = [
  { path: "services.*.ready", type: "group", words: ["none", "listener", "tcp"], otherwise: "listener for a service with a port, else none", about: "How it is known to be ready: one of the following." },
  ...probeRows("services.*.ready"),
  { path: "services.*.ready.log", type: "pattern", oneOf: "probe", example: "listening on", about: "A line of its log matches this regular expression." },
  { path: "services.*.ready.delay", type: "duration", oneOf: "probe", example: "2s", about: "It has lived this long." },
  { path: "services.*.ready.none", type: "boolean", oneOf: "probe", example: true, about: "Started is ready." },
  { path: "services.*.ready.timeout", type: "duration", default: "30s", about: `How long it may take to get ready. ${durationNote}` },
];

const liveRows: readonly KeyRow[] = [
  { path: "services.*.live", type: "group", words: ["listener", "tcp"], otherwise: "its end is watched, nothing else", about: "How it is known to work once it is ready: one of the following, asked again and again." },
  ...probeRows("services.*.live"),
  { path: "services.*.live.interval", type: "duration", default: "10s", about: "Time between two attempts." },
  { path: "services.*.live.timeout", type: "duration", default: "5s", about: "How long one attempt may take." },
  { path: "services.*.live.failures", type: "count", default: 3, about: "So many failures in a row make it unhealthy." },
  { path: "services.*.live.restart", type: "boolean", default: false, about: "Whether an unhealthy service is ended and restarted, as `restart` says." },
];

const watchRows: readonly KeyRow[] = [
  { path: "services.*.limits", type: "group", about: "What all its processes together may use." },
  { path: "services.*.limits.memory", type: "size", example: "512M", otherwise: "none", about: "Resident memory." },
  { path: "services.*.limits.cpu", type: "percent", example: "75%", otherwise: "none", about: "Share of one processor core, over some seconds; more than 100% is more than one core." },
  { path: "services.*.limits.fds", type: "count", example: 256, otherwise: "none", about: "Open file descriptors." },
  { path: "services.*.limits.connections", type: "count", example: 100, otherwise: "none", about: "Established TCP connections." },
  { path: "services.*.limits.on_limit", type: "choice", choices: ["warn", "restart", "kill"], default: "warn", about: "What follows when one of them is passed; killed, it stays down." },
  { path: "services.*.watch", type: "texts", default: [], example: ["src/**/*.ts"], about: "Globs, relative to its directory, whose change restarts it; node_modules and .git never count." },
  { path: "services.*.on", type: "map", about: "Commands told of its transitions, besides those of `on` at the top." },
  { path: "services.*.on.*", type: "command", example: { crashed: "notify-send crashed" }, about: "What to run in the project's root." },
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
  { path: "services.*.restart", type: "group", words: restartStrategies, wordKey: "strategy", about: "Whether and when it is started again after it ended by itself." },
  { path: "services.*.restart.strategy", type: "choice", choices: restartStrategies, default: "exponential", about: "How the delay before a restart develops." },
  { path: "services.*.restart.base", type: "duration", default: "200ms", about: "The first delay: the only one of `fixed`, the step of `linear`, doubled each time by `exponential`." },
  { path: "services.*.restart.max_delay", type: "duration", default: "10s", about: "The longest delay." },
  { path: "services.*.restart.jitter", type: "share", default: 0.1, about: "Share of the delay, 0 to 1, that chance may add." },
  { path: "services.*.restart.stable_after", type: "duration", default: "10s", about: "Ready for this long, it begins with the first delay again." },
  { path: "services.*.restart.when", type: "choice", choices: ["on-failure", "always"], default: "on-failure", about: "`on-failure`: not after exit code 0." },
  { path: "services.*.restart.max", type: "count", default: 5, about: "Restarts allowed inside `within`; after that it stays down." },
  { path: "services.*.restart.within", type: "duration", default: "60s", about: "The time `max` is counted in." },
];

export const serviceRows: readonly KeyRow[] = [...runRows, ...readyRows, ...liveRows, ...lifeRows, ...watchRows];

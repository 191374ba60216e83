import { join } from "node:path";
import { expect, test } from "vitest";
import { directoryWith, failuresIn, resolveIn, told } from "./scratch.ts";

const base = "services:\n  backend:\n    command: base\n    port: 8000\n    env:\n      A: base\n      B: base\n    ready: { http: /base, status: 200 }\n";
const set = (value: string): string => `services:\n  backend:\n    command: ${value}\n`;

test("layers are merged key by key, each overriding the weaker ones", () => {
  const root = directoryWith({
    ".envctl": base,
    ".envctl.ci": "services: { backend: { env: { B: ci } } }\n",
    ".envctl.local": "services: { backend: { port: 8001 } }\n",
    "system.yaml": "public_host: system\nport_spacing: 5\n",
    "user.yaml": "public_host: user\n",
  });
  const { resolved } = resolveIn(root, {
    profile: "ci",
    systemConfig: join(root, "system.yaml"),
    userConfig: join(root, "user.yaml"),
    environment: { ENVCTL__SERVICES__BACKEND__ENV__C: "environment", ENVCTL__SERVICES__BACKEND__CRITICAL: "false" },
    overrides: { "services.backend.dir": "sub" },
  });
  expect(resolved.config).toMatchObject({ publicHost: "user", portSpacing: 5 });
  expect(resolved.config.services["backend"]).toMatchObject({ command: "base", port: 8001, dir: "sub", critical: false, env: { A: "base", B: "ci", C: "environment" } });
  expect(resolved.files.map((file) => file.slice(root.length + 1))).toEqual(["system.yaml", "user.yaml", ".envctl", ".envctl.ci", ".envctl.local"]);
  const { origins } = resolved;
  expect(origins["default_mode"]).toEqual({ layer: "default" });
  expect(origins["port_spacing"]).toEqual({ layer: "system", file: join(root, "system.yaml"), line: 2, column: 1 });
  expect(origins["public_host"]).toEqual({ layer: "user", file: join(root, "user.yaml"), line: 1, column: 1 });
  expect(origins["services.backend.env.A"]).toEqual({ layer: "repository", file: join(root, ".envctl"), line: 6, column: 7 });
  expect(origins["services.backend.env.B"]).toEqual({ layer: "profile", file: join(root, ".envctl.ci"), line: 1, column: 31 });
  expect(origins["services.backend.port"]).toEqual({ layer: "local", file: join(root, ".envctl.local"), line: 1, column: 24 });
  expect(origins["services.backend.critical"]).toEqual({ layer: "environment", name: "ENVCTL__SERVICES__BACKEND__CRITICAL" });
  expect(origins["services.backend.dir"]).toEqual({ layer: "flag", name: "services.backend.dir" });
  expect(origins["services.backend.stop.grace"]).toEqual({ layer: "default" });
});

test("S9 layers win in the documented order", () => {
  const files = { ".envctl": set("repository"), ".envctl.p": set("profile"), ".envctl.local": set("local"), "s.yaml": set("system"), "u.yaml": set("user") };
  const all = Object.entries(files);
  const command = (count: number, more: object = {}): unknown => {
    const order = ["s.yaml", "u.yaml", ".envctl", ".envctl.p", ".envctl.local"].slice(0, count);
    const root = directoryWith({ ".envctl": "public_host: x\n", ".envctl.p": "public_host: x\n", ...Object.fromEntries(all.filter(([name]) => order.includes(name))) });
    return resolveIn(root, { profile: "p", systemConfig: join(root, "s.yaml"), userConfig: join(root, "u.yaml"), ...more }).resolved.config.services["backend"]?.command;
  };
  const environment = { ENVCTL__SERVICES__BACKEND__COMMAND: "environment" };
  expect([1, 2, 3, 4, 5].map((count) => command(count))).toEqual(["system", "user", "repository", "profile", "local"]);
  expect(command(5, { environment })).toBe("environment");
  expect(command(5, { environment, overrides: { "services.backend.command": "flag" } })).toBe("flag");
});

test("layers replace the kind of a readiness probe as a whole", () => {
  const root = directoryWith({ ".envctl": base, ".envctl.local": "services: { backend: { ready: tcp } }\n" });
  expect(resolveIn(root).resolved.config.services["backend"]?.ready).toEqual({ kind: "tcp" });
  expect(resolveIn(root, { overrides: { "services.backend.ready": "none" } }).resolved.config.services["backend"]?.ready).toEqual({ kind: "none" });
  expect(resolveIn(root, { overrides: { "services.backend.ready.timeout": "3s" } }).resolved.config.services["backend"]).toMatchObject({ ready: { kind: "tcp" }, readyTimeoutMs: 3000 });
});

test("layers report problems of all files at once", () => {
  const root = directoryWith({ ".envctl": "services: { a: { comand: x } }\n", ".envctl.local": "prot_spacing: 3\n" });
  const environment = { ENVCTL__SERVICES__A__PROT: "1", ENVCTL__SERVICES__A__PORT: "many" };
  expect(failuresIn(root, { environment, overrides: { "services.a": "x", "public_hots": "y", "services.a.prepare.0.run": "z" } }).map(told)).toEqual([
    "1:13 `services.a` has no command (add services.a.command)",
    "1:18 unknown key `comand` in services.a (did you mean `command`?)",
    "1:1 unknown key `prot_spacing` (did you mean `port_spacing`?)",
    '-:- environment variable ENVCTL__SERVICES__A__PORT: `services.a.port` is "many", but must be a port number from 1 to 65535, or none',
    "-:- environment variable ENVCTL__SERVICES__A__PROT: unknown key `prot` in services.a (did you mean `port`?)",
    "-:- flag services.a: `services.a` is a group of keys, not a value (set one of them: enabled, dir, command, executor, module, image, build, dockerfile, args, run, container_port, volumes, network, on_engine, port, ports, depends_on, requires, env, critical, public_url, health_url, ready, live, prepare, stop, restart, limits, watch, on)",
    "-:- flag public_hots: unknown key `public_hots` (did you mean `public_host`?)",
    "-:- flag services.a.prepare.0.run: `services.a.prepare` is a list of groups, which only a file can hold (set it in .envctl.local)",
  ]);
});

test("layers tell which variable names a service that is not there", () => {
  const root = directoryWith({ ".envctl": base });
  expect(failuresIn(root, { environment: { ENVCTL__SERVICES__BAKEND__PORT: "1" } }).map(told)).toEqual([
    "-:- `services.bakend` has no command (named by ENVCTL__SERVICES__BAKEND__PORT) (did you mean `backend`? Else add services.bakend.command)",
  ]);
});

test("layers take a profile that is not there as a failure", () => {
  const failures = failuresIn(directoryWith({ ".envctl": base }), { profile: "staging" });
  expect(failures.map((failure) => [failure.reason, failure.message])).toEqual([["configuration_missing", "there is no profile `staging`"]]);
});

test("the environment reaches names with dashes, lists, requirements' settings and whole commands", () => {
  const root = directoryWith({ ".envctl": "services:\n  voice-runtime: { command: x, depends_on: [] }\nrequirements: { redis: {} }\n" });
  const { config } = resolveIn(root, {
    environment: {
      ENVCTL__SERVICES__VOICE_RUNTIME__DEPENDS_ON: "redis",
      ENVCTL__SERVICES__VOICE_RUNTIME__COMMAND: '["node", "a b.js"]',
      ENVCTL__REQUIREMENTS__REDIS__PATH: "/opt/redis",
      ENVCTL__REQUIREMENTS__REDIS__VERSION: "7",
      ENVCTL__MODES__TREES__ENABLED: "no",
    },
  }).resolved;
  expect(config.services["voice-runtime"]).toMatchObject({ dependsOn: ["redis"], command: ["node", "a b.js"] });
  expect(config.requirements["redis"]?.settings).toEqual({ path: "/opt/redis", version: 7 });
  expect(config.modes.trees.enabled).toBe(false);
});

test("the environment sets keys by the Python engine's names where they mean a service that exists", () => {
  const root = directoryWith({ ".envctl": base });
  const { config, origins } = resolveIn(root, { environment: { BACKEND_PORT_BASE: "8100", FRONTEND_PORT_BASE: "9100", ENVCTL_DEFAULT_MODE: "trees", PORT_SPACING: "10" } }).resolved;
  expect(config).toMatchObject({ defaultMode: "trees", portSpacing: 10 });
  expect(Object.keys(config.services)).toEqual(["backend"]);
  expect(config.services["backend"]?.port).toBe(8100);
  expect(origins["services.backend.port"]).toEqual({ layer: "environment", name: "BACKEND_PORT_BASE" });
});

test("the environment does not take names that other programs use as well", () => {
  const root = directoryWith({ ".envctl": "requirements: { postgres: {} }\n" });
  expect(resolveIn(root, { environment: { DB_PORT: "1", REDIS_PORT: "2", PORT: "3" } }).resolved.config.requirements["postgres"]?.settings).toEqual({});
});

test("the environment can name another file", () => {
  const root = directoryWith({ "other.yaml": base, ".envctl": "broken: true\n" });
  expect(resolveIn(root, { environment: { ENVCTL_CONFIG_FILE: "other.yaml" } }).resolved.files).toEqual([join(root, "other.yaml")]);
  expect(failuresIn(root, { environment: { ENVCTL_CONFIG_FILE: "absent.yaml" } })[0]?.reason).toBe("configuration_missing");
});

const main = "port_spacing: 50\nservices:\n  backend: { command: main, port: 8000, ports: { metrics: 9100 } }\n  worker: { command: w, port: 8002 }\nrequirements:\n  postgres: { engine: embedded, port: 6000, version: 16 }\n  redis: {}\n";
const own = "port_spacing: 1\nservices:\n  backend: { command: own, port: 1, ports: { metrics: 2, debug: 3 } }\n  extra: { command: e, port: 4 }\n  worker: { command: w, port: none }\nrequirements:\n  postgres: { engine: docker, port: 7, version: 15 }\n";

test("a worktree without a file is configured by the main checkout's", () => {
  const root = directoryWith({ ".envctl": main, ".envctl.local": "services: { backend: { critical: false } }\n" });
  const projectRoot = directoryWith({});
  const { config, files } = resolveIn(root, { projectRoot }).resolved;
  expect(config.services["backend"]).toMatchObject({ command: "main", port: 8000, critical: false });
  expect(files).toEqual([join(root, ".envctl"), join(root, ".envctl.local")]);
});

test("a worktree with a YAML file is configured by it, but ports, spacing and engines are the main checkout's", () => {
  const root = directoryWith({ ".envctl": main });
  const projectRoot = directoryWith({ ".envctl": own });
  const { config, origins } = resolveIn(root, { projectRoot }).resolved;
  expect(config.portSpacing).toBe(50);
  expect(config.services["backend"]).toMatchObject({ command: "own", port: 8000, ports: { metrics: 9100, debug: 3 } });
  expect(config.services["extra"]?.port).toBe(4);
  expect(config.services["worker"]?.port).toBe("none");
  expect(config.requirements).toEqual({ postgres: { name: "postgres", enabled: true, engine: "embedded", settings: { version: 15, port: 6000 } } });
  expect(origins["services.backend.port"]?.file).toBe(join(root, ".envctl"));
  expect(origins["services.backend.command"]?.file).toBe(join(projectRoot, ".envctl"));
});

test("a worktree with a KEY=value file is configured by the main checkout's", () => {
  const root = directoryWith({ ".envctl": main });
  const projectRoot = directoryWith({ ".envctl": "BACKEND_PORT_BASE=1\n" });
  expect(resolveIn(root, { projectRoot }).resolved.config.services["backend"]?.command).toBe("main");
});

test("a worktree with a broken file says so", () => {
  const root = directoryWith({ ".envctl": main });
  const projectRoot = directoryWith({ ".envctl": "services: 5\n" });
  expect(failuresIn(root, { projectRoot }).map((failure) => failure.place?.file)).toEqual([join(projectRoot, ".envctl")]);
});

test("two services on one port are a warning", () => {
  const root = directoryWith({ ".envctl": "services:\n  a: { command: x, port: 8000 }\n  b: { command: x, port: 8000 }\n" });
  expect(resolveIn(root).warnings.map(told)).toEqual(["3:20 `services.b.port` and `services.a.port` are both 8000 (give each its own port; one of them will be moved)"]);
});

test("a first delay longer than the longest is a warning, whichever of them was written", () => {
  const toldOf = (restart: string): readonly string[] => resolveIn(directoryWith({ ".envctl": `services:\n  a: { command: x, restart: { ${restart} } }\n` })).warnings.map(told);
  const words = (base: string, longest: string): string => `\`services.a.restart.base\` is ${base} s, but \`services.a.restart.max_delay\` lets no delay be longer than ${longest} s (raise max_delay, or lower base)`;
  expect(toldOf("base: 5m, max_delay: 1s")).toEqual([`2:31 ${words("300", "1")}`]);
  expect(toldOf("base: 5m")).toEqual([`2:31 ${words("300", "10")}`]);
  expect(toldOf("max_delay: 100ms")).toEqual([`2:31 ${words("0.2", "0.1")}`]);
  expect(toldOf("strategy: immediate, max_delay: 100ms")).toEqual([]);
  expect(toldOf("base: 1s, max_delay: 1s")).toEqual([]);
});

test("without any file services are detected, with the file that led to them as origin", () => {
  const root = directoryWith({ "web/package.json": JSON.stringify({ scripts: { dev: "vite" }, devDependencies: { vite: "1" } }) });
  const { resolved } = resolveIn(root);
  expect(resolved).toMatchObject({ isDetected: true, files: [] });
  expect(resolved.config.services["web"]).toMatchObject({ dir: "web", port: 9000 });
  expect(resolved.origins["services.web.command"]).toEqual({ layer: "detected", file: join(root, "web/package.json") });
  expect(resolveIn(directoryWith({ ".envctl": base })).resolved.isDetected).toBe(false);
});

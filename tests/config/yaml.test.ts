import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfigText } from "../../src/config/files.ts";
import { defaultRestarts } from "../../src/model/restart.ts";
import { directoryWith, failuresIn, resolveIn, told } from "./scratch.ts";

const problemsOf = (text: string): readonly string[] => failuresIn(directoryWith({ ".envctl": text })).map(told);

test("a YAML configuration gives services with every default filled in", () => {
  const { config } = resolveIn(directoryWith({ ".envctl": "# yaml-language-server: $schema=node_modules/envctl/contracts/config.schema.json\nservices:\n  api:\n    command: node server.js\n    port: 8000\n" })).resolved;
  expect(config).toEqual({
    version: 1,
    defaultMode: "main",
    publicHost: "localhost",
    portSpacing: 20,
    services: {
      api: {
        name: "api", enabled: true, dir: ".", command: "node server.js", port: 8000, ports: {}, readyTimeoutMs: 30_000, dependsOn: [], env: {},
        executor: "process", watch: [], on: {}, restart: defaultRestarts,
        critical: true, prepare: [], stop: { signal: "SIGTERM", to: "group", graceMs: 5000 },
      },
    },
    requirements: {},
    modes: { main: { enabled: true }, trees: { enabled: true } },
    restartGroups: {},
    worktrees: { path: "trees/{feature}/{n}", hooks: "off", link: [], copy: [], plans: "todo/plans" },
    on: {},
    logs: { maxBytes: 20 * 1024 ** 2, keep: 5 },
    optionalEnv: {},
  });
});

/** As many keys as there are. */
const everyKey = `
version: 1
default_mode: trees
public_host: dev.local
port_spacing: 50
secrets: [API_KEY]
x-shared: &shared { stop: { signal: SIGINT, to: leader, grace: 500ms }, critical: false }
services:
  backend:
    <<: *shared
    dir: backend/
    command: [node, server.js]
    port: 8000
    ports: { metrics: 9100 }
    ready: { http: /healthz, status: 204, timeout: 2m }
    depends_on: [postgres]
    env: { VERSION: 1.10, DEBUG: true, EMPTY: , URL: "\${postgres.url}" }
    prepare:
      - { name: install, run: npm ci, inputs: [package-lock.json] }
    restart: { strategy: exponential, max: 5, within: 60s }
    live: { tcp: "{port}", interval: 2s, failures: 2, restart: true }
    limits: { memory: 512M, cpu: 150%, fds: 256, connections: 9, on_limit: kill }
    watch: ["src/**/*.js"]
    on: { ready: [notify, ready] }
    public_url: http://x:{port}
    health_url: http://x:{port}/healthz
  worker: { command: npm run worker, port: none, ready: none, enabled: false, restart: never }
  mailbox: { module: mocks/mailbox.mjs, port: 1080 }
requirements:
  postgres: { version: 16, engine: embedded, isolation: isolated, seed: main, extensions: [pgcrypto] }
  redis:
restart_groups: { stack: { strategy: rest_for_one, units: [postgres, backend] } }
on: { crashed: notify-send crashed }
logs: { max_size: 1.5G, keep: 2 }
modes: { trees: { enabled: false, services: [backend], requirements: [postgres] } }
`;

test("a YAML configuration may use every key", () => {
  const { config } = resolveIn(directoryWith({ ".envctl": everyKey })).resolved;
  expect(config.services["backend"]).toEqual({
    name: "backend", enabled: true, dir: "backend", command: ["node", "server.js"], port: 8000, ports: { metrics: 9100 },
    ready: { kind: "http", path: "/healthz", status: 204 }, readyTimeoutMs: 120_000, dependsOn: ["postgres"],
    env: { VERSION: "1.10", DEBUG: "true", EMPTY: "", URL: "${postgres.url}" }, critical: false,
    prepare: [{ name: "install", command: "npm ci", inputs: ["package-lock.json"] }],
    stop: { signal: "SIGINT", to: "leader", graceMs: 500 },
    restart: { strategy: "exponential", baseMs: 200, maxDelayMs: 10_000, jitter: 0.1, stableAfterMs: 10_000, when: "on-failure", max: 5, withinMs: 60_000 },
    executor: "process",
    live: { probe: { kind: "tcp", address: "{port}" }, intervalMs: 2000, timeoutMs: 5000, failures: 2, restart: true },
    limits: { memoryBytes: 512 * 1024 ** 2, cpuShare: 1.5, fds: 256, connections: 9, onLimit: "kill" },
    watch: ["src/**/*.js"], on: { ready: ["notify", "ready"] },
    publicUrl: "http://x:{port}", healthUrl: "http://x:{port}/healthz",
  });
  expect(config.services["worker"]).toMatchObject({ enabled: false, port: "none", ready: { kind: "none" } });
  expect(config.services["worker"]).not.toHaveProperty("restart");
  expect(config.services["mailbox"]).toMatchObject({ executor: "node", module: "mocks/mailbox.mjs", command: [] });
  expect(config).toMatchObject({ restartGroups: { stack: { strategy: "rest_for_one", units: ["postgres", "backend"] } }, on: { crashed: "notify-send crashed" }, logs: { maxBytes: 1.5 * 1024 ** 3, keep: 2 } });
  expect(config.requirements).toEqual({
    postgres: { name: "postgres", enabled: true, engine: "embedded", settings: { version: 16, isolation: "isolated", seed: "main", extensions: ["pgcrypto"] } },
    redis: { name: "redis", enabled: true, engine: "auto", settings: {} },
  });
  expect(config).toMatchObject({ defaultMode: "trees", publicHost: "dev.local", portSpacing: 50, secrets: ["API_KEY"] });
  expect(config.modes).toEqual({ main: { enabled: true }, trees: { enabled: false, services: ["backend"], requirements: ["postgres"] } });
});

test.each([
  ["ready: none", { kind: "none" }],
  ["ready: listener", { kind: "listener" }],
  ["ready: tcp", { kind: "tcp" }],
  ["ready: { tcp: true }", { kind: "tcp" }],
  ["ready: { tcp: 127.0.0.1:99 }", { kind: "tcp", address: "127.0.0.1:99" }],
  ["ready: { exec: test -f x }", { kind: "exec", command: "test -f x" }],
  ["ready: { log: 'ready in \\d+' }", { kind: "log", pattern: "ready in \\d+" }],
  ["ready: { delay: 2s }", { kind: "delay", forMs: 2000 }],
  ["ready: { listener: true }", { kind: "listener" }],
  ["ready: { timeout: 5 }", undefined],
])("a YAML configuration: reads the probe `%s`", (line, probe) => {
  const { config } = resolveIn(directoryWith({ ".envctl": `services:\n  a:\n    command: x\n    port: 80\n    ${line}\n` })).resolved;
  expect(config.services["a"]?.ready).toEqual(probe);
});

test("problems of a YAML configuration are all told at once, with place, value and hint", () => {
  expect(problemsOf(`version: 2
defualt_mode: main
services:
  backend:
    comand: npm run dev
    command: ""
    port: eighty
    depends_on: [postgress, worker]
    ready: { http: healthz, delay: soon }
  worker:
    command: x
    dir: ../elsewhere
    stop: { signal: SIGFOO, grace: -1 }
    depends_on: worker
    prepare: [{ run: npm ci }]
requirements:
  postgres: { engine: podman }
modes: { trees: { services: [backnd] } }
`)).toEqual([
    "1:10 `version` is 2, but must be 1",
    "2:1 unknown key `defualt_mode` (did you mean `default_mode`?)",
    "5:5 unknown key `comand` in services.backend (did you mean `command`?)",
    '6:14 `services.backend.command` is "", but must be a command (write text such as "npm run dev", or a list such as [node, server.js])',
    '7:11 `services.backend.port` is "eighty", but must be a port number from 1 to 65535, or none',
    "8:5 `services.backend.depends_on` names `postgress`, which is neither a service nor a requirement (did you mean `postgres`?)",
    '9:20 `services.backend.ready.http` is "healthz", but must be a path that begins with / (the host and port are known; write for example /healthz)',
    "9:29 `services.backend.ready` asks for http and delay at once (keep one of them)",
    '9:36 `services.backend.ready.delay` is "soon", but must be a duration (write seconds as a number, or text such as 500ms, 30s, 2m, 1h)',
    '12:10 `services.worker.dir` is "../elsewhere", but must be a directory inside the project (write it relative to the project\'s root, without ..)',
    '13:21 `services.worker.stop.signal` is "SIGFOO", but must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGKILL',
    "13:36 `services.worker.stop.grace` is -1, but must be a duration (write seconds as a number, or text such as 500ms, 30s, 2m, 1h)",
    '14:17 `services.worker.depends_on` is "worker", but must be a list of names (write it as [one, two])',
    "15:15 services.worker.prepare.0 has no `name` (Name of the step.)",
    '17:23 `requirements.postgres.engine` is "podman", but must be one of auto, embedded, docker, external',
    "18:19 `modes.trees.services` names `backnd`, which is no service (did you mean `backend`?)",
  ]);
});

test("problems of a YAML configuration name a tab and the line it is on", () => {
  expect(problemsOf("services:\n\tbackend:\n\t\tcommand: x\n")).toContainEqual("2:1 Tabs are not allowed as indentation (indent with spaces; YAML forbids tabs)");
});

test("problems of a YAML configuration name a service or key that is there twice", () => {
  expect(problemsOf("services:\n  a: { command: x }\n  a: { command: y }\n")).toEqual(["3:3 Map keys must be unique (remove or rename one of the two)"]);
});

test("problems of a YAML configuration name broken syntax", () => {
  expect(problemsOf("services: [\n")[0]).toMatch(/^\d+:\d+ /);
  expect(problemsOf("services:\n  a: { command: 'x }\n")[0]).toMatch(/^\d+:\d+ Missing closing 'quote/);
});

test("problems of a YAML configuration show a cycle with its path", () => {
  const failures = failuresIn(directoryWith({ ".envctl": `services:
  a: { command: x, depends_on: [b] }
  b: { command: x, depends_on: [c] }
  c: { command: x, depends_on: [b] }
  d: { command: x, depends_on: [d] }
` }));
  expect(failures.map(told)).toEqual([
    "3:20 dependency cycle: b → c → b (remove one of these `depends_on`)",
    "5:20 dependency cycle: d → d (remove one of these `depends_on`)",
  ]);
  expect(failures[0]?.reason).toBe("dependency_cycle");
});

test.each([
  ["services: 5", "1:11 `services` is 5, but must be keys with values"],
  ["services:\n  a: x", '2:6 `services.a` is "x", but must be keys with values'],
  ["services:\n  a: { command: x, ready: soon }", '2:27 `services.a.ready` is "soon", but must be keys with values, or one of the words none, listener, tcp'],
  ["services:\n  a: { command: x, port: 70000 }", "2:26 `services.a.port` is 70000, but must be a port number from 1 to 65535, or none"],
  ["services:\n  a: { command: x, port: 0 }", "2:26 `services.a.port` is 0, but must be a port number"],
  ["services:\n  a: { command: x, port: 80.5 }", "2:26 `services.a.port` is 80.5"],
  ["services:\n  a: { command: x, port: '8000' }", '2:26 `services.a.port` is "8000"'],
  ["services:\n  a: { command: x, enabled: yes }", '2:29 `services.a.enabled` is "yes", but must be true or false'],
  ["services:\n  a: { command: , port: none }", "2:17 `services.a.command` is empty, but must be a command"],
  ["services:\n  a/b: { command: x }", "2:3 `a/b` cannot be a name in services"],
  ["services:\n  a: { command: x, env: { A-B: 1 } }", "2:27 `A-B` cannot be a name in services.a.env"],
  ["services:\n  a: { command: x, env: { A: [1] } }", "2:30 `services.a.env.A` is [1], but must be a single value"],
  ["services:\n  a: { command: x, ready: { log: '[' } }", '2:34 `services.a.ready.log` is "[", but must be a regular expression'],
  ["services:\n  a: { command: x, ready: { http: /x, tcp: true } }", "2:39 `services.a.ready` asks for http and tcp at once"],
  ["services:\n  redis: { command: x }\nrequirements: { redis: {} }", "2:3 `redis` is the name of a service and of a requirement"],
  ["version: { toString: x }", '1:10 `version` is {"toString":"x"}, but must be 1'],
  ["- a\n- b", "1:1 the file must hold keys with values, not a list"],
  ["hello", "1:1 the file must hold keys with values, not a single value"],
  ["version: 1\n---\nversion: 1", "2:1 Source contains multiple documents"],
  ["services: *nothing", "1:11 the alias *nothing has no anchor above it"],
])("problems of a YAML configuration: %j is refused", (text, message) => {
  expect(problemsOf(text)[0]).toContain(message);
});

test("problems of a YAML configuration are the same for a file with Windows line ends and a byte order mark", () => {
  expect(problemsOf("\uFEFFservices:\r\n  a:\r\n    prot: 1\r\n    command: x\r\n")).toEqual(["3:5 unknown key `prot` in services.a (did you mean `port`?)"]);
});

test("problems of a YAML configuration stay few when aliases multiply", () => {
  const lines = ["x-0: &a0 [a, a, a, a, a, a, a, a, a]"];
  for (let index = 1; index < 12; index += 1) lines.push(`x-${index}: &a${index} [${Array.from({ length: 9 }, () => `*a${index - 1}`).join(", ")}]`);
  expect(problemsOf(`${lines.join("\n")}\nrequirements: { postgres: { extensions: *a11 } }\n`).join()).toContain("the file uses too many YAML aliases");
});

test("problems of a YAML configuration include nesting that no parser survives", () => {
  expect(problemsOf(`services: ${"[".repeat(200_000)}`).length).toBeGreaterThan(0);
});

test("a file that cannot be used is told when empty", () => {
  for (const text of ["", "\n\n", "# only a comment\n"]) expect(problemsOf(text)[0]).toMatch(/^1:1 .*\.envctl is empty \(fill it with `envctl config --detect --write`, or remove it\)$/);
});

test("a file that cannot be used is told when larger than a mebibyte", () => {
  expect(problemsOf(`# ${"x".repeat(5 * 1024 * 1024)}\n`)[0]).toMatch(/is 5242883 bytes long, more than the 1048576/);
});

test("a file that cannot be used is told when not UTF-8, with the place of the first wrong byte", () => {
  const root = directoryWith({ ".envctl": Buffer.concat([Buffer.from("services:\n  é: "), Buffer.from([0xff, 0xfe]), Buffer.from("x")]) });
  expect(failuresIn(root).map(told)).toEqual([`2:6 ${join(root, ".envctl")} is not UTF-8 (save it as UTF-8 text)`]);
  const zero = directoryWith({ ".envctl": "services:\n  a\0b: {}\n" });
  expect(failuresIn(zero).map(told)).toEqual([`2:4 ${join(zero, ".envctl")} holds a zero byte (save it as UTF-8 text)`]);
});

test("a file that cannot be used is told when a directory", () => {
  const root = directoryWith({});
  mkdirSync(join(root, ".envctl"));
  expect(failuresIn(root)[0]?.message).toContain("is a directory, not a file");
});

test.skipIf(process.getuid?.() === 0)("a file that cannot be used is told when it may not be read", () => {
  const root = directoryWith({ ".envctl": "version: 1\n" });
  chmodSync(join(root, ".envctl"), 0);
  expect(failuresIn(root)[0]?.message).toContain("cannot be read: permission denied");
});

test("a file that cannot be used is told when its link leads nowhere but to itself", () => {
  const root = directoryWith({});
  symlinkSync(".envctl", join(root, ".envctl"));
  expect(failuresIn(root)[0]?.message).toContain("cannot be read: ELOOP");
});

test("a file that cannot be used is no failure where it is absent", () => {
  expect(readConfigText(join(directoryWith({ file: "" }), "file/below"))).toEqual({ state: "absent" });
});

test.each([
  ["services: { a: { command: x, module: m.mjs } }", "`services.a` has a command and a module"],
  ["services: { a: { module: m.mjs, executor: process } }", "`services.a.executor` is process, which cannot run a module"],
  ["services: { a: { command: x, executor: thread } }", "`services.a.executor` is thread, which runs a module, not a command"],
  ["services: { a: { module: ../m.mjs } }", "must be a file inside the service's directory"],
  ["services: { a: { command: x, limits: { cpu: 2 } } }", "must be a percentage"],
  ["services: { a: { command: x, limits: { memory: lots } } }", "must be a size"],
  ["services: { a: { command: x, live: { http: /x, tcp: true } } }", "`services.a.live` asks for http and tcp at once"],
  ["services: { a: { command: x, live: { http: /x } } }", "`services.a.live` asks for http, but the service has no port"],
  ["services: { a: { command: x, ready: tcp } }", "`services.a.ready` asks for tcp, but the service has no port"],
  ["services: { a: { command: x, on: { crashd: y } } }", "`services.a.on` names `crashd`, which never happens (did you mean `crashed`?)"],
  ["services: { a: { command: x } }\nrestart_groups: { g: { units: [a, b] } }", "`restart_groups.g.units` names `b`, which is neither a service nor a requirement"],
  ["services: { a: { command: x } }\nrestart_groups: { g: { units: [a] }, h: { units: [a] } }", "`restart_groups.h.units` names `a`, which `restart_groups.g` has already"],
  ["services: { a: { command: x } }\nrestart_groups: { g: { strategy: one_for_all } }", "`restart_groups.g` has no units"],
])("%s is refused", (text, problem) => {
  expect(problemsOf(text).join("\n")).toContain(problem);
});

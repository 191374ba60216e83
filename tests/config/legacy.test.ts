import { join } from "node:path";
import { expect, test } from "vitest";
import type { Config } from "../../src/model/config.ts";
import { isLegacyText } from "../../src/config/legacy/lines.ts";
import { directoryWith, failuresIn, resolveIn, told } from "./scratch.ts";
import type { Files } from "./scratch.ts";

const fullFile = `# our stack
# >>> envctl managed startup config >>>
ENVCTL_DEFAULT_MODE=main
ENVCTL_PUBLIC_HOST=dev.local
ENVCTL_UI_VISUAL_HOST=dev.local

BACKEND_DIR=api
FRONTEND_DIR='web'
export BACKEND_PORT_BASE=18000
FRONTEND_PORT_BASE="19000"   # shown to people
PORT_SPACING=40
DB_PORT=15432
REDIS_PORT=16379

MAIN_STARTUP_ENABLE=true
MAIN_POSTGRES_ENABLE=true
MAIN_REDIS_ENABLE=true
TREES_POSTGRES_ENABLE=true
TREES_REDIS_ENABLE=false
TREES_FRONTEND_ENABLE=false
ENVCTL_BACKEND_START_CMD=python -m uvicorn app.main:app --port {port}
# <<< envctl managed startup config <<<

ENVCTL_ADDITIONAL_SERVICES=voice-runtime,worker
ENVCTL_SERVICE_VOICE_RUNTIME_DIR=voice
ENVCTL_SERVICE_VOICE_RUNTIME_PORT_BASE=8010
ENVCTL_SERVICE_VOICE_RUNTIME_START_CMD=scripts/start.sh {port} {project_root} {service_dir} {service_name}
ENVCTL_SERVICE_VOICE_RUNTIME_HEALTH_URL=http://\${ENVCTL_SOURCE_SERVICE_VOICE_RUNTIME_HOST}:\${ENVCTL_SOURCE_SERVICE_VOICE_RUNTIME_PORT}/readyz
ENVCTL_SERVICE_VOICE_RUNTIME_PUBLIC_URL=http://voice.local
ENVCTL_SERVICE_VOICE_RUNTIME_DEPENDS_ON=backend,n8n
ENVCTL_SERVICE_VOICE_RUNTIME_TREES_ENABLE=false
ENVCTL_SERVICE_WORKER_DIR=api
ENVCTL_SERVICE_WORKER_START_CMD=python -m app.worker
ENVCTL_SERVICE_WORKER_EXPECT_LISTENER=false
ENVCTL_SERVICE_WORKER_CRITICAL=false
ENVCTL_BACKEND_ENV__EXTRA=\${ENVCTL_SOURCE_REDIS_PORT}
BACKEND_PORT_BSE=1
ENVCTL_PLAN_AGENT_CLI=codex

# >>> envctl backend launch env >>>
DATABASE_URL=\${ENVCTL_SOURCE_DATABASE_URL}  # generic DB URL; e.g. postgresql://user:pass@host:5432/dbname
APP_DATABASE_URL=\${DATABASE_URL}?sslmode=disable
ASYNC_DATABASE_URL=\${ENVCTL_SOURCE_ASYNC_DATABASE_URL}
REDIS_URL=\${ENVCTL_SOURCE_REDIS_URL}
N8N_URL=\${ENVCTL_SOURCE_N8N_URL}
SUPABASE_SERVICE_ROLE_KEY=\${ENVCTL_SOURCE_SUPABASE_SERVICE_ROLE_KEY}
ODD=\${ENVCTL_SOURCE_NEVER_HEARD_OF}
PLAIN="a b"
# <<< envctl backend launch env <<<

# >>> envctl frontend launch env >>>
VITE_API=\${ENVCTL_SOURCE_BACKEND_URL}/api
# <<< envctl frontend launch env <<<

# >>> envctl trees backend launch env >>>
PLAIN=in trees
# <<< envctl trees backend launch env <<<

# >>> envctl service voice-runtime launch env >>>
VOICE_URL=\${ENVCTL_SOURCE_SERVICE_VOICE_RUNTIME_PUBLIC_URL}
HEALTH=\${ENVCTL_SOURCE_SERVICE_VOICE_RUNTIME_HEALTH_URL}
WORKER=\${ENVCTL_SOURCE_SERVICE_WORKER_PUBLIC_URL}
# <<< envctl service voice-runtime launch env <<<

# >>> envctl main service voice-runtime launch env >>>
API_BASE=\${ENVCTL_SOURCE_BACKEND_URL}
# <<< envctl main service voice-runtime launch env <<<
`;

const stack: Files = {
  ".envctl": fullFile,
  "api/app/main.py": "app = FastAPI()\n",
  "api/.venv/bin/python": "",
  "web/package.json": JSON.stringify({ scripts: { dev: "vite" } }),
  "voice/start.sh": "",
};

const configOf = (text: string, more: Files = {}, environment: Record<string, string> = {}): Config =>
  resolveIn(directoryWith({ "backend/package.json": JSON.stringify({ scripts: { dev: "node server.js" } }), ...more, ".envctl": text }), { environment }).resolved.config;

test.each([
  ["A=1\n", true], ["\n# x\nexport A=1", true], ["# >>> envctl backend launch env >>>\n", true], ["  A = 1", true],
  ["services:\n  a: { command: A=1 }", false], ["version: 1 # A=1", false], ["", false], ["'quoted key': 1", false], ["---\nversion: 1", false],
])("a file in the Python engine's form: %j is recognised: %s", (text, expected) => expect(isLegacyText(text)).toBe(expected));

test("a file in the Python engine's form gives backend, frontend and additional services", () => {
  const { config } = resolveIn(directoryWith(stack)).resolved;
  expect(config).toMatchObject({ defaultMode: "main", publicHost: "dev.local", portSpacing: 40 });
  expect(config.services).toEqual({
    backend: expect.objectContaining({ dir: "api", command: ".venv/bin/python -m uvicorn app.main:app --port {port}", port: 18000, dependsOn: ["postgres", "redis"], critical: true }),
    frontend: expect.objectContaining({ dir: "web", command: "npm run dev -- --port {port} --strictPort", port: 19000, dependsOn: [] }),
    "voice-runtime": expect.objectContaining({
      dir: "voice", command: "scripts/start.sh {port} ${project.root} ${project.root}/voice voice-runtime", port: 8010, dependsOn: ["postgres", "redis", "backend"],
      healthUrl: "http://${services.voice-runtime.host}:${services.voice-runtime.port}/readyz", publicUrl: "http://voice.local",
    }),
    worker: expect.objectContaining({ dir: "api", command: ".venv/bin/python -m app.worker", port: "none", critical: false }),
  });
});

test("a file in the Python engine's form gives requirements and what each mode starts", () => {
  const { config } = resolveIn(directoryWith(stack)).resolved;
  expect(config.requirements).toEqual({
    postgres: { name: "postgres", enabled: true, engine: "auto", settings: { port: 15432 } },
    redis: { name: "redis", enabled: true, engine: "auto", settings: { port: 16379 } },
  });
  expect(config.modes.main).toMatchObject({ enabled: true, services: ["backend", "frontend", "voice-runtime", "worker"], requirements: ["postgres", "redis"] });
  expect(config.modes.trees).toMatchObject({ enabled: true, services: ["backend", "worker"], requirements: ["postgres"] });
});

test("a file in the Python engine's form translates launch-env sections into templates of ours", () => {
  const { config } = resolveIn(directoryWith(stack)).resolved;
  expect(config.optionalEnv).toEqual({
    backend: {
      CORS_ORIGINS_RAW: "${services.frontend.url}",
      FRONTEND_BASE_URL: "${services.frontend.url}",
      DATABASE_URL: "${postgres.url}",
      APP_DATABASE_URL: "${postgres.url}?sslmode=disable",
      ASYNC_DATABASE_URL: "postgresql+asyncpg://${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database}",
      REDIS_URL: "${redis.url}",
      N8N_URL: "${n8n.url}",
      SUPABASE_SERVICE_ROLE_KEY: "${supabase.service_role_key}",
      ODD: "${source.never_heard_of}",
      PLAIN: "a b",
      EXTRA: "${redis.port}",
    },
    frontend: { VITE_BACKEND_URL: "${services.backend.url}", VITE_API_URL: "${services.backend.url}/api/v1", VITE_API: "${services.backend.url}/api" },
    "voice-runtime": { VOICE_URL: "http://voice.local", HEALTH: "http://${services.voice-runtime.host}:${services.voice-runtime.port}/readyz", WORKER: "${services.worker.url}" },
  });
  expect(config.modes.trees.optionalEnv).toEqual({ backend: { PLAIN: "in trees" } });
  expect(config.modes.main.optionalEnv).toEqual({ "voice-runtime": { API_BASE: "${services.backend.url}" } });
});

test("a file in the Python engine's form tells the line of every value", () => {
  const root = directoryWith(stack);
  const { origins } = resolveIn(root).resolved;
  const lineOf = (start: string): number => fullFile.split("\n").findIndex((line) => line.startsWith(start)) + 1;
  expect(origins["services.backend.port"]).toEqual({ layer: "repository", file: join(root, ".envctl"), line: lineOf("export BACKEND_PORT_BASE"), column: 1, name: "BACKEND_PORT_BASE" });
  expect(origins["optional_env.backend.REDIS_URL"]?.line).toBe(lineOf("REDIS_URL="));
  expect(origins["requirements.redis.port"]?.line).toBe(lineOf("REDIS_PORT"));
  expect(origins["services.worker.critical"]?.line).toBe(lineOf("ENVCTL_SERVICE_WORKER_CRITICAL"));
});

test("a file in the Python engine's form warns of keys that nothing reads, and loads", () => {
  const { warnings } = resolveIn(directoryWith(stack));
  expect(warnings.map((warning) => [warning.message, warning.hint])).toEqual([
    ["`BACKEND_PORT_BSE` is not used", "did you mean BACKEND_PORT_BASE?"],
    ["`ENVCTL_PLAN_AGENT_CLI` is not used", "nothing here reads this key"],
  ]);
});

test("a file in the Python engine's form lets the environment override keys, each with its own origin", () => {
  const { resolved } = resolveIn(directoryWith(stack), { environment: { BACKEND_PORT_BASE: "18500", DB_PORT: "25432", MAIN_FRONTEND_ENABLE: "false", ENVCTL__SERVICES__WORKER__CRITICAL: "true" } });
  expect(resolved.config.services["backend"]?.port).toBe(18500);
  expect(resolved.config.requirements["postgres"]?.settings).toEqual({ port: 25432 });
  expect(resolved.config.modes.main.services).toEqual(["backend", "voice-runtime", "worker"]);
  expect(resolved.config.services["frontend"]?.enabled).toBe(false);
  expect(resolved.config.services["worker"]?.critical).toBe(true);
  expect(resolved.origins["requirements.postgres.port"]).toEqual({ layer: "environment", name: "DB_PORT" });
});

test("a file in the Python engine's form is completed by profile and local files of the same form", () => {
  const root = directoryWith({ ...stack, ".envctl.local": "FRONTEND_PORT_BASE=19500\n", ".envctl.ci": "FRONTEND_PORT_BASE=1\nMAIN_REDIS_ENABLE=false\n" });
  const { config } = resolveIn(root, { profile: "ci" }).resolved;
  expect(config.services["frontend"]?.port).toBe(19500);
  expect(Object.keys(config.requirements)).toEqual(["postgres"]);
});

test("defaults of the Python engine hold without keys: the services that are there, on 8000 and 9000, without dependencies", () => {
  const config = configOf("ENVCTL_DEFAULT_MODE=trees\n");
  expect(config.services).toEqual({ backend: expect.objectContaining({ dir: "backend", command: "npm run dev", port: 8000, env: { PORT: "{port}" } }) });
  expect(config.requirements).toEqual({});
  expect(config.defaultMode).toBe("trees");
});

test("defaults of the Python engine install libraries only where they are missing", () => {
  const config = configOf("BACKEND_DIR=py\nENVCTL_FRONTEND_START_CMD=run\n", { "py/main.py": "app = FastAPI()\n", "py/requirements.txt": "", "frontend/package.json": '{"scripts":{"dev":"vite"}}' });
  expect(config.services["backend"]?.prepare).toEqual([{ name: "install", command: "[ -d .venv ] || { python3 -m venv .venv && .venv/bin/pip install -r requirements.txt; }", inputs: ["requirements.txt"] }]);
  expect(config.services["frontend"]?.prepare).toEqual([{ name: "install", command: "[ -d node_modules ] || { npm install --no-audit --no-fund; }", inputs: ["package.json"] }]);
});

test("defaults of the Python engine switch a dependency on that a template needs, unless its switch says otherwise", () => {
  const section = "# >>> envctl backend launch env >>>\nDATABASE_URL=${ENVCTL_SOURCE_DATABASE_URL}\nREDIS_URL=${ENVCTL_SOURCE_REDIS_URL}\n# <<< envctl backend launch env <<<\n";
  expect(configOf(section).modes.main.requirements).toEqual(["postgres", "redis"]);
  const config = configOf(`MAIN_POSTGRES_ENABLE=false\n${section}`);
  expect(config.modes.main.requirements).toEqual(["redis"]);
  expect(config.modes.trees.requirements).toEqual(["postgres", "redis"]);
  expect(configOf(`POSTGRES_MAIN_ENABLE=true\n`).modes.main.requirements).toEqual(["postgres"]);
});

test("defaults of the Python engine mean Supabase's database where that is the one switched on", () => {
  const config = configOf("MAIN_SUPABASE_ENABLE=true\nSUPABASE_PUBLIC_PORT=55000\n# >>> envctl backend launch env >>>\nDATABASE_URL=${ENVCTL_SOURCE_DATABASE_URL}\nURL=${ENVCTL_SOURCE_SUPABASE_URL}\n# <<< envctl backend launch env <<<\n");
  expect(config.optionalEnv["backend"]).toEqual({ DATABASE_URL: "${supabase.db_url}", URL: "${supabase.url}" });
  expect(config.requirements["supabase"]?.settings).toEqual({ port: 55000 });
  expect(config.requirements["postgres"]).toBeUndefined();
});

test("defaults of the Python engine keep external dependencies external", () => {
  const config = configOf("MAIN_POSTGRES_ENABLE=true\nENVCTL_DEPENDENCY_POSTGRES_MODE=external\nDATABASE_URL=postgres://x/y\n");
  expect(config.requirements["postgres"]).toMatchObject({ engine: "external", url: "postgres://x/y", settings: {} });
});

test("defaults of the Python engine take the port away from a backend that is expected not to listen", () => {
  const off = "MAIN_BACKEND_EXPECT_LISTENER=false\n";
  expect(configOf(`${off}TREES_BACKEND_EXPECT_LISTENER=false\n`).services["backend"]?.port).toBe("none");
  expect(configOf(off).services["backend"]).toMatchObject({ port: 8000, ready: { kind: "none" } });
});

test("defaults of the Python engine leave a service out whose path is not there, or that no mode starts", () => {
  const keys = "ENVCTL_ADDITIONAL_SERVICES=x\nENVCTL_SERVICE_X_START_CMD=run\nENVCTL_SERVICE_X_PORT_BASE=7000\nENVCTL_SERVICE_X_ENABLE_IF_PATH=x/main.py\n";
  expect(configOf(keys).services["x"]?.enabled).toBe(false);
  expect(configOf(keys, { "x/main.py": "" }).services["x"]?.enabled).toBe(true);
});

test("defaults of the Python engine take the shared section of old files for backend and frontend", () => {
  const text = "ENVCTL_FRONTEND_START_CMD=run {port}\n# >>> envctl launch env >>>\nA=1\n# <<< envctl launch env <<<\n";
  const { optionalEnv } = configOf(text);
  expect([optionalEnv["backend"]?.["A"], optionalEnv["frontend"]?.["A"]]).toEqual(["1", "1"]);
});

const told_ = (text: string): readonly string[] => failuresIn(directoryWith({ "backend/package.json": '{"scripts":{"dev":"vite"}}', ".envctl": text })).map(told);

test("problems of the Python engine's form are told at once with their lines", () => {
  expect(told_(`BACKEND_PORT_BASE=eighty
ENVCTL_DEFAULT_MODE=forest
ENVCTL_ADDITIONAL_SERVICES=redis,nocmd,noport
ENVCTL_SERVICE_NOCMD_PORT_BASE=1
ENVCTL_SERVICE_NOPORT_START_CMD=x
ENVCTL_SERVICE_NOPORT_DEPENDS_ON=nocmdd
# >>> envctl backend launch env >>>
A=1
A=2
ENVCTL_SOURCE_X=1
B=\${C}
D=\${E:-x}
# <<< envctl backend launch env <<<
# >>> envctl frontend launch env >>>
VITE_KEY=\${ENVCTL_SOURCE_SUPABASE_SERVICE_ROLE_KEY}
# <<< envctl frontend launch env <<<
ENVCTL_FRONTEND_START_CMD=x {port}
`)).toEqual([
    '1:1 `BACKEND_PORT_BASE` is "eighty", but must be a port number from 1 to 65535, or none',
    '2:1 `ENVCTL_DEFAULT_MODE` is "forest", but must be one of main, trees',
    "3:1 `redis` cannot be the name of an additional service (choose another name in ENVCTL_ADDITIONAL_SERVICES)",
    "3:1 the service `nocmd` has no start command (set ENVCTL_SERVICE_NOCMD_START_CMD)",
    "5:1 the service `noport` has no port (set ENVCTL_SERVICE_NOPORT_PORT_BASE, or ENVCTL_SERVICE_NOPORT_EXPECT_LISTENER=false)",
    "6:1 `services.noport.depends_on` names `nocmdd`, which is neither a service nor a requirement (did you mean `nocmd`?)",
    "9:- `A` is set twice in one launch env section (remove one of the two)",
    "10:- `ENVCTL_SOURCE_X` begins with ENVCTL_SOURCE_, which is reserved for inputs (rename the variable)",
    "11:1 `B` uses ${C}, which is not set above it (use an ENVCTL_SOURCE_… input or a variable of an earlier line)",
    "12:- `D` has a malformed placeholder: ${E:-x} (only ${NAME} is understood)",
    "15:1 `VITE_KEY` would hand the Supabase service role key to a browser (use SUPABASE_ANON_KEY in the frontend)",
  ]);
});

test("problems of the Python engine's form that do no harm are warnings", () => {
  const { warnings } = resolveIn(directoryWith({ "backend/x": "", ".envctl": "BACKEND_PORT_BASE=1\nBACKEND_PORT_BASE=2\nsource other.sh\n# >>> envctl backend launch env >>>\n" }));
  expect(warnings.map(told)).toEqual([
    "2:1 `BACKEND_PORT_BASE` is set twice; the later value counts (remove one of the two)",
    "3:1 `source other.sh` is not KEY=value and is not used",
    "4:- the section \"backend launch env\" is not closed (add # <<< envctl backend launch env <<<)",
    "-:- no start command is known for the backend in backend; it is left out (set ENVCTL_BACKEND_START_CMD)",
  ]);
});

test("problems of the Python engine's form include a local file in the other form", () => {
  const root = directoryWith({ ".envctl": "services: { a: { command: x } }\n", ".envctl.local": "BACKEND_PORT_BASE=1\n" });
  expect(failuresIn(root)[0]?.message).toContain("is in the KEY=value form, but .envctl is YAML");
});

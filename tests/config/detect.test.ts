import { describe, expect, test } from "vitest";
import { detect } from "../../src/config/detect.ts";
import { proposedYaml } from "../../src/config/proposed.ts";
import { answered, changesBetween, configuredAnswers, proposedAnswers } from "../../src/config/setup.ts";
import { requirementAdapters } from "../../src/requirements/registry.ts";
import { directoryWith, resolveIn, treeOf } from "./scratch.ts";

type Files = Readonly<Record<string, string>>;

const pack = (scripts: object, dependencies: readonly string[] = [], more: object = {}): string =>
  JSON.stringify({ scripts, dependencies: Object.fromEntries(dependencies.map((name) => [name, "1"])), ...more });

/** `name dir port command | VARIABLE=value | needs` per proposal. */
function proposed(files: Files): readonly string[] {
  return detect(treeOf(files)).services.map(({ name, dir, basePort, command, env, uses }) => {
    const variables = Object.entries(env).map(([variable, value]) => `${variable}=${value}`);
    return [`${name} ${dir} ${basePort} ${String(command)}`, ...variables, ...uses].join(" | ");
  });
}

describe("Node repositories", () => {
  test.each<readonly [title: string, files: Files, expected: readonly string[]]>([
    ["Vite with npm", { "package.json": pack({ dev: "vite" }), "package-lock.json": "" }, ["frontend . 9000 npm run dev -- --port {port} --strictPort"]],
    ["Vite with pnpm", { "package.json": pack({ dev: "vite dev --open" }), "pnpm-lock.yaml": "" }, ["frontend . 9000 pnpm run dev --port {port} --strictPort"]],
    ["Next.js with yarn", { "package.json": pack({ dev: "next dev --turbo" }), "yarn.lock": "" }, ["frontend . 9000 yarn run dev -p {port}"]],
    ["Express with bun", { "package.json": pack({ start: "bun src/index.ts" }, ["express", "pg", "ioredis"]), "bun.lock": "" }, ["backend . 8000 bun run start | PORT={port} | postgres | redis"]],
    ["the manager packageManager names", { "package.json": pack({ dev: "nuxt dev" }, [], { packageManager: "pnpm@9.1.0" }), "package-lock.json": "" }, ["frontend . 9000 pnpm run dev --port {port}"]],
    ["Create React App", { "package.json": pack({ start: "react-scripts start" }) }, ["frontend . 9000 npm run start | PORT={port}"]],
    ["a port fixed in the script", { "package.json": pack({ dev: "vite --port 5173" }) }, ["frontend . 5173 npm exec -c 'vite --port {port}'"]],
    ["a fixed PORT variable", { "package.json": pack({ dev: "PORT=3000 node 'my server.js'" }) }, ["backend . 3000 npm exec -c 'PORT={port} node '\\''my server.js'\\'''"]],
    ["dev before start", { "package.json": pack({ start: "node dist/server.js", dev: "tsx watch src/server.ts" }, ["fastify"]) }, ["backend . 8000 npm run dev | PORT={port}"]],
    ["a worker beside the server", { "package.json": pack({ dev: "node server.js", worker: "node worker.js" }, ["bullmq"]) }, ["backend . 8000 npm run dev | PORT={port} | redis", "worker . none npm run worker | redis"]],
    ["a library that only watches", { "package.json": pack({ dev: "tsc --watch", build: "tsc" }) }, []],
    ["no scripts", { "package.json": "{}" }, []],
    ["a broken package.json", { "package.json": "{" }, []],
    ["Astro", { "site/package.json": pack({ dev: "astro dev" }) }, ["site site 9000 npm run dev -- --port {port}"]],
    ["NestJS", { "api/package.json": pack({ "start:dev": "nest start --watch" }) }, ["api api 8000 npm run start:dev | PORT={port}"]],
  ])("%s", (_title, files, expected) => expect(proposed(files)).toEqual(expected));

  test("a workspace gives its members, not the script that starts them all", () => {
    expect(proposed({
      "package.json": pack({ dev: "turbo run dev" }, [], { workspaces: ["apps/*"], packageManager: "yarn@4" }),
      "apps/web/package.json": pack({ dev: "next dev" }),
      "apps/admin/package.json": pack({ dev: "vite" }),
      "apps/api/package.json": pack({ dev: "tsx watch src/main.ts" }, ["hono"]),
      "packages/ui/package.json": pack({ dev: "tsup --watch" }),
      "node_modules/x/package.json": pack({ dev: "vite" }),
    })).toEqual([
      "admin apps/admin 9000 yarn run dev --port {port} --strictPort",
      "api apps/api 8000 yarn run dev | PORT={port}",
      "web apps/web 9001 yarn run dev -p {port}",
    ]);
  });

  test("a pnpm workspace that starts members in parallel is passed over at its root", () => {
    expect(proposed({
      "package.json": pack({ dev: "pnpm -r --parallel dev" }),
      "pnpm-workspace.yaml": "packages: [apps/*]\n",
      "pnpm-lock.yaml": "",
      "apps/web/package.json": pack({ dev: "vite" }),
    })).toEqual(["web apps/web 9000 pnpm run dev --port {port} --strictPort"]);
  });
});

describe("Python repositories", () => {
  test.each<readonly [title: string, files: Files, expected: readonly string[]]>([
    ["FastAPI with uv", { "pyproject.toml": "[project]\ndependencies = ['fastapi', \"asyncpg>=0.29\"]\n", "uv.lock": "", "app/main.py": "app = FastAPI()\n" },
      ["backend . 8000 uv run python -m uvicorn app.main:app --host 127.0.0.1 --port {port} --reload | postgres"]],
    ["FastAPI with poetry", { "api/pyproject.toml": "[tool.poetry]\n[tool.poetry.dependencies]\nredis = '5'\n", "api/main.py": "api: FastAPI = FastAPI(title='x')\n" },
      ["api api 8000 poetry run python -m uvicorn main:api --host 127.0.0.1 --port {port} --reload | redis"]],
    ["a FastAPI factory in a virtual environment", { "requirements.txt": "fastapi\npsycopg[binary]==3\n", "src/app/main.py": "def create_app():\n    return FastAPI()\n" },
      ["backend . 8000 .venv/bin/python -m uvicorn src.app.main:create_app --factory --host 127.0.0.1 --port {port} --reload | postgres"]],
    ["Django", { "manage.py": "os.environ['DJANGO_SETTINGS_MODULE']\nfrom django.core import management\n", "requirements.txt": "Django\n", "venv/bin/python": "" },
      ["backend . 8000 venv/bin/python manage.py runserver 127.0.0.1:{port}"]],
    ["Flask with pipenv", { "Pipfile": "[packages]\nflask = '*'\n", "app.py": "app = Flask(__name__)\n" },
      ["backend . 8000 pipenv run python -m flask --app app run --host 127.0.0.1 --port {port}"]],
    ["a Flask factory in a package", { "requirements.txt": "flask", "app/__init__.py": "def create_app():\n  app = Flask(__name__)\n" },
      ["backend . 8000 .venv/bin/python -m flask --app app run --host 127.0.0.1 --port {port}"]],
    ["a library", { "pyproject.toml": "[project]\n", "src/lib.py": "" }, []],
  ])("%s", (_title, files, expected) => expect(proposed(files)).toEqual(expected));

  test("beside a frontend", () => {
    expect(proposed({ "backend/requirements.txt": "", "backend/main.py": "app = FastAPI()", "frontend/package.json": pack({ dev: "vite" }) })).toEqual([
      "backend backend 8000 .venv/bin/python -m uvicorn main:app --host 127.0.0.1 --port {port} --reload",
      "frontend frontend 9000 npm run dev -- --port {port} --strictPort",
    ]);
  });
});

test("a Procfile lists everything: web has a port, release is left out", () => {
  expect(proposed({
    Procfile: "# processes\nweb: gunicorn app:app -b 0.0.0.0:$PORT\nworker: celery -A app worker\nrelease: ./migrate\napi: ./api --port ${PORT:-5000}\n\nnonsense\n",
    "package.json": pack({ dev: "vite" }),
  })).toEqual([
    "web . 8000 gunicorn app:app -b 0.0.0.0:{port} | PORT={port}",
    "worker . none celery -A app worker",
    "api . 8001 ./api --port {port} | PORT={port}",
  ]);
  expect(proposed({ Procfile: "web: a", "Procfile.dev": "web: b" })).toEqual(["web . 8000 b | PORT={port}"]);
});

test("an empty repository proposes nothing", () => {
  expect(proposed({})).toEqual([]);
  expect(proposedYaml(detect(treeOf({})))).toContain("services: {}");
});

test("two directories of one name get two names", () => {
  expect(proposed({ "apps/web/package.json": pack({ dev: "vite" }), "services/web/package.json": pack({ dev: "vite" }) }).map((line) => line.split(" ")[0])).toEqual(["web", "web-2"]);
});

test("every proposal has its reason", () => {
  const [proposal] = detect(treeOf({ "api/package.json": pack({ start: "node x.js" }) })).services;
  expect(proposal?.reason).toBe('api/package.json: script "start" starts a Node program; the port is passed as PORT');
});

test("the proposed file is readable, loads without problems, and means the same as the proposals", () => {
  const files = {
    "web/package.json": pack({ dev: "PORT=3000 next dev # it's \"quoted\"" }),
    "api/package.json": pack({ dev: "tsx watch src/main.ts", worker: "tsx worker.ts" }, ["fastify", "pg"]),
    "api/package-lock.json": "",
  };
  const text = proposedYaml(detect(treeOf(files)));
  expect(text).toBe(`# Configuration of envctl, proposed from what lies in this repository. Check it, then run \`envctl start\`.
# Every key with its default: .envctl.example in envctl's own directory
version: 1
services:
  api:
    # api/package.json: script "dev" starts Fastify; the port is passed as PORT
    # A guess: its source does not show how it is told its port; PORT is passed
    dir: api
    command: "npm run dev"
    port: 8000
    depends_on: [postgres]
    env:
      PORT: "{port}"
    prepare:
      - { name: install, run: "npm install --no-audit --no-fund", inputs: [package.json, package-lock.json] }
  worker:
    # api/package.json: script "worker"
    dir: api
    command: "npm run worker"
    port: none
    depends_on: [postgres]
    critical: false
    prepare:
      - { name: install, run: "npm install --no-audit --no-fund", inputs: [package.json, package-lock.json] }
  web:
    # web/package.json: script "dev" starts Next.js
    dir: web
    command: "npm exec -c 'PORT={port} next dev # it'\\\\''s \\"quoted\\"'"
    port: 3000
    prepare:
      - { name: install, run: "npm install --no-audit --no-fund", inputs: [package.json] }
requirements:
  postgres: {}
`);
  const written = resolveIn(directoryWith({ ...files, ".envctl": text })).resolved;
  const detected = resolveIn(directoryWith(files)).resolved;
  expect(written.config).toEqual(detected.config);
});

test("a service that a person added where nothing was found is written like the others", () => {
  const service = { isOn: true, dir: ".", command: "./serve {port}", port: "8100", reason: "added here" };
  const detection = answered({ services: [], requirements: [], notes: [] }, { defaultMode: "main", services: [{ ...service, name: "web" }, { ...service, name: "off", isOn: false }], requirements: [], notes: [] });
  const { config } = resolveIn(directoryWith({ ".envctl": proposedYaml(detection) })).resolved;
  expect(Object.keys(config.services)).toEqual(["web"]);
  expect(config.services["web"]).toMatchObject({ command: "./serve {port}", port: 8100 });
});

test("a server nothing points to can be added, at first for every service, later by itself", () => {
  const files = { "package.json": JSON.stringify({ scripts: { dev: "node server.js" } }), "server.js": "" };
  const directory = directoryWith(files);
  const found = detect(treeOf(files));
  const asked = proposedAnswers(found);
  expect(asked.requirements.map(({ name, isOn }) => [name, isOn])).toEqual(requirementAdapters.map(({ id }) => [id, false]));
  const withRedis = { ...asked, requirements: asked.requirements.map((one) => (one.name === "redis" ? { ...one, isOn: true, isolation: "shared" } : one)) };
  const { config } = resolveIn(directoryWith({ ...files, ".envctl": proposedYaml(answered(found, withRedis)) })).resolved;
  expect(Object.keys(config.requirements)).toEqual(["redis"]);
  expect(config.services["backend"]?.dependsOn).toContain("redis");
  const plain = configuredAnswers(resolveIn(directory).resolved.config);
  expect(changesBetween(plain, { ...plain, requirements: plain.requirements.map((one) => (one.name === "n8n" ? { ...one, isOn: true } : one)) })).toEqual([{ path: ["requirements", "n8n", "enabled"], value: true }]);
});

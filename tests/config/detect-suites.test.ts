/** Which tests and migrations are found in a repository. */
import { expect, test } from "vitest";
import { detectMigrations } from "../../src/config/detect/migrations.ts";
import { detectSuites } from "../../src/config/detect/suites.ts";
import { treeAt } from "../../src/config/files.ts";
import { directoryWith, resolveIn } from "./scratch.ts";

const script = (text: string): string => JSON.stringify({ scripts: { test: text } });
const services = [{ name: "api", dir: "backend" }, { name: "web", dir: "frontend" }, { name: "worker", dir: "backend" }];

test.each([
  [{ "backend/pyproject.toml": "[tool.pytest.ini_options]", "backend/tests/test_x.py": "", "frontend/package.json": script("vitest run"), "frontend/pnpm-lock.yaml": "" }, ["api: python -m pytest in backend", "web: pnpm test in frontend"]],
  [{ "backend/uv.lock": "", "backend/tests/conftest.py": "", "backend/tests/test_x.py": "" }, ["api: uv run python -m pytest in backend"]],
  [{ "backend/requirements.txt": "flask", "backend/tests/test_x.py": "", "backend/go.mod": "" }, ["api-python: python -m unittest discover -s tests -t . in backend", "api-go: go test ./... in backend"]],
  [{ "package.json": script("node --test"), "frontend/package.json": script('echo "Error: no test specified" && exit 1') }, ["all: npm test in ."]],
  [{ "Cargo.toml": "" }, ["all: cargo test in ."]],
  [{ "pyproject.toml": "", "src/x.py": "" }, []],
  [{ "frontend/package.json": "{ torn" }, []],
])("%j holds %j", (files, expected) => {
  const found = detectSuites(treeAt(directoryWith(files)), services);
  expect(found.map(({ name, command, dir }) => `${name}: ${String(command)} in ${dir}`)).toEqual(expected);
});

test.each([
  [{ "backend/alembic.ini": "", "backend/venv/bin/python": "" }, ["api: venv/bin/python -m alembic upgrade head"]],
  [{ "frontend/prisma/schema.prisma": "" }, ["web: npx --no-install prisma migrate deploy"]],
  [{ "backend/manage.py": "import django" }, ["api: python manage.py migrate --noinput"]],
  [{ "backend/manage.py": "import flask" }, []],
])("%j is migrated by %j", (files, expected) => expect(detectMigrations(treeAt(directoryWith(files)), services).map(({ service, command }) => `${service}: ${command}`)).toEqual(expected));

test("configured suites belong to the service of their name, also in the Python engine's form", () => {
  const yaml = resolveIn(directoryWith({ ".envctl": "services: { api: { command: x, dir: backend } }\ntest: { api: { command: pytest }, all: { command: [make, check], service: api, runner: tap, report: out.xml } }\n" })).resolved.config;
  expect(yaml.suites).toEqual({ api: { name: "api", command: "pytest", dir: "backend", service: "api" }, all: { name: "all", command: ["make", "check"], dir: "backend", service: "api", runner: "tap", report: "out.xml" } });
  const legacy = resolveIn(directoryWith({ ".envctl": "BACKEND_DIR=api\nENVCTL_BACKEND_START_CMD=npm start\nENVCTL_BACKEND_TEST_CMD=pytest -q\nENVCTL_ACTION_TEST_CMD=make check\n", "api/x": "" })).resolved.config;
  expect(legacy.suites).toEqual({ backend: { name: "backend", command: "pytest -q", dir: "api", service: "backend" }, all: { name: "all", command: "make check", dir: "." } });
});

test.each([
  ["test: { api: { dir: x } }", "`test.api` has no command"],
  ["services: { web: { command: x } }\ntest: { api: { command: y, service: wbe } }", "wbe"],
  ["test: { api: { command: y, runner: pytst } }", "must be one of pytest, unittest, vitest"],
  ["test: { api: { command: y, dir: ../x } }", "must be a directory inside the project"],
])("%j is refused", (text, message) => expect(() => resolveIn(directoryWith({ ".envctl": text }))).toThrow(message));

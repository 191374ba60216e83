/** Services of Python projects: FastAPI and other ASGI applications with uvicorn, Django, Flask; with poetry, uv, pipenv or venv. */
import type { PrepareConfig } from "../../model/config.ts";
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { has, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

interface Application {
  readonly title: string;
  /** Words after the runner's `python -m`. */
  readonly words: string;
  readonly file: string;
}

/** How programs of the project's environment are run, and how that environment is made. */
export interface Runner {
  readonly title: string;
  readonly prefix: string;
  readonly prepare: readonly PrepareConfig[];
}

const modules = [
  "main", "app", "server", "asgi", "wsgi", "application", "api",
  "app/main", "app/app", "app/server", "app/__init__", "src/main", "src/app", "src/app/main", "src/server", "api/main", "backend/main", "server/main",
];

export const pythonDetector: Detector = {
  id: "python",
  files: ["pyproject.toml", "requirements.txt", "Pipfile", "manage.py", "setup.py", "uv.lock", "poetry.lock"],
  detect(tree, directory) {
    const application = djangoOf(tree, directory) ?? applicationOf(tree, directory);
    return application === undefined ? [] : [candidateOf(tree, directory, application)];
  },
};

/** Replaces a leading `python` by the project's own, as the Python engine does. */
export function withProjectPython(command: string, tree: Tree, directory: string): string {
  const match = /^python(?:3(?:\.\d+)?)?(?=\s)/.exec(command);
  if (match === null) return command;
  const environment = [".venv", "venv"].find((name) => has(tree, within(directory, `${name}/bin`), "python"));
  if (environment !== undefined) return `${environment}/bin/python${command.slice(match[0].length)}`;
  const prefix = isPoetry(tree, directory) ? "poetry run " : isUv(tree, directory) ? "uv run " : "";
  return prefix + command;
}

function candidateOf(tree: Tree, directory: string, application: Application): Candidate {
  const runner = runnerOf(tree, directory);
  return {
    role: "backend",
    dir: directory,
    command: `${runner.prefix}${application.words}`,
    listens: true,
    env: {},
    prepare: runner.prepare,
    uses: usedIn(tree, directory, "python"),
    reason: `${application.file}: ${application.title}, run with ${runner.title}`,
    file: application.file,
  };
}

function djangoOf(tree: Tree, directory: string): Application | undefined {
  const text = tree.read(within(directory, "manage.py"));
  if (text === undefined || !text.includes("django")) return undefined;
  return { title: "Django", words: "python manage.py runserver 127.0.0.1:{port}", file: within(directory, "manage.py") };
}

function applicationOf(tree: Tree, directory: string): Application | undefined {
  for (const module of modules) {
    const file = within(directory, `${module}.py`);
    const text = tree.read(file);
    const found = text === undefined ? undefined : applicationIn(text, moduleName(module), file);
    if (found !== undefined) return found;
  }
  return undefined;
}

function applicationIn(text: string, module: string, file: string): Application | undefined {
  const asgi = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(FastAPI|Starlette|Litestar|Quart)\s*\(/m.exec(text);
  if (asgi !== null) return { title: asgi[2] ?? "ASGI", words: `python -m uvicorn ${module}:${asgi[1]} --host 127.0.0.1 --port {port} --reload`, file };
  if (/^def create_app\s*\(/m.test(text) && /\bFastAPI\s*\(/.test(text)) {
    return { title: "FastAPI", words: `python -m uvicorn ${module}:create_app --factory --host 127.0.0.1 --port {port} --reload`, file };
  }
  const isFlask = /^\w+\s*(?::\s*\w+\s*)?=\s*Flask\s*\(/m.test(text) || (/^def (?:create|make)_app\s*\(/m.test(text) && /\bFlask\s*\(/.test(text));
  return isFlask ? { title: "Flask", words: `python -m flask --app ${module} run --host 127.0.0.1 --port {port}`, file } : undefined;
}

function moduleName(module: string): string {
  return module.replace(/\/__init__$/, "").replaceAll("/", ".");
}

/** How the programs of a Python project are run. */
export function runnerOf(tree: Tree, directory: string): Runner {
  if (isUv(tree, directory)) return { title: "uv", prefix: "uv run ", prepare: install("uv sync", ["pyproject.toml", "uv.lock"]) };
  if (isPoetry(tree, directory)) return { title: "poetry", prefix: "poetry run ", prepare: install("poetry install --no-root", ["pyproject.toml", "poetry.lock"]) };
  if (has(tree, directory, "Pipfile")) return { title: "pipenv", prefix: "pipenv run ", prepare: install("pipenv install --dev", ["Pipfile", "Pipfile.lock"]) };
  const environment = has(tree, directory, "venv") && !has(tree, directory, ".venv") ? "venv" : ".venv";
  const source = has(tree, directory, "requirements.txt") ? "-r requirements.txt" : "-e .";
  const inputs = [has(tree, directory, "requirements.txt") ? "requirements.txt" : "pyproject.toml"];
  return {
    title: `a virtual environment in ${environment}`,
    prefix: `${environment}/bin/`,
    prepare: install(`python3 -m venv ${environment} && ${environment}/bin/pip install ${source}`, inputs),
  };
}

function install(command: string, inputs: readonly string[]): readonly PrepareConfig[] {
  return [{ name: "install", command, inputs }];
}

function isUv(tree: Tree, directory: string): boolean {
  return has(tree, directory, "uv.lock") || /^\[tool\.uv/m.test(tree.read(within(directory, "pyproject.toml")) ?? "");
}

function isPoetry(tree: Tree, directory: string): boolean {
  return has(tree, directory, "poetry.lock") || /^\[tool\.poetry/m.test(tree.read(within(directory, "pyproject.toml")) ?? "");
}

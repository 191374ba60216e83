/** Test suites from what lies in a repository: test scripts, pytest and unittest, Go modules, crates. */
import type { ServicePlace, SuiteConfig } from "../../model/config.ts";
import { testScriptOf } from "./node.ts";
import { withProjectPython } from "./python.ts";
import { has, within, type Tree } from "./tree.ts";

interface Found {
  readonly kind: string;
  readonly command: string;
}

const pythonFiles = ["pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "manage.py", "uv.lock", "poetry.lock"];
const pytestWords = /^\[tool\.pytest|^\[tool:pytest\]|^\[pytest\]|\bpytest\b/m;

/** One row a kind; a directory may hold several. */
const kinds: readonly ((tree: Tree, directory: string) => Found | undefined)[] = [
  (tree, directory) => {
    const command = testScriptOf(tree, directory);
    return command === undefined ? undefined : { kind: "node", command };
  },
  (tree, directory) => {
    const command = pythonTests(tree, directory);
    return command === undefined ? undefined : { kind: "python", command: withProjectPython(command, tree, directory) };
  },
  (tree, directory) => (has(tree, directory, "go.mod") ? { kind: "go", command: "go test ./..." } : undefined),
  (tree, directory) => (has(tree, directory, "Cargo.toml") ? { kind: "rust", command: "cargo test" } : undefined),
];

/** Those of the services' directories; where these have none, those of the root. */
export function detectSuites(tree: Tree, services: readonly ServicePlace[]): readonly SuiteConfig[] {
  const own = services.filter(({ dir }, index) => services.findIndex((other) => other.dir === dir) === index).flatMap(({ name, dir }) => suitesIn(tree, dir, name, name));
  return own.length > 0 ? own : suitesIn(tree, ".", "all", undefined);
}

function suitesIn(tree: Tree, dir: string, name: string, service: string | undefined): readonly SuiteConfig[] {
  const found = kinds.flatMap((kind) => kind(tree, dir) ?? []);
  return found.map(({ kind, command }) => ({ name: found.length === 1 ? name : `${name}-${kind}`, command, dir, ...(service === undefined ? {} : { service }) }));
}

/** pytest where anything speaks of it, else unittest where there are tests at all. */
function pythonTests(tree: Tree, directory: string): string | undefined {
  const texts = pythonFiles.map((file) => tree.read(within(directory, file))).filter((text) => text !== undefined);
  if (texts.length === 0) return undefined;
  const tests = ["tests", "test"].find((name) => has(tree, directory, name) && tree.list(within(directory, name)).some((file) => /^test_.*\.py$|\/$/.test(file)));
  const hasTests = tests !== undefined || tree.list(directory).some((file) => /^test_.*\.py$|_test\.py$/.test(file));
  if (!hasTests) return undefined;
  if (texts.some((text) => pytestWords.test(text)) || has(tree, directory, "pytest.ini") || has(tree, directory, "conftest.py") || (tests !== undefined && has(tree, within(directory, tests), "conftest.py"))) return "python -m pytest";
  return tests === undefined ? "python -m unittest" : `python -m unittest discover -s ${tests} -t .`;
}

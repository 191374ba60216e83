/** Services from package.json scripts, for npm, pnpm, yarn and bun, alone or in a workspace. */
import type { PrepareConfig } from "../../model/config.ts";
import { nodeFrameworks } from "./node-frameworks.ts";
import type { Framework } from "./node-frameworks.ts";
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { fixedPort, toldBySource } from "./listening.ts";
import type { Told } from "./listening.ts";
import { has, sourceTexts, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

type Manager = "npm" | "pnpm" | "yarn" | "bun";

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
  readonly manager?: string;
  readonly hasWorkspaces: boolean;
}

const lockFiles: readonly (readonly [string, Manager])[] = [
  ["pnpm-lock.yaml", "pnpm"], ["yarn.lock", "yarn"], ["bun.lock", "bun"], ["bun.lockb", "bun"], ["package-lock.json", "npm"], ["npm-shrinkwrap.json", "npm"],
];
const serverScripts = ["dev", "start:dev", "develop", "serve", "start"];
/** A workspace's root script that only starts its members' scripts. */
const startsMany = /(?<![\w-])(?:concurrently|npm-run-all|run-p|run-s|turbo|lerna|wireit)\b|\bnx run-many\b|(?:^|[\s;&])cd\s|--prefix\b/;
const runner = /\b(?:turbo|nx|lerna|concurrently|npm-run-all|run-p|wireit)\b|--workspaces?\b|\s-w\s|--filter\b|\s-r\s|--parallel\b/;

export const nodeDetector: Detector = {
  id: "node",
  files: ["package.json"],
  detect(tree, directory) {
    const own = packageAt(tree, directory);
    if (own === undefined) return [];
    const manager = managerOf(tree, directory, own);
    const script = serverScripts.find((name) => frameworkOf(own.scripts[name], own) !== undefined);
    const scripts = script === undefined ? partsOf(own) : [script];
    const servers = scripts.flatMap((name) => serverOf(tree, directory, own, manager, name) ?? []).map((one, index) => (script === undefined ? { ...one, name: (scripts[index] ?? "").replace(/^.*:/, "") } : one));
    const worker = workerOf(tree, directory, own, manager);
    return [...servers, ...(worker === undefined ? [] : [worker])];
  },
};

/** What runs the tests of a package; undefined where its script is missing, or the one `npm init` writes. */
export function testScriptOf(tree: Tree, directory: string): string | undefined {
  const own = packageAt(tree, directory);
  const script = own?.scripts["test"];
  if (own === undefined || script === undefined || script.includes("no test specified")) return undefined;
  const manager = managerOf(tree, directory, own);
  return manager === "bun" ? "bun run test" : `${manager} test`;
}

/** `dev:api` and `dev:web`, where `dev` only starts them both. */
function partsOf(own: Package): readonly string[] {
  const prefix = ["dev", "start"].find((name) => own.scripts[name] !== undefined && startsMany.test(own.scripts[name]));
  return prefix === undefined ? [] : Object.keys(own.scripts).filter((name) => name.startsWith(`${prefix}:`) && !name.endsWith("worker") && frameworkOf(own.scripts[name], own) !== undefined);
}

function serverOf(tree: Tree, directory: string, own: Package, manager: Manager, script: string): Candidate | undefined {
  const text = own.scripts[script];
  const framework = frameworkOf(text, own);
  if (text === undefined || framework === undefined) return undefined;
  const fixed = fixedPort.exec(text);
  const usesPortVariable = framework.words === undefined && fixed === null;
  const told = usesPortVariable ? toldOf(tree, directory, framework) : { env: {} };
  const variable = Object.keys(told.env)[0];
  return {
    role: framework.role,
    dir: directory,
    command: fixed === null ? scriptCommand(manager, script, framework.words) : shellCommand(manager, text.replace(fixedPort, "$1{port}")),
    ...(fixed === null ? {} : { port: Number(fixed[2]) }),
    ...told,
    listens: true,
    prepare: installOf(tree, directory, manager),
    uses: usedIn(tree, directory, "node"),
    reason: `${within(directory, "package.json")}: script "${script}" starts ${framework.title}${variable === undefined ? "" : `; the port is passed as ${variable}`}`,
    file: within(directory, "package.json"),
  };
}

function toldOf(tree: Tree, directory: string, framework: Framework): Told {
  return framework.readsPort === true ? { env: { PORT: "{port}" } } : toldBySource(sourceTexts(tree, directory, /(?<!\.d|\.test|\.spec)\.[cm]?[jt]s$/));
}

function workerOf(tree: Tree, directory: string, own: Package, manager: Manager): Candidate | undefined {
  const script = ["worker:dev", "dev:worker", "worker"].find((name) => own.scripts[name] !== undefined);
  if (script === undefined) return undefined;
  return {
    role: "worker",
    dir: directory,
    command: scriptCommand(manager, script, undefined),
    listens: false,
    env: {},
    prepare: installOf(tree, directory, manager),
    uses: usedIn(tree, directory, "node"),
    reason: `${within(directory, "package.json")}: script "${script}"`,
    file: within(directory, "package.json"),
  };
}

function frameworkOf(script: string | undefined, own: Package): Framework | undefined {
  if (script === undefined || startsMany.test(script) || (own.hasWorkspaces && runner.test(script)) || /\b(?:tsc|rollup|tsup)\b[^&]*(?:-w|--watch)\b/.test(script)) return undefined;
  return nodeFrameworks.find(({ script: pattern, dependency }) => pattern?.test(script) ?? (dependency !== undefined && own.dependencies.includes(dependency)));
}

/** npm needs `--` before words for the script; the others hand them on, and pnpm would hand on the `--` too. */
function scriptCommand(manager: Manager, script: string, words: string | undefined): string {
  if (words === undefined) return `${manager} run ${script}`;
  return manager === "npm" ? `npm run ${script} -- ${words}` : `${manager} run ${script} ${words}`;
}

/** Runs a script's own text with another port in it; the manager puts the package's programs on the PATH. */
function shellCommand(manager: Manager, text: string): string {
  if (manager === "npm") return `npm exec -c ${quoted(text)}`;
  if (manager === "pnpm") return `pnpm exec -c ${quoted(text)}`;
  return `PATH="$PWD/node_modules/.bin:$PATH" ${text}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function installOf(tree: Tree, directory: string, manager: Manager): readonly PrepareConfig[] {
  const lock = lockFiles.find(([file, owner]) => owner === manager && has(tree, directory, file))?.[0];
  const command = manager === "npm" ? "npm install --no-audit --no-fund" : `${manager} install`;
  return [{ name: "install", command, inputs: lock === undefined ? ["package.json"] : ["package.json", lock] }];
}

/** How a package's programs and scripts are run, for detectors that need only that. */
export function managerAt(tree: Tree, directory: string): { readonly manager: Manager; readonly prepare: readonly PrepareConfig[] } {
  const own = packageAt(tree, directory);
  const manager = own === undefined ? "npm" : managerOf(tree, directory, own);
  return { manager, prepare: own === undefined ? [] : installOf(tree, directory, manager) };
}

function managerOf(tree: Tree, directory: string, own: Package): Manager {
  const root = packageAt(tree, ".");
  for (const name of [own.manager, lockOwner(tree, directory), root?.manager, lockOwner(tree, ".")]) {
    const manager = (["npm", "pnpm", "yarn", "bun"] as const).find((one) => name?.split("@")[0] === one);
    if (manager !== undefined) return manager;
  }
  return "npm";
}

function lockOwner(tree: Tree, directory: string): Manager | undefined {
  return lockFiles.find(([file]) => has(tree, directory, file))?.[1];
}

/** A package.json as far as it is understood; undefined when it is not there or not JSON. */
function packageAt(tree: Tree, directory: string): Package | undefined {
  const text = tree.read(within(directory, "package.json"));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (!isRecord(value)) return undefined;
    return {
      scripts: textsOf(value["scripts"]),
      dependencies: [...Object.keys(textsOf(value["dependencies"])), ...Object.keys(textsOf(value["devDependencies"]))],
      ...(typeof value["packageManager"] === "string" ? { manager: value["packageManager"] } : {}),
      hasWorkspaces: value["workspaces"] !== undefined || has(tree, directory, "pnpm-workspace.yaml"),
    };
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

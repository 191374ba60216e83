/** Programs and directories that units and the repository need. */
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { onPath } from "../../host/on-path.ts";
import { readJson } from "../../host/files.ts";
import type { PlanNode } from "../../model/plan.ts";
import { orPass, pass, type Check, type GateCheck, type GateFacts, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

/** Every directory a unit is to start in is there. */
export const directoriesCheck: GateCheck = {
  id: "directories",
  title: "Directories of services",
  gates: ["start", "resume"],
  run: async (facts) => {
    const nodes = await starting(facts);
    const gone = nodes.filter(({ spec }) => !existsSync(spec.directory));
    return orPass(gone.map(({ spec }): Remark => ({
      status: spec.critical ? "fail" : "warn",
      reason: "directory_missing",
      detail: `the directory of ${spec.id} does not exist: ${spec.directory}`,
      hint: `make it, \`mkdir -p ${spec.directory}\`, or set services.${spec.name}.dir in .envctl`,
    })), counted(nodes.length, "directory to start in is there", "directories to start in are there"));
  },
};

/** Every program that is to start can be found. One that a prepare step may bring along is not asked for. */
export const programsCheck: GateCheck = {
  id: "programs",
  title: "Programs of services",
  gates: ["start", "resume"],
  run: async (facts) => {
    const nodes = (await starting(facts)).filter(({ spec }) => spec.module === undefined && spec.executor === "process" && spec.prepare.length === 0 && existsSync(spec.directory));
    const missing = nodes.filter((node) => !isThere(node, facts.host.environment));
    return orPass(missing.map(({ spec }): Remark => ({
      // What a path names, a unit it waits for may yet build.
      status: spec.critical && isName(spec.command[0] ?? "") ? "fail" : "warn",
      reason: "spawn_failed",
      detail: `${spec.id} cannot start: its program "${spec.command[0]}" was not found${isName(spec.command[0] ?? "") ? " on the PATH" : ""}`,
      hint: `install ${spec.command[0]}, or correct services.${spec.name}.command in .envctl`,
    })), counted(nodes.length, "program is there", "programs are there"));
  },
};

async function starting({ plan }: Pick<GateFacts, "plan">): Promise<readonly PlanNode[]> {
  return ((await plan())?.nodes ?? []).filter(({ action, spec }) => (action === "start" || action === "restart") && spec.kind === "service");
}

function isName(program: string): boolean {
  return !program.includes("/");
}

/** A relative path is one from the unit's directory; a name is looked for on the unit's own PATH. */
function isThere({ spec }: PlanNode, environment: Readonly<Record<string, string | undefined>>): boolean {
  const program = spec.command[0] ?? "";
  if (program === "" || program.includes("{{secret:")) return true;
  if (!isName(program)) return existsSync(isAbsolute(program) ? program : resolve(spec.directory, program));
  return onPath(program, { PATH: spec.env["PATH"] ?? environment["PATH"] }) !== undefined;
}

export const gitCheck: Check = {
  id: "git",
  title: "git",
  gates: [],
  run: async ({ host, checkout }) => {
    if (onPath("git", host.environment) === undefined) return [{ status: "warn", detail: "git is not on the PATH: worktrees are read from its files, but none can be made", hint: "install git" }];
    if (checkout.gitDirectory === undefined) return [{ status: "warn", detail: `${checkout.repository} is no git repository: there are no worktrees`, hint: `make it one: \`git -C ${checkout.repository} init\`` }];
    const result = await host.runProgram(["git", "-C", checkout.repository, "rev-parse", "--git-dir"], { timeoutMs: 800, environment: host.environment });
    if (result.code === 0) return pass(`it reads ${checkout.repository}`);
    return [{ status: "warn", detail: `git refuses ${checkout.repository}: ${(result.trouble ?? result.stderr).split("\n")[0]}`, hint: `if you trust it: \`git config --global --add safe.directory ${checkout.repository}\`` }];
  },
};

/** Lock file → the program that reads it. */
const managers: readonly (readonly [file: string, program: string, install: string])[] = [
  ["pnpm-lock.yaml", "pnpm", "npm install -g pnpm"],
  ["yarn.lock", "yarn", "npm install -g yarn"],
  ["package-lock.json", "npm", "install Node with npm"],
  ["bun.lock", "bun", "npm install -g bun"],
  ["bun.lockb", "bun", "npm install -g bun"],
  ["uv.lock", "uv", "pipx install uv"],
  ["poetry.lock", "poetry", "pipx install poetry"],
  ["Pipfile.lock", "pipenv", "pipx install pipenv"],
  ["Gemfile.lock", "bundle", "gem install bundler"],
  ["composer.lock", "composer", "install composer"],
  ["Cargo.lock", "cargo", "install Rust: https://rustup.rs"],
  ["go.sum", "go", "install Go"],
];

export const managersCheck: Check = {
  id: "package-managers",
  title: "Package managers",
  gates: [],
  run: async (world) => {
    const directories = await serviceDirectories(world);
    const needed = managers.flatMap(([file, program, install]) => {
      const found = directories.find((directory) => existsSync(join(directory, file)));
      return found === undefined ? [] : [{ file: join(found, file), program, install }];
    });
    const missing = needed.filter(({ program }) => onPath(program, world.host.environment) === undefined);
    return orPass(missing.map(({ file, program, install }): Remark => ({ status: "warn", detail: `${file} is for ${program}, which is not on the PATH`, hint: `\`${install}\`` })),
      needed.length === 0 ? "no lock file asks for one" : [...new Set(needed.map(({ program }) => program))].join(", "));
  },
};

async function serviceDirectories({ checkout, config }: World): Promise<readonly string[]> {
  const services = Object.values((await config())?.config.services ?? {});
  return [...new Set([checkout.projectRoot, ...services.map(({ dir }) => resolve(checkout.projectRoot, dir))])];
}

/** What a directory says about the Node and the Python it wants. */
const wishes: readonly { readonly program: string; readonly wanted: (directory: string) => { readonly version: string; readonly source: string } | undefined }[] = [
  { program: "node", wanted: (directory) => fileWish(directory, ".nvmrc") ?? fileWish(directory, ".node-version") ?? enginesWish(directory) },
  { program: "python3", wanted: (directory) => fileWish(directory, ".python-version") },
];

export const versionsCheck: Check = {
  id: "versions",
  title: "Versions services ask for",
  gates: [],
  run: async (world) => {
    const directories = await serviceDirectories(world);
    const remarks = await Promise.all(wishes.map(async ({ program, wanted }): Promise<readonly Remark[]> => {
      const wish = directories.map(wanted).find((one) => one !== undefined);
      if (wish === undefined || onPath(program, world.host.environment) === undefined) return [];
      const { stdout } = await world.host.runProgram([program, "--version"], { timeoutMs: 800, environment: world.host.environment });
      const found = /\d+(?:\.\d+)*/.exec(stdout)?.[0];
      if (found === undefined || fits(found, wish.version)) return [];
      return [{ status: "warn", detail: `${wish.source} asks for ${program} ${wish.version}, and the PATH has ${found}`, hint: `put ${program} ${wish.version} first on the PATH (nvm, fnm, pyenv, mise), or change ${wish.source}` }];
    }));
    return orPass(remarks.flat(), "nothing asks for another one");
  },
};

function fileWish(directory: string, name: string): { readonly version: string; readonly source: string } | undefined {
  const source = join(directory, name);
  const version = existsSync(source) ? /^v?(\d[\d.]*)/.exec(readFileSync(source, "utf8").trim())?.[1] : undefined;
  return version === undefined ? undefined : { version, source };
}

/** Of ranges only `>=N` and plain versions are understood; others ask for nothing here. */
function enginesWish(directory: string): { readonly version: string; readonly source: string } | undefined {
  const source = join(directory, "package.json");
  const content = readJson(source);
  const engines = typeof content === "object" && content !== null && "engines" in content ? content.engines : undefined;
  const text = typeof engines === "object" && engines !== null && "node" in engines && typeof engines.node === "string" ? engines.node : "";
  const version = /^\s*((?:>=\s*)?\d[\d.]*)\s*$/.exec(text)?.[1]?.replaceAll(" ", "");
  return version === undefined ? undefined : { version, source };
}

function fits(found: string, wanted: string): boolean {
  if (!wanted.startsWith(">=")) return `${found}.`.startsWith(`${wanted.replace(/\.$/, "")}.`);
  const [one, other] = [found, wanted.slice(2)].map((text) => text.split(".").map(Number));
  const at = (other ?? []).findIndex((number, index) => number !== (one?.[index] ?? 0));
  return at < 0 || (one?.[at] ?? 0) > (other?.[at] ?? 0);
}

/** The rules of the house that a machine can check: directions of imports, sizes, exports, what start-up loads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, packageRoot, sourceFiles, staticClosure, type ImportedModule, type SourceFile } from "./rig/source-files.ts";

/** Only these import freely: they put the parts together. */
const compositionRoots = ["src/runtime.ts", "src/compose-engine.ts", "src/open-daemon.ts", "src/throw-away.ts", "src/cli/main.ts", "src/cli/process.ts", "src/cli/compose.ts", "src/daemon/main.ts", "src/sdk/connect.ts", "src/plugins/loader.ts"];

/** Folder → folders it may use, itself included by default. `type` allows only imports that vanish when compiled. */
const mayUse: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  model: { values: [] },
  config: { values: ["model"] },
  plan: { values: ["model"] },
  redaction: { values: ["model"] },
  schedule: { values: ["model"] },
  ui: { values: ["model"], types: ["contracts", "schedule"] },
  cli: { values: ["model", "ui"], types: ["runtime.ts"] },
  host: { values: ["model"] },
  state: { values: ["model", "host"] },
  jobs: { values: ["model", "host"] },
  graph: { values: ["model", "schedule", "host"] },
  requirements: { values: ["model", "host"] },
  worktrees: { values: ["model", "host"] },
  doctor: { values: ["model", "host", "plan", "redaction", "plugins"], types: ["runtime.ts", "state", "requirements", "daemon"] },
  actions: { values: ["model", "schedule", "host", "worktrees"] },
  suites: { values: ["model", "schedule", "host", "config", "actions"] },
  plugins: { values: ["model", "host"], types: ["requirements", "config", "cli", "doctor", "runtime.ts"] },
  engine: { values: ["model", "config", "plan", "schedule", "redaction", "host", "state", "jobs", "requirements", "worktrees", "actions", "plugins", "doctor"], types: ["runtime.ts"] },
  daemon: { values: ["model", "engine", "state", "host"], types: ["runtime.ts", "plugins"] },
  commands: { values: ["model", "cli", "ui", "redaction", "sdk"], types: ["runtime.ts", "actions", "config", "state", "requirements", "host", "worktrees", "suites", "contracts", "graph", "plugins"] },
  sdk: { values: ["model"], types: ["runtime.ts", "daemon"] },
  contracts: { values: ["model", "config", "cli", "commands", "ui"], types: ["state"] },
};

/** Pure folders know no clock, process, file or chance; hashing and path arithmetic are pure. */
const pureFolders = ["model", "plan", "schedule", "config", "ui", "redaction"];
const pureBuiltIns = ["node:crypto", "node:path", "node:util"];
/** Reads configuration files for the rest of its folder. */
const filesWithEffects = ["src/config/files.ts"];
const impureWords = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(?!\.)|\brandomUUID\(|\brandomBytes\(|\bsetTimeout\(|\bfetch\(/;

/** Where the dashboard's parts are taken from those of envctl, without the ways to the daemon. */
const dashboardPartsFile = "src/commands/dashboard/dashboard-parts.ts";
/** How other commands ask the daemon. */
const ownWays = ["src/commands/job-orders.ts"];

/** Libraries that would be felt at every start. */
const heavyLibraries = ["ink", "react", "dockerode", "zod", "yaml", "execa", "ajv", "pg", "ioredis"];

/** Loaded by every command. */
const startFiles = ["src/cli/main.ts", "src/cli/process.ts", "src/cli/compose.ts", "src/commands/table.ts"];

/** Packages that are ES modules. The bundler gives an `import()` of any other nothing but a default export. */
const importableOnDemand = ["execa", "ink", "commander"];

const sources = sourceFiles("src");
const everything = [...sources, ...["tests", "scripts", "bench"].flatMap(sourceFiles)];

function isRoot(file: SourceFile): boolean {
  return compositionRoots.includes(file.path);
}

function isAllowed(file: SourceFile, one: ImportedModule): boolean {
  const [own, target] = [folderOf(file.path), folderOf(one.target)];
  const rule = mayUse[own];
  return rule === undefined || own === target || rule.values.includes(target) || (one.isType && (rule.types ?? []).includes(target));
}

describe("directions", () => {
  test("every folder has a rule", () => {
    const folders = new Set(sources.filter((file) => !isRoot(file)).map((file) => folderOf(file.path)));
    expect([...folders].filter((folder) => mayUse[folder] === undefined)).toEqual([]);
  });

  test("a folder imports only what it may", () => {
    const wrong = sources.filter((file) => !isRoot(file)).flatMap((file) => file.imports.filter((one) => one.isOurs && !isAllowed(file, one)).map((one) => `${file.path} → ${one.target}`));
    expect(wrong).toEqual([]);
  });

  test("the dashboard reaches the daemon through the SDK, as anybody else's program does, and in no other way", () => {
    const files = sources.filter(({ path }) => /^src\/(?:commands|ui|cli)\/dashboard\b/.test(path) && path !== dashboardPartsFile);
    const imports = files.flatMap((file) => file.imports.filter(({ target }) => target.startsWith("src/daemon/") || (target === "src/runtime.ts" && file.path !== "src/commands/dashboard/session.ts") || ownWays.includes(target)).map(({ target }) => `${file.path} → ${target}`));
    const words = files.flatMap((file) => linesWith(file, /\bruntime\.(?:control|daemon|jobs|jobStore|preview|services)\b|\b(?:connectDaemon|ensureDaemon|reachDaemon)\b/));
    const parts = sources.find(({ path }) => path === dashboardPartsFile)?.text;
    expect([...imports, ...words]).toEqual([]);
    expect(parts).toContain('Omit<EngineRuntime, "control" | "daemon" | "jobs" | "jobStore" | "preview" | "services">');
  });

  test("source code does not import tests, scripts or benchmarks", () => {
    const wrong = sources.flatMap((file) => file.imports.filter((one) => one.isOurs && !one.target.startsWith("src/")).map((one) => `${file.path} → ${one.target}`));
    expect(wrong).toEqual([]);
  });

  test("the model uses no library", () => {
    const wrong = sources.filter((file) => folderOf(file.path) === "model").flatMap((file) => file.imports.filter((one) => !one.isOurs && !one.target.startsWith("node:")).map((one) => `${file.path} → ${one.target}`));
    expect(wrong).toEqual([]);
  });

  test("pure folders have no effects", () => {
    const pure = sources.filter((file) => pureFolders.includes(folderOf(file.path)) && !filesWithEffects.includes(file.path));
    const imports = pure.flatMap((file) => file.imports.filter((one) => !one.isType && one.target.startsWith("node:") && !pureBuiltIns.includes(one.target)).map((one) => `${file.path} → ${one.target}`));
    const words = pure.flatMap((file) => linesWith(file, impureWords));
    expect([...imports, ...words]).toEqual([]);
  });
});

describe("waiting", () => {
  test("no timeout is mixed into another signal by AbortSignal.any, which may forget it: nodejs/node#57736", () => {
    expect(sources.flatMap((file) => linesWith(file, /AbortSignal\.any\(.*AbortSignal\.timeout\(/))).toEqual([]);
  });
});

describe("files", () => {
  test("none is longer than 300 lines", () => {
    const long = everything.map((file) => ({ path: file.path, lines: file.text.trimEnd().split("\n").length })).filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  test("exports have names", () => {
    expect(everything.flatMap((file) => linesWith(file, /^export default\b|^export \{[^}]*\bas default\b/))).toEqual([]);
  });

  test("there are no barrels", () => {
    const passedOn = sources.flatMap((file) => linesWith(file, /^export (?:type )?(?:\*|\{[^}]*\}) from\b/));
    const indexes = sources.filter((file) => /\/index\.tsx?$/.test(file.path)).map((file) => file.path);
    expect([...passedOn, ...indexes]).toEqual([]);
  });

  test("names say what is inside", () => {
    const vague = sources.filter((file) => /\/(support|helpers?|utils?|common|managers?|facade|misc)\.tsx?$/.test(file.path)).map((file) => file.path);
    expect(vague).toEqual([]);
  });

  test("tests mock nothing and sleep nowhere", () => {
    const tests = sourceFiles("tests").filter((file) => file.path.endsWith(".test.ts") && file.path !== "tests/architecture.test.ts");
    expect(tests.flatMap((file) => linesWith(file, /\bvi\.(mock|fn|spyOn)\(/))).toEqual([]);
  });
});

describe("start-up", () => {
  test("no heavy library is loaded before the command is known", () => {
    const packages = startFiles.flatMap((entry) => staticClosure(sources, entry).packages);
    expect(packages.filter((text) => heavyLibraries.includes(text.split(" ")[0] ?? ""))).toEqual([]);
  });

  test("the version is told without any library", () => {
    expect(staticClosure(sources, "src/cli/main.ts").packages).toEqual([]);
  });

  test("libraries loaded on demand are ones the bundler can hand over whole", () => {
    const wrong = sources.flatMap((file) => file.imports.filter((one) => one.isDynamic && !one.isType && !one.isOurs && !one.target.startsWith("node:") && !importableOnDemand.includes(one.target)).map((one) => `${file.path} → ${one.target}: import it statically in a file that is loaded on demand`));
    expect(wrong).toEqual([]);
  });
});

describe("package", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { readonly dependencies?: object; readonly devDependencies: Readonly<Record<string, string>> };

  test("nothing is installed beside it, and versions are exact", () => {
    expect(dependencies).toBeUndefined();
    expect(Object.entries(devDependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

function linesWith(file: SourceFile, pattern: RegExp): readonly string[] {
  const lines = file.text.split("\n").map((line, index) => ({ line, number: index + 1 }));
  return lines.filter(({ line }) => !/^\s*(\/\/|\/?\*)/.test(line) && pattern.test(line)).map(({ line, number }) => `${file.path}:${number}: ${line.trim()}`);
}

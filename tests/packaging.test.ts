/** What is published installs without a network into an empty prefix, and works there. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProgram } from "./rig/program.ts";
import { packageRoot } from "./rig/source-files.ts";
import { cleanEnvironment } from "./rig/stage.ts";
import { temporaryDirectory } from "./rig/temporary.ts";

const directory = temporaryDirectory(afterAll, "pack");
const environment = { ...cleanEnvironment(process.env), HOME: directory, npm_config_cache: join(directory, "npm"), npm_config_userconfig: join(directory, ".npmrc"), npm_config_update_notifier: "false" };
const installed = join(directory, "prefix", "lib", "node_modules", "envctl");

function npm(...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: packageRoot, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function tarball(): string {
  return join(directory, readdirSync(directory).find((name) => name.endsWith(".tgz")) ?? "no tarball");
}

beforeAll(() => {
  // The build is there already; building again would change files that other tests run meanwhile.
  npm("pack", "--silent", "--ignore-scripts", "--pack-destination", directory);
  npm("install", "--global", "--silent", "--offline", "--no-audit", "--no-fund", "--prefix", join(directory, "prefix"), tarball());
});

test("the installed command tells its version", async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { readonly version: string };
  const outcome = await startProgram([join(directory, "prefix", "bin", "envctl"), "--version"], { cwd: directory, env: environment }).ended;
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(outcome.stdout).toContain(version);
});

test("the installed command can start its daemon's program, and that its helpers", () => {
  for (const name of ["daemon", "module-runner", "loop-watch", "service-runner", "sdk"]) expect(existsSync(join(installed, "dist", `${name}.js`))).toBe(true);
});

test("the package brings no other packages, no sources and no tests, but the licences of what it contains", () => {
  expect(readdirSync(installed).sort()).toEqual(expect.arrayContaining(["LICENSE", "README.md", "bin", "dist", "package.json"]));
  for (const name of ["node_modules", "src", "tests", "scripts", "bench"]) expect(existsSync(join(installed, name))).toBe(false);
  expect(readFileSync(join(installed, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8")).toContain("commander");
});

test("the man page is where `man` looks, and the example of every key in the package", () => {
  expect(existsSync(join(directory, "prefix", "share", "man", "man1", "envctl.1"))).toBe(true);
  expect(existsSync(join(installed, ".envctl.example"))).toBe(true);
});

test("guides come with it, `help` finds them, and what they link to is there; it stays small", async () => {
  const guides = readdirSync(join(installed, "docs", "guides"));
  expect(guides).toEqual(readdirSync(join(packageRoot, "docs", "guides")));
  const links = guides.flatMap((file) => [...readFileSync(join(installed, "docs", "guides", file), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) => target));
  expect(links.length).toBeGreaterThan(30);
  // Pictures are larger than everything that is written.
  expect(links.filter((target) => !target.startsWith("../images/") && !existsSync(join(installed, "docs", "guides", target)))).toEqual([]);
  const envctl = async (...args: readonly string[]): Promise<string> => (await startProgram([join(directory, "prefix", "bin", "envctl"), ...args], { cwd: directory, env: environment }).ended).stdout;
  expect(await envctl("help", "plug-ins")).toBe(readFileSync(join(installed, "docs", "guides", "plug-ins.md"), "utf8"));
  expect(await envctl("help", "guides")).toMatch(/plug-ins +Plug-ins\n[^]*They lie in .*docs.guides, the examples in .*examples\./);
  expect(existsSync(join(installed, "examples", "plugins", "payments", "remote.mjs"))).toBe(true);
  expect(statSync(tarball()).size).toBeLessThan(1_500_000);
});

describe("a plug-in of somebody else's", () => {
  const project = join(directory, "stranger");
  const written = `import { definePlugin, type PluginCheck } from "envctl/plugin";

const check: PluginCheck = { id: "vpn", title: "VPN", run: async ({ config, repository }) => Object.keys((await config()).services).map((name) => ({ status: "pass", detail: name + repository })) };

export const plugin = definePlugin({
  envctl: "^0.1",
  requirements: [{ apiVersion: 1, id: "kafka", title: "Kafka", provides: ["events"], ports: { main: 9092 }, engines: { docker: { image: "apache/kafka:4.1.0", draft: () => ({ port: 9092 }) } } }],
  executors: { nix: { command: ({ command }) => ["nix-shell", "--run", command.join(" ")] } },
  checks: [check],
  commands: [{ name: "onboard", about: "Says hello.", run: ({ flags }) => flags["who"] ?? "you" }],
  services: [{ name: "mailbox", module: "/srv/mailbox.mjs" }],
  detectors: [{ id: "bazel", files: ["BUILD"], detect: (tree, dir) => (tree.read("BUILD") === undefined ? [] : [{ role: "backend", dir, command: "bazel run", reason: "BUILD", file: "BUILD" }]) }],
});

// @ts-expect-error a plug-in has no such thing
definePlugin({ command: [] });
// @ts-expect-error the status is a word of three
definePlugin({ checks: [{ id: "vpn", title: "VPN", run: () => [{ status: "good", detail: "" }] }] });
// @ts-expect-error a requirement says which engines it has
definePlugin({ requirements: [{ apiVersion: 1, id: "kafka", title: "Kafka", provides: [] }] });
`;
  const compilerOptions = { module: "nodenext", target: "es2023", strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false, checkJs: true, types: ["node"], typeRoots: [join(packageRoot, "node_modules", "@types")], outDir: "out" };

  beforeAll(() => {
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "stranger", type: "module", private: true }));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["plugin.ts", "examples/**/index.mjs", "examples/*.mjs", "programs/*.mjs"] }));
    writeFileSync(join(project, "plugin.ts"), written);
    cpSync(join(packageRoot, "examples", "plugins"), join(project, "examples"), { recursive: true });
    cpSync(join(packageRoot, "examples", "programs"), join(project, "programs"), { recursive: true });
    npm("install", "--silent", "--offline", "--no-audit", "--no-fund", "--prefix", project, tarball());
  });

  test("is checked against the types that the package brings, as the examples are, and runs", () => {
    const outcome = spawnSync(process.execPath, [join(packageRoot, "node_modules", "typescript", "bin", "tsc"), "--project", project], { cwd: project, encoding: "utf8" });
    expect([outcome.stdout, outcome.status]).toEqual(["", 0]);
    const plugin = execFileSync(process.execPath, ["--input-type=module", "--eval", 'const { plugin } = await import("./out/plugin.js"); console.log(plugin.commands[0].name, Object.keys(plugin).length)'], { cwd: project, encoding: "utf8" });
    expect(plugin).toBe("onboard 7\n");
  });
});

/** What is published installs without a network into an empty prefix, and works there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
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

beforeAll(() => {
  // The build is there already; building again would change files that other tests run meanwhile.
  npm("pack", "--silent", "--ignore-scripts", "--pack-destination", directory);
  const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz")) ?? "no tarball";
  npm("install", "--global", "--silent", "--offline", "--no-audit", "--no-fund", "--prefix", join(directory, "prefix"), join(directory, tarball));
});

test("the installed command tells its version", async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { readonly version: string };
  const outcome = await startProgram([join(directory, "prefix", "bin", "envctl"), "--version"], { cwd: directory, env: environment }).ended;
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(outcome.stdout).toContain(version);
});

test("the installed command can start its daemon's program, and that its helpers", () => {
  for (const name of ["daemon", "module-runner", "loop-watch"]) expect(existsSync(join(installed, "dist", `${name}.js`))).toBe(true);
});

test("the package brings no other packages, no sources and no tests, but the licences of what it contains", () => {
  expect(readdirSync(installed).sort()).toEqual(expect.arrayContaining(["LICENSE", "README.md", "bin", "dist", "package.json"]));
  for (const name of ["node_modules", "src", "tests", "scripts", "bench"]) expect(existsSync(join(installed, name))).toBe(false);
  expect(readFileSync(join(installed, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8")).toContain("commander");
});

/** Unpacks Redis and the libraries it lacks from the system's own Debian packages: no root, nothing installed. */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import { buildDirectory, findPrograms, namesIn, pathDirectories, runtimesDirectory } from "./engines/embedded.ts";
import type { FetchContext } from "./engines/npm-package.ts";

/** Asks the program at the path, with the given library path, for its version; undefined when it does not run. */
type VersionOf = (program: string, env: Readonly<Record<string, string>>) => Promise<string | undefined>;

/** redis-server is a link to this: the program looks at the name it is called by. */
const sourcePackage = "redis-tools";
const sourceProgram = "usr/bin/redis-check-rdb";

/** Libraries need libraries; deeper than this nothing was ever seen. */
const maxRounds = 5;

/** True when the tools for it are on the PATH. */
export function canUnpackDebian(host: Host): boolean {
  const directories = pathDirectories(host.environment);
  return ["apt-get", "apt-cache", "dpkg", "ldd"].every((name) => findPrograms([name], directories).length > 0);
}

/** Puts `redis-server` and its `lib/` into the cache; returns the version. apt checks every package against signed lists. */
export async function fetchDebianRedis(context: FetchContext, versionOf: VersionOf): Promise<string> {
  const target = join(runtimesDirectory(context.host), "redis-debian");
  let version: string | undefined;
  const build = async (temporary: string): Promise<string> => {
    version = await unpackedRedis({ ...context, directory: temporary }, versionOf);
    return `${target}-${version}`;
  };
  await buildDirectory({ target, host: context.host, owner: "everyone", build });
  return version ?? "";
}

interface Workshop extends FetchContext {
  readonly directory: string;
}

async function unpackedRedis(workshop: Workshop, versionOf: VersionOf): Promise<string> {
  const { directory, progress } = workshop;
  const [program, libraries] = [join(directory, "redis-server"), join(directory, "lib")];
  mkdirSync(libraries);
  const options = await listOptions(workshop);
  progress(`downloading the Debian package ${sourcePackage}`);
  await unpack([sourcePackage], options, workshop);
  copyFileSync(join(directory, "root", sourceProgram), program);
  chmodSync(program, 0o755);
  await addLibraries(program, libraries, options, workshop);
  const version = await versionOf(program, { LD_LIBRARY_PATH: libraries });
  if (version === undefined) throw new Error("the unpacked server does not run");
  for (const name of ["root", "archives", "apt"]) rmSync(join(directory, name), { recursive: true, force: true });
  return version;
}

/** Options for apt: none where the system's package lists are there, else lists of our own, fetched now. */
async function listOptions(workshop: Workshop): Promise<readonly string[]> {
  const policy = await run(["apt-cache", "policy", sourcePackage], workshop);
  if (/^\s*Candidate: (?!\(none\))/m.test(policy)) return [];
  const apt = join(workshop.directory, "apt");
  for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, name), { recursive: true });
  const options = ["-o", `Dir::State::Lists=${join(apt, "lists")}`, "-o", `Dir::Cache=${join(apt, "cache")}`];
  workshop.progress("fetching the package lists of the system");
  await run(["apt-get", ...options, "-q", "update"], workshop);
  return options;
}

/** Adds what the dynamic linker misses until it misses nothing. */
async function addLibraries(program: string, libraries: string, options: readonly string[], workshop: Workshop): Promise<void> {
  const tried = new Set<string>();
  for (let round = 0; round < maxRounds; round += 1) {
    const missing = await missingLibraries(program, libraries, workshop);
    if (missing.length === 0) return;
    const packages = (await packagesFor(missing, options, workshop)).filter((name) => !tried.has(name));
    if (packages.length === 0) throw new Error(`no package was found for the libraries ${missing.join(", ")}`);
    for (const name of packages) tried.add(name);
    await unpack(packages, options, workshop);
    collectLibraries(join(workshop.directory, "root"), libraries);
  }
  throw new Error("its libraries need ever more libraries");
}

async function missingLibraries(program: string, libraries: string, workshop: Workshop): Promise<readonly string[]> {
  const output = await run(["ldd", program], workshop, { LD_LIBRARY_PATH: libraries });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map(([, library]) => library ?? "");
}

/** By Debian's naming rule for library packages; where it gives nothing, every library the package depends on. */
async function packagesFor(libraries: readonly string[], options: readonly string[], workshop: Workshop): Promise<readonly string[]> {
  const without = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((kind) => `--no-${kind}`);
  const output = await run(["apt-cache", ...options, "depends", "--recurse", ...without, sourcePackage], workshop);
  const dependencies = output.split("\n").filter((line) => /^[a-z0-9]/.test(line)).map((line) => line.replace(/:.*$/, ""));
  const ruled = new Set(libraries.flatMap(packageNames));
  const named = dependencies.filter((name) => ruled.has(name));
  return named.length > 0 ? named : dependencies.filter((name) => /^(lib|lua)/.test(name) && !/^libc6|^libpam|^libperl/.test(name));
}

/** `libhiredis.so.0.14` is in libhiredis0.14, `liblua5.1.so.0` in liblua5.1-0; `t64` marks those rebuilt for 64-bit time. */
export function packageNames(library: string): readonly string[] {
  const [, base = library, version = ""] = /^(.+?)\.so\.(.+)$/.exec(library) ?? [];
  const name = `${base}${/\d$/.test(base) ? "-" : ""}${version}`.toLowerCase().replaceAll("_", "-");
  return [name, `${name}t64`];
}

async function unpack(packages: readonly string[], options: readonly string[], workshop: Workshop): Promise<void> {
  const archives = join(workshop.directory, "archives");
  if (!existsSync(archives)) mkdirSync(archives);
  await run(["apt-get", ...options, "-q", "download", ...packages], workshop, {}, archives);
  for (const name of namesIn(archives)) {
    await run(["dpkg", "-x", join(archives, name), join(workshop.directory, "root")], workshop);
    rmSync(join(archives, name));
  }
}

/** All in one directory, links kept: they point to files beside them. */
function collectLibraries(root: string, libraries: string): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() || !/^lib.*\.so/.test(entry.name)) continue;
    cpSync(join(entry.parentPath, entry.name), join(libraries, entry.name), { verbatimSymlinks: true });
  }
}

const timeoutMs = 300_000;

async function run(argv: readonly string[], { host, signal, directory }: Workshop, extra: Readonly<Record<string, string>> = {}, at = directory): Promise<string> {
  const result = await host.runProgram(argv, { directory: at, timeoutMs, signal, environment: { ...host.environment, LC_ALL: "C", ...extra } });
  signal.throwIfAborted();
  if (result.code === 0) return result.stdout;
  const reason = result.trouble ?? result.stderr.split("\n").filter((line) => line.startsWith("E:")).join(" ");
  throw new Error(`\`${argv[0]}\` failed: ${reason === "" ? result.stderr : reason}`);
}

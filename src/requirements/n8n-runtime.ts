/** Where n8n comes from: a configured path, or npm, which installs it into the cache on first use. */
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { freeBytes } from "../host/space.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { PrepareInput, Runtime } from "./adapter.ts";
import { canExecute } from "./engines/account.ts";
import { buildDirectory, expandHome, runtimesDirectory } from "./engines/embedded.ts";
import { fetchOwnNode, ownNode, type OwnNode } from "./engines/npm-node.ts";
import type { N8nSettings } from "./n8n-settings.ts";

type Progress = PrepareInput<unknown>["progress"];

/** An installation as npm left it, with the Node that runs it; undefined while one of both is missing. Throws a UserError for a configured one that does not fit. */
export async function locateN8n(settings: N8nSettings, host: Host): Promise<Runtime | undefined> {
  const found = settings.path === undefined ? installed(settings, host) : configured(settings, settings.path, host);
  const node = nodeOf(settings.version, host);
  if (found === undefined || node === "envctl's") return found;
  return node === "none" || !node.isPresent ? undefined : { ...found, interpreter: node.program, source: `${found.source}; it runs on Node ${node.version} of its own` };
}

function configured(settings: N8nSettings, path: string, host: Host): Runtime {
  const program = expandHome(path, host.environment);
  const version = versionOf(program);
  if (version === settings.version) return { program: realpathSync(program), version, source: "configured path", env: {} };
  const found = version === undefined ? "is no program of n8n" : `is n8n ${version}, but ${settings.version} is configured`;
  throw new UserError({ reason: "configuration_invalid", message: `${program} ${found}`, hint: "change `version` or `path` of the requirement; `path` is the file bin/n8n of the package" });
}

/** Installs the version asked for with npm, and the Node it needs. Throws a UserError that says what stands in the way. */
export async function fetchN8n(settings: N8nSettings, host: Host, progress: Progress, signal: AbortSignal): Promise<Runtime> {
  const { version, path } = settings;
  const node = nodeOf(version, host);
  if (node === "none") throw new UserError(nodeFailure(version, ownNode(host)?.version ?? process.versions.node));
  const own = node === "envctl's" ? undefined : node;
  if (own !== undefined) await fetchOwnNode(own, { host, progress, signal });
  const unfit = accountFailure(own?.program ?? process.execPath, host);
  if (unfit !== undefined) throw new UserError(unfit);
  try {
    if (path === undefined && installed(settings, host) === undefined) {
      await buildDirectory({ target: directoryOf(version, host), host, owner: "everyone", build: (directory) => install(version, directory, { host: withNode(host, own), node: own?.program ?? process.execPath, progress, signal }) });
    }
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw new UserError({
      reason: "runtime_missing",
      message: `n8n ${version} is not on this machine, and installing it with npm failed: ${errorText(error)}`,
      hint: "see that `npm view n8n version` works in your terminal; or set `path` of the requirement to the program of an n8n you have installed",
    });
  }
  const runtime = await locateN8n(settings, host);
  if (runtime === undefined) throw new Error(`npm installed no n8n ${version}`);
  return runtime;
}

/** npm, and what it compiles, use the Node that n8n will run on. */
function withNode(host: Host, node: OwnNode | undefined): Host {
  if (node === undefined) return host;
  const { PATH = "/usr/bin:/bin", ...others } = host.environment;
  return { ...host, environment: { ...others, PATH: `${dirname(node.program)}:${PATH}`, npm_config_nodedir: node.directory } };
}

function installed({ version }: N8nSettings, host: Host): Runtime | undefined {
  const program = join(directoryOf(version, host), programPath);
  return versionOf(program) === version ? { program, version, source: `npm package, installed in ${directoryName(version, host)}`, env: {} } : undefined;
}

const programPath = "node_modules/n8n/bin/n8n";

function directoryOf(version: string, host: Host): string {
  return join(runtimesDirectory(host), directoryName(version, host));
}

/** Its compiled parts are made for one system; they fit every Node. */
function directoryName(version: string, { machine: { platform, arch } }: Host): string {
  return `n8n-${version}-${platform}-${arch}`;
}

/** As the package says that a program called `…/bin/n8n` belongs to. */
function versionOf(program: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(dirname(dirname(realpathSync(program))), "package.json"), "utf8"));
    const isN8n = typeof content === "object" && content !== null && "name" in content && content.name === "n8n" && "version" in content;
    return isN8n && typeof content.version === "string" ? content.version : undefined;
  } catch {
    return undefined;
  }
}

/** What Node versions of n8n ask for, newest first; as their packages say. */
const nodeNeeds: readonly { readonly from: readonly [number, number]; readonly node: readonly [number, number] }[] = [
  { from: [2, 36], node: [24, 0] },
  { from: [2, 23], node: [22, 22] },
  { from: [2, 10], node: [22, 16] },
  { from: [1, 99], node: [20, 19] },
];

/** Envctl's, if that one can run it; else one from npm, if that can. */
function nodeOf(version: string, host: Host): OwnNode | "envctl's" | "none" {
  if (canRun(version, process.versions.node)) return "envctl's";
  const own = ownNode(host);
  return own !== undefined && canRun(version, own.version) ? own : "none";
}

function canRun(version: string, node: string): boolean {
  const needed = nodeNeededBy(version);
  return needed === undefined || isAtLeast(node, needed);
}

/** The oldest Node that runs an n8n, as major and minor; undefined for an n8n that runs on every Node of envctl's. */
export function nodeNeededBy(version: string): readonly [number, number] | undefined {
  return nodeNeeds.find(({ from }) => isAtLeast(version, from))?.node;
}

function nodeFailure(version: string, node: string): Failure {
  return { reason: "configuration_invalid", message: `n8n ${version} needs Node ${nodeNeededBy(version)?.join(".") ?? ""} or newer, which npm has none of for this machine; the newest at hand is Node ${node}`, hint: `set requirements.n8n.version to 2.8.4, which runs with Node 20, or call envctl with a newer Node` };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function accountFailure(node: string, { machine: { serverAccount } }: Host): Failure | undefined {
  if (canExecute(realpathSync(node), serverAccount)) return undefined;
  return { reason: "prepare_failed", message: `${node} cannot be run by the user the server runs as (uid ${serverAccount?.uid})`, hint: "install Node where every user can run it, or call envctl as another user than root" };
}

/** Without these npm takes one package from outside its registry, and finds no set of others that fits together. */
const overrides = { xlsx: "npm:@e965/xlsx@^0.20.3", "@langchain/langgraph-checkpoint": "1.0.1", "@langchain/langgraph": "1.0.2" };
const installMs = 30 * 60_000;
const neededBytes = 3 * 1024 ** 3;

function roomFailure(version: string, free: number, at: string): Failure {
  const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
  return { reason: "runtime_missing", message: `n8n ${version} is not on this machine; to install it needs ${gigabytes(neededBytes)} GB, and ${gigabytes(free)} GB are free in ${at}`, hint: "free some space, or set ENVCTL_CACHE_DIR to a directory on another disk" };
}

/** What npm has downloaded stays in its own cache, so that the next attempt goes on from there. */
async function install(version: string, directory: string, context: { readonly host: Host; readonly node: string; readonly progress: Progress; readonly signal: AbortSignal }): Promise<void> {
  const { progress } = context;
  const free = freeBytes(directory);
  if (free < neededBytes) throw new UserError(roomFailure(version, free, dirname(directory)));
  progress(`installing n8n ${version} with npm, once for all projects: 2.4 GB, some minutes`);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "n8n-of-envctl", private: true, dependencies: { n8n: version }, overrides }));
  const quickRetries = ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=5000"];
  const npm = ["npm", "install", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=http", ...quickRetries];
  const watch = watchInstall(version, context);
  await run(npm, directory, context, watch.line).finally(watch.close);
  progress(`checking n8n ${version}`);
  await run(["chmod", "-R", "u+rwX,go+rX", directory], directory, context);
  await run([context.node, "-e", "require('sqlite3')"], directory, context);
}

interface InstallWatch {
  /** A line of what npm tells. */
  line(text: string): void;
  close(): void;
}

const tellEveryMs = 10_000;

/** npm itself tells nobody how far it is, only what it asks its registry for, and of what it has in its cache nothing. */
function watchInstall(version: string, { host: { clock }, progress }: { readonly host: Host; readonly progress: Progress }): InstallWatch {
  const begun = clock.monotonic();
  let [lookedUp, fetched] = [0, 0];
  const tell = (): void => progress(`installing n8n ${version} with npm: ${Math.round((clock.monotonic() - begun) / 1000)} s so far, ${lookedUp} packages looked up, ${fetched} fetched`);
  const timer = setInterval(tell, tellEveryMs);
  return {
    line: (text) => {
      const [, url] = / fetch GET 200 (\S+)/.exec(text) ?? [];
      if (url?.endsWith(".tgz") === true) fetched += 1;
      else if (url !== undefined) lookedUp += 1;
    },
    close: () => clearInterval(timer),
  };
}

async function run(argv: readonly string[], directory: string, { host, signal }: { readonly host: Host; readonly signal: AbortSignal }, onErrorLine?: (line: string) => void): Promise<void> {
  const result = await host.runProgram(argv, { directory, timeoutMs: installMs, signal, environment: host.environment, ...(onErrorLine === undefined ? {} : { onErrorLine }) });
  signal.throwIfAborted();
  if (result.code !== 0) throw new Error(`\`${argv.slice(0, 2).join(" ")}\`: ${result.trouble ?? lastErrors(result.stderr)}`);
}

function lastErrors(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.includes("A complete log of this run"));
  const errors = lines.filter((line) => line.startsWith("npm error")).map((line) => line.slice("npm error ".length));
  return (errors.length > 0 ? errors.slice(0, 4) : lines.slice(-3)).join(" ");
}

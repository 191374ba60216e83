/** Fetches a pinned package from the user's npm registry and unpacks it. Nothing of the package is executed. */
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { download, integrityOf } from "../../host/download.ts";
import { errorText } from "../../host/files.ts";
import type { Host } from "../../host/host.ts";
import type { PrepareInput } from "../adapter.ts";

export interface NpmPackage {
  /** With its scope, if it has one: `@scope/name`. */
  readonly name: string;
  readonly version: string;
  /** `sha512-…`; anything else is refused. */
  readonly integrity: string;
}

export interface FetchContext {
  readonly host: Host;
  readonly progress: PrepareInput<unknown>["progress"];
  readonly signal: AbortSignal;
}

const quickMs = 30_000;
const packMs = 600_000;

/** Puts the package's files into the existing, empty `directory`. Throws an Error with the reasons when neither way works. */
export async function fetchPackage(wanted: NpmPackage, directory: string, context: FetchContext): Promise<void> {
  const archive = await firstOf([() => streamed(wanted, directory, context), () => packed(wanted, directory, context)], wanted, context.signal);
  context.progress(`unpacking ${wanted.name} ${wanted.version}`);
  // -o: files belong to whoever unpacks, also when that is root.
  await run(["tar", "-x", "-o", "-z", "-f", archive, "-C", directory, "--strip-components=1"], directory, quickMs * 4, context);
  rmSync(archive);
}

/** The first archive that can be had and has the pinned checksum. */
async function firstOf(ways: readonly (() => Promise<string>)[], wanted: NpmPackage, signal: AbortSignal): Promise<string> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      const archive = await way();
      if ((await integrityOf(archive)) === wanted.integrity) return archive;
      rmSync(archive);
      reasons.push(`the archive of ${wanted.name} ${wanted.version} does not have its pinned checksum`);
    } catch (error) {
      signal.throwIfAborted();
      reasons.push(causeText(error));
    }
  }
  throw new Error([...new Set(reasons)].join("; "));
}

/** Straight from the registry, which can show progress. */
async function streamed(wanted: NpmPackage, directory: string, context: FetchContext): Promise<string> {
  const { name, version } = wanted;
  const [plainName = "", scope] = name.split("/").reverse();
  const registry = await registryOf(scope, context);
  const to = join(directory, "package.tgz");
  await download({
    url: `${registry.replace(/\/+$/, "")}/${name}/-/${plainName}-${version}.tgz`,
    to,
    signal: context.signal,
    onProgress: (done, total) => context.progress(`downloading ${name} ${version}`, done, total),
  });
  return to;
}

/** With npm itself, which knows the user's logins and proxies. */
async function packed({ name, version }: NpmPackage, directory: string, context: FetchContext): Promise<string> {
  context.progress(`downloading ${name} ${version} with npm`);
  await run(["npm", "pack", `${name}@${version}`, "--ignore-scripts", "--pack-destination", directory], dirname(directory), packMs, context);
  const archive = readdirSync(directory).find((file) => file.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack wrote no archive");
  return join(directory, archive);
}

/** The registry configured for the scope, if there is one, else the general one. */
async function registryOf(scope: string | undefined, context: FetchContext): Promise<string> {
  const output = await run(["npm", "config", "get", ...(scope === undefined ? [] : [`${scope}:registry`]), "registry"], context.host.paths.cacheRoot, quickMs, context);
  const lines = output.split("\n").map((line) => line.slice(line.lastIndexOf("=http") + 1).trim());
  const found = lines.find((line) => /^https?:\/\//.test(line));
  if (found === undefined) throw new Error("npm has no registry configured");
  return found;
}

async function run(argv: readonly string[], directory: string, timeoutMs: number, { host, signal }: FetchContext): Promise<string> {
  const result = await host.runProgram(argv, { directory, timeoutMs, signal, environment: host.environment });
  signal.throwIfAborted();
  if (result.code === 0) return result.stdout;
  throw new Error(`\`${argv.slice(0, 2).join(" ")}\` failed: ${result.trouble ?? lastWords(result.stderr)}`);
}

function lastWords(text: string): string {
  return text.split("\n").filter((line) => line.trim() !== "" && !line.includes("A complete log of this run")).slice(-3).join(" ");
}

/** fetch hides why it failed in the cause. */
function causeText(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? errorText(error) : `${errorText(error)} (${errorText(cause)})`;
}

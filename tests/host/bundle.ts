/** Bundles source files so that child processes of tests can run them. */
import { join } from "node:path";
import { build } from "esbuild";
import { standIns } from "../../scripts/stand-ins.mjs";
import { packageRoot } from "../rig/source-files.ts";

/** Writes `entry` (TypeScript text that may import from `./src/…`) as one ES module into `directory`; returns its path. */
export async function bundled(entry: string, directory: string, name: string): Promise<string> {
  const outfile = join(directory, `${name}.mjs`);
  const banner = 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
  await build({
    stdin: { contents: entry, resolveDir: packageRoot, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    absWorkingDir: packageRoot,
    alias: standIns,
    define: { ENVCTL_VERSION: '"0.0.0"' },
    banner: { js: banner },
    logLevel: "error",
  });
  return outfile;
}

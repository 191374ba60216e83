/** Lets a script use TypeScript sources without a build: bundles one entry beside the packages and imports it. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every module keeps the address of its own file, which bundling would give up. */
const ownAddresses = {
  name: "own-addresses",
  setup: (builder) =>
    builder.onLoad({ filter: /\/(?:src|tests)\/.*\.ts$/ }, ({ path }) => ({ loader: "ts", contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)) })),
};

/** The exports of a source file, `src/host/paths.ts`. */
export async function loadSource(entry) {
  const directory = join(root, "node_modules", ".cache", "envctl");
  const outfile = join(directory, `${basename(entry, ".ts")}-${process.pid}.mjs`);
  mkdirSync(directory, { recursive: true });
  try {
    await build({ absWorkingDir: root, entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "warning", define: { ENVCTL_VERSION: '"0.0.0"' }, plugins: [ownAddresses] });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

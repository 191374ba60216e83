/** Bundles the CLI and the daemon into dist/. `node scripts/build.mjs [--print]`; takes well under a second. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licencesText } from "./licences.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outputDirectory = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const result = await build({
  absWorkingDir: root,
  entryPoints: { main: "src/cli/main.ts", daemon: "src/daemon/main.ts" },
  outdir: outputDirectory,
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Beside the entries, so that `import.meta.url` has the same directory in all of them: the CLI finds the daemon by it.
  chunkNames: "[name]-[hash]",
  define: { "process.env.NODE_ENV": '"production"', ENVCTL_VERSION: JSON.stringify(version) },
  // ink imports its developer tools, which are not installed; the ES module would fail at start without something there.
  alias: { "react-devtools-core": "./scripts/empty-module.cjs" },
  // Optional native parts of ssh2, which dockerode reaches for over ssh only.
  external: ["cpu-features", "*.node"],
  logLevel: "warning",
});

for (const file of result.outputFiles) write(file.path, withCommonJsNames(file.text));
write(join(outputDirectory, "THIRD-PARTY-LICENSES.txt"), licencesText(root, result.metafile));
removeStaleChunks();
if (process.argv.includes("--print")) printSizes();

/**
 * Bundled CommonJS packages expect `require` and the names of their file, which ES modules lack. Only the outputs that
 * mention them get the definitions. Built-in modules, all that commander asks for at start, come without the module loader.
 */
function withCommonJsNames(text) {
  const lines = [];
  if (/\b__filename\b|\b__dirname\b/.test(text)) {
    lines.push('import{fileURLToPath as __urlToPath}from"node:url";import{dirname as __parent}from"node:path";');
    lines.push("const __filename=__urlToPath(import.meta.url),__dirname=__parent(__filename);");
  }
  if (/\btypeof require\b/.test(text)) {
    lines.push('let __require;const require=(id)=>process.getBuiltinModule(id)??(__require??=process.getBuiltinModule("node:module").createRequire(import.meta.url))(id);');
  }
  return lines.join("") + text;
}

/** By rename, so that a CLI started meanwhile reads whole files. */
function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

function removeStaleChunks() {
  const written = new Set(result.outputFiles.map((file) => basename(file.path)));
  for (const name of readdirSync(outputDirectory)) if (name.endsWith(".js") && !written.has(name)) rmSync(join(outputDirectory, name));
}

function printSizes() {
  for (const [path, output] of Object.entries(result.metafile.outputs)) console.log(`${(output.bytes / 1024).toFixed(0).padStart(6)} KiB  ${basename(path)}`);
}

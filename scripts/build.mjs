/** Bundles the CLI and the daemon into dist/; with --chaos, and fault points in it, beside the packages. `node scripts/build.mjs [--print] [--chaos]`; takes well under a second. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licencesText } from "./licences.mjs";
import { standIns } from "./stand-ins.mjs";
import { writeTypes } from "./types.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const isChaos = process.argv.includes("--chaos");
const outputDirectory = join(root, isChaos ? "node_modules/.cache/envctl/chaos" : "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Small, since `--version` loads nothing else; and everything else that every command needs. */
const frontEntries = { main: "src/cli/main.ts", "cli-process": "src/cli/process.ts" };

/** Doors behind which somebody waits: for the first frame, or for a job of no work. */
const wholeNames = ["commands-dashboard", "commands-run", "daemon-ensure", "jobs-job-files"];

const common = {
  absWorkingDir: root,
  outdir: outputDirectory,
  write: false,
  bundle: true,
  minify: true,
  metafile: true,
  platform: "node",
  target: "node20",
  alias: standIns,
  logLevel: "warning",
};
const define = { "process.env.NODE_ENV": '"production"', ENVCTL_VERSION: JSON.stringify(version), FAULT_POINTS: String(isChaos) };

/** What a person waits for is one CommonJS file each, which Node starts in three quarters of the time of the same code as ES modules. */
const commonJs = {
  ...common,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  define: { ...define, "import.meta.url": "__frontUrl" },
  banner: { js: 'const __frontUrl=require("node:url").pathToFileURL(__filename).href;' },
  plugins: [{ name: "doors", setup: (builder) => builder.onResolve({ filter: /.*/ }, door) }],
};

/** Made beside the rest: the compiler is a program of its own. */
const types = isChaos ? undefined : writeTypes(root, join(outputDirectory, "types"));

/** The front. Each `import()` in it is a door: from the first file to the second, or to the back. */
const doors = new Map();
const wholeDoors = new Map();
const front = await build({ ...commonJs, entryPoints: frontEntries });

/** Behind these doors is one file as well, instead of a score of small ones. */
const wholes = await build({ ...commonJs, entryPoints: Object.fromEntries(wholeDoors) });

/** The back: the daemon, its helpers, and everything loaded on demand, as ES modules that share their chunks. */
const back = await build({
  ...common,
  entryPoints: {
    daemon: "src/daemon/main.ts",
    "module-runner": "src/engine/executors/module-runner.ts",
    "loop-watch": "src/engine/executors/loop-watch-thread.ts",
    "service-runner": "src/engine/services/service-runner.ts",
    sdk: "src/sdk/connect.ts",
    plugin: "src/plugins/definition.ts",
    ...Object.fromEntries(doors),
  },
  splitting: true,
  format: "esm",
  // Beside the entries: the CLI finds the daemon by its own place.
  chunkNames: "[name]-[hash]",
  define,
});

const parts = [front, wholes, back];
const outputFiles = parts.flatMap((part) => part.outputFiles);
const metafile = { inputs: Object.assign({}, ...parts.map((part) => part.metafile.inputs)), outputs: Object.assign({}, ...parts.map((part) => part.metafile.outputs)) };
for (const file of outputFiles) write(file.path, file.path.endsWith(".cjs") ? withRequiredWholes(file.text) : withCommonJsNames(file.text));
write(join(outputDirectory, "THIRD-PARTY-LICENSES.txt"), licencesText(root, metafile));
removeStaleFiles();
await types;
if (process.argv.includes("--print")) printSizes();

function door({ kind, path, resolveDir }) {
  if (kind !== "dynamic-import" || path.startsWith("node:")) return undefined;
  const isOurs = path.startsWith(".");
  // With the folder's name: `commands/daemon.ts` is not the daemon.
  const name = isOurs ? `${basename(dirname(join(resolveDir, path)))}-${basename(path).replace(/\.tsx?$/, "")}` : basename(path);
  const isFront = Object.hasOwn(frontEntries, name);
  const isWhole = wholeNames.includes(name);
  if (!isFront) (isWhole ? wholeDoors : doors).set(name, isOurs ? join(resolveDir, path) : path);
  return { path: `./${name}.${isFront || isWhole ? "cjs" : "js"}`, external: true };
}

/** Required, for `import()` would start the loader of ES modules. */
function withRequiredWholes(text) {
  return text.replace(/\bimport\(("\.\/[\w-]+\.cjs")\)/g, "Promise.resolve(require($1))");
}

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

function removeStaleFiles() {
  const written = new Set(outputFiles.map((file) => basename(file.path)));
  for (const name of readdirSync(outputDirectory)) if (/\.c?js$/.test(name) && !written.has(name)) rmSync(join(outputDirectory, name));
}

function printSizes() {
  for (const [path, output] of Object.entries(metafile.outputs)) console.log(`${(output.bytes / 1024).toFixed(0).padStart(6)} KiB  ${basename(path)}`);
}

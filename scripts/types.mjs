/** Declarations of what others import from the package, for their compilers: `dist/types`, as the sources lie. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Entries of `exports` in package.json, as sources. */
const entries = ["src/plugins/definition.ts", "src/sdk/api.ts"];
const options = [
  "--ignoreConfig", "--declaration", "--emitDeclarationOnly", "--noCheck", "--target", "es2023", "--module", "nodenext", "--moduleResolution", "nodenext",
  "--allowImportingTsExtensions", "--types", "node", "--strict", "--exactOptionalPropertyTypes", "--rootDir", "src",
];

/** Replaces what is in `directory`; it is whole at every moment but one. */
export async function writeTypes(root, directory) {
  mkdirSync(dirname(directory), { recursive: true });
  const made = mkdtempSync(`${directory}.`);
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await promisify(execFile)(process.execPath, [compiler, ...entries, ...options, "--outDir", made], { cwd: root });
  for (const file of readdirSync(made, { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
    const path = join(made, file);
    // As every compiler understands it, also an older one.
    writeFileSync(path, readFileSync(path, "utf8").replace(/((?:from |import\()"\.[^"]*)\.tsx?"/g, '$1.js"'));
  }
  // Of the client its interface is shipped, not what it is put together from.
  writeFileSync(join(made, "sdk", "index.d.ts"), 'import type { Connect, OpenRepository } from "./api.js";\nexport type * from "./api.js";\nexport declare const connect: Connect;\nexport declare const openRepository: OpenRepository;\n');
  rmSync(directory, { recursive: true, force: true });
  renameSync(made, directory);
}

/** `npm run generate [-- --check]`: writes what is made from the tables in the sources; with --check only tells what is out of date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "./load-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const isCheck = process.argv.includes("--check");

/** Path from the package root → content. */
const { generatedFiles } = await loadSource("src/contracts/generate.ts");
const stale = Object.entries(await generatedFiles()).filter(([path, content]) => current(path) !== content);
for (const [path, content] of stale) {
  console.log(isCheck ? `${path} is out of date: run \`npm run generate\`` : path);
  if (!isCheck) write(path, content);
}
process.exitCode = isCheck && stale.length > 0 ? 1 : 0;

function current(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

function write(path, content) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

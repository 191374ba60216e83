/** A hash over all the code a module may run that can be told without running it: its own, and what that imports. */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { contentHash, filesAt } from "./content-hash.ts";
import { isDirectory, isFile, isInside } from "./extension-places.ts";
import { readJson } from "./files.ts";

/** The name in quotes behind what imports it: `from`, `import` and `require`, with a bracket or without. */
const specifiers = /(\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*["']([^"'\n]+)["']/g;

/**
 * Of a file with the directory of its name, or of a directory; with the files elsewhere and the packages that it imports by name, and
 * those they do. Names that are put together at run time are not seen. Throws when something cannot be read.
 */
export function codeHash(path: string): string {
  const seen = new Map<string, string>();
  visit(path, seen);
  const hash = createHash("sha256");
  for (const [place, content] of seen) hash.update(`${basename(place)} ${content}\n`);
  return hash.digest("hex");
}

/** Notes the content of one place, then of everything it leads to, each once. */
function visit(path: string, seen: Map<string, string>): void {
  if ([...seen.keys()].some((known) => path === known || (isDirectory(known) && isInside(path, known)))) return;
  const [base, own] = isDirectory(path) ? [path, ["."]] : [dirname(path), [basename(path), basename(path).replace(/\.[cm]?[jt]s$/, "")]];
  seen.set(path, contentHash(base, own));
  const sources = own.flatMap((one) => filesAt(base, one)).filter((file) => /\.[cm]?[jt]s$/.test(file)).map((file) => join(base, file));
  const imported = sources.flatMap((file) => importedBy(file));
  const named = isDirectory(path) ? packagesNamed(path) : [];
  for (const next of [...new Set([...imported, ...named])].sort()) visit(next, seen);
}

/** Files and packages one source names; Node's are not somebody else's, nor is envctl's own, to which an import leads (see plugins/own-entry.ts). */
function importedBy(file: string): readonly string[] {
  const real = realpathSync(file);
  return [...readFileSync(real, "utf8").matchAll(specifiers)].flatMap(([, word = "", name = ""]) => {
    if (name.startsWith(".")) return fileAt(resolve(dirname(real), name));
    if (isBuiltin(name) || (name === "envctl/plugin" && !word.startsWith("require"))) return [];
    return [...ownTargets(dirname(real), name), ...packageAbove(dirname(real), packageOf(name))];
  });
}

/** Where a `#name`, or the name of the package a file is in, leads by that package.json. Source: nodejs.org/api/packages.html, "Subpath imports" and "Self-referencing". */
function ownTargets(directory: string, name: string): readonly string[] {
  const file = join(directory, "package.json");
  if (!isFile(file)) return dirname(directory) === directory ? [] : ownTargets(dirname(directory), name);
  const manifest = readJson(file);
  if (!isRecord(manifest)) return [];
  const [key, table] = name.startsWith("#") ? [name, manifest["imports"]] : [`.${name.slice(packageOf(name).length)}`, manifest["name"] === packageOf(name) ? manifest["exports"] : undefined];
  const entries = isRecord(table) && Object.keys(table).every((one) => /^[.#]/.test(one)) ? Object.entries(table) : [[".", table] as const];
  return entries.flatMap(([pattern, target]) => {
    const [before = "", after] = pattern.split("*");
    const isMeant = after === undefined ? key === pattern : key.length >= pattern.length && key.startsWith(before) && key.endsWith(after);
    const part = after === undefined ? "" : key.slice(before.length, key.length - after.length);
    return isMeant ? textsIn(target).map((one) => one.replaceAll("*", part)).flatMap((one) => (one.startsWith(".") ? fileAt(join(directory, one)) : packageAbove(directory, packageOf(one)))) : [];
  });
}

/** One for each condition. */
function textsIn(target: unknown): readonly string[] {
  if (typeof target === "string") return [target];
  return typeof target === "object" && target !== null ? Object.values(target).flatMap(textsIn) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fileAt(path: string): readonly string[] {
  const found = [path, `${path}.js`, `${path}.cjs`, `${path}.json`, join(path, "index.js")].find(isFile);
  return found === undefined ? [] : [realpathSync(found)];
}

/** Packages that a package.json says it needs, whether a source names them or not. */
function packagesNamed(directory: string): readonly string[] {
  const manifest = readJson(join(directory, "package.json"));
  const needed: unknown = typeof manifest === "object" && manifest !== null && "dependencies" in manifest ? manifest.dependencies : undefined;
  return typeof needed === "object" && needed !== null ? Object.keys(needed).flatMap((name) => packageAbove(realpathSync(directory), name)) : [];
}

function packageOf(name: string): string {
  return name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
}

/** Its directory, as Node would look for it. */
function packageAbove(directory: string, name: string): readonly string[] {
  const place = join(directory, "node_modules", name);
  if (isDirectory(place)) return [realpathSync(place)];
  return dirname(directory) === directory ? [] : packageAbove(dirname(directory), name);
}

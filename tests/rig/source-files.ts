/** Source files and what they import, for tests about the shape of the code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface ImportedModule {
  /** Path from the package root for a file of ours, else the package's or built-in module's name. */
  readonly target: string;
  readonly isOurs: boolean;
  /** Vanishes when compiled. */
  readonly isType: boolean;
  /** `import()`: loaded only when reached. */
  readonly isDynamic: boolean;
}

export interface SourceFile {
  /** From the package root, `src/model/unit.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportedModule[];
}

/** Every source file below a directory, `src`. */
export function sourceFiles(directory: string): readonly SourceFile[] {
  const root = join(packageRoot, directory);
  if (!existsSync(root)) return [];
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.includes("node_modules"));
  return names.sort().map((name) => readSource(join(directory, name)));
}

/** Files reached from `entry` without an `import()`, and the packages they load. */
export function staticClosure(files: readonly SourceFile[], entry: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const packages = new Map<string, string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const one of byPath.get(path)?.imports.filter(({ isType, isDynamic }) => !isType && !isDynamic) ?? []) {
      if (one.isOurs) queue.push(one.target);
      else packages.set(one.target, path);
    }
  }
  return { files: [...reached].sort(), packages: [...packages].map(([name, from]) => `${name} (${from})`).sort() };
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(packageRoot, path), "utf8");
  return { path, text, imports: [...staticImports(text), ...dynamicImports(text)].map((one) => resolved(path, one)) };
}

type Written = Omit<ImportedModule, "target" | "isOurs"> & { readonly from: string };

/** Statements begin at the start of a line in our style. `{ type A, type B }` imports types only too. */
function staticImports(text: string): readonly Written[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^;"']*?)\s*from\s*)?["']([^"']+)["']/gm);
  return [...statements].map(([, type, names, from = ""]) => ({ from, isDynamic: false, isType: type !== undefined || namesOnlyTypes(names ?? "") }));
}

function namesOnlyTypes(names: string): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  return inner !== undefined && inner.split(",").filter((name) => name.trim() !== "").every((name) => name.trim().startsWith("type "));
}

/** `typeof import("…")` is a type. */
function dynamicImports(text: string): readonly Written[] {
  return [...text.matchAll(/(typeof\s+|:\s*|<\s*)?\bimport\(\s*["']([^"']+)["']\s*\)/g)].map(([, type, from = ""]) => ({ from, isDynamic: true, isType: type !== undefined && !type.startsWith(":") }));
}

function resolved(path: string, { from, ...rest }: Written): ImportedModule {
  if (from.startsWith(".")) return { ...rest, isOurs: true, target: normalize(join(dirname(path), from)) };
  return { ...rest, isOurs: false, target: from.startsWith("node:") ? from : packageName(from) };
}

function packageName(from: string): string {
  return from.split("/").slice(0, from.startsWith("@") ? 2 : 1).join("/");
}

/** Folder below src a file is in, `model`; the file's own name for those directly in src. */
export function folderOf(path: string): string {
  return relative("src", path).split("/")[0] ?? path;
}

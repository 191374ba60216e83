/**
 * Units from a directory: every executable file that is not hidden is one, its path is its name. What it needs is a comment at
 * its head, `# envctl: requires=db priority=-1`, or stands in a `unit.yaml`. Looking runs nothing of what is there.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync, type Dirent, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import type { Failure } from "../model/failure.ts";
import { headerValues, plainFields, readKeys } from "./unit-keys.ts";
import { functionCommand } from "./function-unit.ts";
import type { UnitFile } from "./unit-yaml.ts";
import type { GraphUnit } from "./unit.ts";

/** Units, and what else is said at the root of their tree. */
export interface Tree {
  readonly units: readonly GraphUnit[];
  readonly pools: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, number>>;
  /** What every unit sees. */
  readonly facts: Readonly<Record<string, string>>;
  readonly failures: readonly Failure[];
}

export interface TreeOptions {
  /** Go into directories behind symbolic links as well. */
  readonly follows: boolean;
}

/** A directory that is not there has no units. Nothing is thrown for what is wrong in it. */
export async function treeAt(root: string, { follows }: TreeOptions): Promise<Tree> {
  const found: Found = { units: [], files: [], failures: [], seen: new Set() };
  walk(root, "", follows, found);
  if (found.files.length === 0) return { units: found.units, pools: {}, groups: {}, facts: {}, failures: found.failures };
  const { readUnitFile, withUnitFiles } = await import("./unit-yaml.ts");
  const read: UnitFile[] = found.files.map((path) => readUnitFile(root, path));
  return withUnitFiles(found.units, read, found.failures);
}

interface Found {
  readonly units: GraphUnit[];
  /** Paths of `unit.yaml` files below the root. */
  readonly files: string[];
  readonly failures: Failure[];
  /** Directories, by their real path: links may go round. */
  readonly seen: Set<string>;
}

function walk(root: string, below: string, follows: boolean, found: Found): void {
  const directory = join(root, below);
  if (follows) {
    const real = quietly(() => realpathSync(directory));
    if (real === undefined || found.seen.has(real)) return;
    found.seen.add(real);
  }
  const entries = quietly(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const kind = kindOf(entry, join(root, path), follows);
    if (kind === "directory") walk(root, path, follows, found);
    else if (kind === undefined) continue;
    else if (entry.name === "unit.yaml" || entry.name === "unit.yml") found.files.push(path);
    else enter(root, path, kind, found);
  }
}

/** A link to a file counts as that file; one to a directory only where links are followed. */
function kindOf(entry: Dirent, path: string, follows: boolean): Stats | "directory" | undefined {
  if (entry.isDirectory()) return "directory";
  if (!entry.isFile() && !entry.isSymbolicLink()) return undefined;
  const stats = quietly(() => statSync(path));
  if (stats?.isDirectory() === true) return follows ? "directory" : undefined;
  return stats?.isFile() === true ? stats : undefined;
}

function enter(root: string, path: string, { mode, size }: Stats, found: Found): void {
  const isModule = /\.m?js$/.test(path);
  const isExecutable = (mode & 0o111) !== 0;
  if (!isExecutable && !isModule) return;
  const file = join(root, path);
  const headers = size === 0 ? [] : headersIn(file);
  const functions = isModule ? headers.filter(({ values }) => values["function"] !== undefined) : [];
  if (functions.length === 0) {
    if (isExecutable) found.units.push(unitOf({ id: path, file, command: [file] }, headers, found));
    return;
  }
  for (const header of functions) {
    const called = String(header.values["function"]);
    found.units.push(unitOf({ id: `${path}#${called}`, file, command: functionCommand(file, called) }, [header], found));
  }
}

interface Header {
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
}

function unitOf(base: Pick<GraphUnit, "id" | "command"> & { readonly file: string }, headers: readonly Header[], found: Found): GraphUnit {
  const read = headers.map(({ line, values }) => readKeys(values, { file: base.file, line }, ["function"]));
  found.failures.push(...read.flatMap(({ failures }) => failures));
  return { ...plainFields, ...base, directory: dirname(base.file), place: { file: base.file, line: headers[0]?.line ?? 1 }, ...Object.assign({}, ...read.map(({ fields }) => fields)) as object };
}

const headBytes = 4096;
const head = Buffer.alloc(headBytes);
const headerLine = /^\s*(?:#|\/\/|--|;|\*|\/\*)\s*envctl:\s*(.*?)\s*(?:\*\/)?\s*$/;

/** Among its first lines. */
function headersIn(file: string): readonly Header[] {
  const text = quietly(() => headText(file)) ?? "";
  if (!text.includes("envctl:")) return [];
  return text.split("\n").flatMap((line, index) => {
    const [, words] = headerLine.exec(line) ?? [];
    return words === undefined ? [] : [{ line: index + 1, values: headerValues(words) }];
  });
}

function headText(file: string): string {
  const opened = openSync(file, "r");
  try {
    return head.toString("utf8", 0, readSync(opened, head, 0, headBytes, 0));
  } finally {
    closeSync(opened);
  }
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

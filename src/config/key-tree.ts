/** Look-ups in the table of keys by concrete path. */
import { configKeys } from "./keys.ts";
import type { KeyRow, Plain } from "./keys.ts";

/** The pattern of a row as segments. */
export function segmentsOf(row: Pick<KeyRow, "path">): readonly string[] {
  return row.path.split(".");
}

const rows: readonly { readonly row: KeyRow; readonly segments: readonly string[] }[] =
  configKeys.map((row) => ({ row, segments: segmentsOf(row) }));

/** The row a concrete path such as `["services", "backend", "port"]` falls under. */
export function rowAt(path: readonly string[]): KeyRow | undefined {
  return rows.find(({ segments }) => segments.length === path.length && segments.every((segment, index) => segment === "*" || segment === path[index]))?.row;
}

/** The rows directly below a row's pattern; the pattern `""` is the root. */
export function childRows(pattern: string): readonly KeyRow[] {
  const depth = pattern === "" ? 1 : pattern.split(".").length + 1;
  return rows.filter(({ row, segments }) => segments.length === depth && (pattern === "" || row.path.startsWith(`${pattern}.`))).map(({ row }) => row);
}

/** The rows of a list's items, whose pattern is the list's own with `*` below. */
export function itemRows(list: KeyRow): readonly KeyRow[] {
  return childRows(`${list.path}.*`);
}

/** The last segment of a row's pattern. */
export function keyName(row: KeyRow): string {
  return row.path.slice(row.path.lastIndexOf(".") + 1);
}

/** The one key that a word written instead of a group sets, such as `ready: none` or `restart: never`. */
export function wordEntry(row: KeyRow, word: string): { readonly key: string; readonly value: Plain } {
  if (row.wordKey !== undefined) return { key: row.wordKey, value: word };
  return { key: word, value: word === "tcp" ? "true" : true };
}

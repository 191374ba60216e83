/** Entries for every key that has a default, as the weakest layer. */
import { dotted, entriesOf } from "./entry.ts";
import type { Entries, Entry } from "./entry.ts";
import { segmentsOf } from "./key-tree.ts";
import { configKeys } from "./keys.ts";
import type { KeyRow } from "./keys.ts";
import { checkValue } from "./value.ts";

/** Adds the defaults of the root, of every named service and of every named requirement. */
export function withDefaults(entries: Entries): Entries {
  const all = new Map(entries.all().map((entry) => [dotted(entry.path), entry]));
  for (const row of configKeys) {
    if (row.default === undefined) continue;
    for (const path of concretePaths(row, entries)) {
      if (!all.has(dotted(path))) all.set(dotted(path), defaultEntry(row, path));
    }
  }
  return entriesOf(all);
}

function defaultEntry(row: KeyRow, path: readonly string[]): Entry {
  const checked = checkValue(row, row.default ?? null);
  if (!checked.ok) throw new Error(`the default of ${row.path} must be ${checked.must}`);
  return { path, value: checked.value, origin: { layer: "default" } };
}

/** Keys of list items get no default. */
function concretePaths(row: KeyRow, entries: Entries): readonly (readonly string[])[] {
  const segments = segmentsOf(row);
  const star = segments.indexOf("*");
  if (star < 0) return [segments];
  if (segments.includes("*", star + 1)) return [];
  return entries.namesBelow(segments.slice(0, star)).map((name) => segments.map((segment, index) => (index === star ? name : segment)));
}
